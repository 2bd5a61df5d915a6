"""The types of page, and what is asked on them."""

from typing import NamedTuple

from kb.text.languages import Language

OTHER = {Language.FR: Language.NL, Language.NL: Language.EN, Language.EN: Language.FR}
QUESTIONS = {
    Language.FR: "comment bloquer les sites d'hameçonnage",
    Language.NL: "hoe blokkeren we phishingsites",
    Language.EN: "how do we block phishing sites",
}
PIES = {
    Language.FR: "recette de tarte aux pommes",
    Language.NL: "recept voor appeltaart",
    Language.EN: "recipe for apple pie",
}


class Place(NamedTuple):
    """A type of page: its address in any language, and the status it is answered with."""

    name: str
    path: str
    status: int = 200


PLACES = (
    Place("start", "/{lang}/"),
    Place("results", "/{lang}/?q={question}"),
    Place("narrowed", "/{lang}/?q={question}&country=BE&phase=prevention&sort=date"),
    Place("strategies", "/{lang}/?q={question}&kind=strategy"),
    Place("third", "/{lang}/?kind=practice&page=3"),
    Place("beyond", "/{lang}/?kind=practice&page=99"),
    Place("nothing", "/{lang}/?q={pie}"),
    Place("practice", "/{lang}/notes/be-baps"),
    Place("version", "/{lang}/notes/be-baps?version={other}"),
    Place("annulled", "/{lang}/notes/nl-online-area-ban"),
    Place("strategy", "/{lang}/notes/nl-nlcs"),
    Place("compare", "/{lang}/compare?crime_type=phishing&phase=prevention"),
    Place("coverage", "/{lang}/coverage"),
    Place("about", "/{lang}/about"),
    Place("refused", "/{lang}/?q={question}&country=XX", 400),
    Place("missing", "/{lang}/notes/no-such-note", 404),
    Place("unready", "/{lang}/?q={question}", 503),
)
