"""The types of page, and what is asked on them."""

from typing import NamedTuple

from kb.text.languages import Language

FR, NL, EN = Language.FR, Language.NL, Language.EN
OTHER = {FR: NL, NL: EN, EN: FR}
QUESTIONS = {
    FR: "comment bloquer les sites d'hameçonnage",
    NL: "hoe blokkeren we phishingsites",
    EN: "how do we block phishing sites",
}
PIES = {FR: "recette de tarte aux pommes", NL: "recept voor appeltaart", EN: "recipe for apple pie"}


class Place(NamedTuple):
    """A type of page: its address in any language, the language it is looked at in, and the status of its answer."""

    name: str
    path: str
    language: Language
    status: int = 200


PLACES = (
    Place("start", "/{lang}/", NL),
    Place("results", "/{lang}/?q={question}", FR),
    Place("narrowed", "/{lang}/?q={question}&country=BE&phase=prevention&sort=date", NL),
    Place("strategies", "/{lang}/?q={question}&kind=strategy", EN),
    Place("third", "/{lang}/?kind=practice&page=3", FR),
    Place("nothing", "/{lang}/?q={pie}", NL),
    Place("practice", "/{lang}/notes/be-baps", FR),
    Place("version", "/{lang}/notes/be-baps?version={other}", NL),
    Place("annulled", "/{lang}/notes/nl-online-area-ban", EN),
    Place("strategy", "/{lang}/notes/nl-nlcs", FR),
    Place("compare", "/{lang}/compare?crime_type=phishing&phase=prevention", FR),
    Place("coverage", "/{lang}/coverage", FR),
    Place("about", "/{lang}/about", FR),
    Place("refused", "/{lang}/?q={question}&country=XX", FR, 400),
    Place("missing", "/{lang}/notes/no-such-note", NL, 404),
    Place("unready", "/{lang}/?q={question}&kind=practice&page=2", EN, 503),
)
