"""Which of the fixed headings a heading of somebody else means, in any of the three languages.

Takes numbers, articles, capitals and accents for nothing, and a slip of the pen for what it nearly is.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Final, NamedTuple

from kb.notes.note import SECTIONS, Kind
from kb.text.folding import fold_letters

_NEAR: Final = 0.9
_LONG_ENOUGH: Final = 7
_NUMBER: Final = re.compile(
    r"^(?:(?:chapter|part|section|hoofdstuk|deel|chapitre|partie|titre)\s+)?"
    r"(?:\d+(?:\.\d+)*(?:\s*[.):–—-]+\s*|\s+)|(?:[ivxlc]{1,6}|[a-z])\s*[.):–—-]+\s*)"
)
_ARTICLE: Final = re.compile(r"^(?:the|our|le|la|les|l'|notre|de|het|een|onze|ons)\s*(?<=[\s'])")
_ALIKE: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.PRACTICE: {
        "problem": (
            "problem statement, problem description, problem and context, background, context, challenge, "
            "introduction / problématique, contexte, constat, enjeux, introduction, situation, contexte et "
            "problème / probleemstelling, probleemomschrijving, probleemschets, achtergrond, aanleiding, "
            "inleiding, uitdaging, situatieschets"
        ),
        "approach": (
            "method, methodology, solution, description, intervention, response, measures / démarche, "
            "méthode, méthodologie, solution, réponse, mesures, dispositif / werkwijze, methode, methodiek, "
            "oplossing, beschrijving, maatregelen"
        ),
        "how-it-works": (
            "how does it work, operation, implementation, in practice, procedure, steps, process / mise en "
            "œuvre, en pratique, procédure, étapes, déroulement, comment ça marche, processus / uitvoering, "
            "in de praktijk, procedure, stappen, stappenplan, hoe werkt het, hoe het werkt, verloop, proces"
        ),
        "legal-basis": (
            "legal framework, legal context, legal aspects, legislation / cadre légal, cadre juridique, base "
            "juridique, bases légales, fondement juridique, législation, aspects juridiques / wettelijke "
            "basis, wettelijk kader, juridisch kader, juridische basis, juridische aspecten, rechtsgrond, "
            "rechtsgrondslag, wetgeving"
        ),
        "partners": (
            "partners, partners involved, roles, stakeholders, actors, who is involved, cooperation / "
            "partenaires, acteurs, rôles, partenaires impliqués, parties prenantes, collaboration / betrokken "
            "partners, betrokken partijen, betrokkenen, rollen, actoren, samenwerking, wie doet mee"
        ),
        "results": (
            "results, results and impact, outcomes, evidence, impact, evaluation, findings, effects / "
            "résultats, évaluation, effets, bilan / resultaten, resultaat, evaluatie, effecten, bevindingen, "
            "opbrengsten"
        ),
        "effort": (
            "cost, costs, resources, budget, effort, staffing / coûts, coût, moyens, ressources, moyens "
            "nécessaires / kosten, middelen, inzet, benodigde middelen, capaciteit"
        ),
        "works-best-if": (
            "success factors, critical success factors, conditions for success, preconditions, requirements / "
            "facteurs de succès, facteurs de réussite, facteurs clés de succès, conditions de succès / "
            "succesfactoren, kritische succesfactoren, voorwaarden, randvoorwaarden, succesvoorwaarden"
        ),
        "risks": (
            "risks, lessons, lessons learned, lessons learnt, limitations, pitfalls, risks and limitations / "
            "risques, enseignements, leçons apprises, leçons tirées, limites, points d'attention, écueils / "
            "risico's, lessen, geleerde lessen, leerpunten, beperkingen, valkuilen, aandachtspunten"
        ),
        "counterparts": (
            "counterparts, other countries, abroad, similar practices / équivalents, autres pays, à "
            "l'étranger, pratiques similaires / tegenhangers, andere landen, buitenland, vergelijkbare "
            "praktijken"
        ),
        "sources": (
            "source, references, bibliography, further reading / références, bibliographie, pour en savoir "
            "plus / bron, bronvermelding, referenties, literatuur, literatuurlijst, bibliografie, meer "
            "informatie"
        ),
    },
    Kind.STRATEGY: {
        "purpose": (
            "aim, aims, goal, introduction, background, context, preamble, mission, vision / objet, finalité, "
            "introduction, contexte, préambule, objectif général / inleiding, achtergrond, aanleiding, visie, "
            "missie, considerans, oogmerk"
        ),
        "scope": (
            "scope of application, field of application, definitions / champ d'application, périmètre, "
            "définitions / toepassingsgebied, werkingssfeer, afbakening, definities"
        ),
        "objectives": (
            "objectives, goals, measures, actions, strategic objectives, priorities, action plan / objectifs, "
            "mesures, priorités, objectifs stratégiques, axes, plan d'action / doelstellingen, doelen, "
            "maatregelen, acties, prioriteiten, strategische doelstellingen, actieplan, actielijnen, "
            "actiepunten"
        ),
        "operations": (
            "implementation, operations, approach, execution / mise en œuvre, approche, exécution / "
            "uitvoering, aanpak, implementatie, werkwijze"
        ),
        "exchange": (
            "cooperation, international cooperation, exchange of information / coopération, coopération "
            "internationale, échange d'informations, collaboration / samenwerking, internationale "
            "samenwerking, informatie-uitwisseling, uitwisseling"
        ),
        "targets": (
            "targets, follow-up, monitoring, indicators, evaluation, monitoring and evaluation / cibles, "
            "suivi, indicateurs, évaluation, suivi et évaluation / streefcijfers, opvolging, indicatoren, "
            "evaluatie, monitoring en evaluatie"
        ),
        "practices": (
            "practices, projects, examples / pratiques, projets, exemples / praktijken, projecten, voorbeelden"
        ),
        "sources": (
            "source, references, bibliography, further reading / références, bibliographie, pour en savoir "
            "plus / bron, bronvermelding, referenties, literatuur, literatuurlijst, bibliografie, meer "
            "informatie"
        ),
    },
}
"""What documents call the sections, besides the fixed headings themselves: English / French / Dutch."""


class Meant(NamedTuple):
    """The section that a heading means; exact: it is one of the fixed headings, in any language."""

    key: str
    exact: bool


def meant(heading: str, kind: Kind) -> Meant | None:
    """What a heading means, or None where it is none of ours."""
    fixed, alike = _known(kind)
    plain = _plain(heading)
    if plain in fixed:
        return Meant(fixed[plain], True)
    if plain not in alike and len(plain) >= _LONG_ENOUGH:
        plain = next(iter(get_close_matches(plain, [*fixed, *alike], 1, _NEAR)), plain)
    key = alike.get(plain) or fixed.get(plain)
    return Meant(key, False) if key else None


@cache
def _known(kind: Kind) -> tuple[Mapping[str, str], Mapping[str, str]]:
    fixed = {_plain(name): key for key, names in SECTIONS[kind].items() for name in names.values()}
    alike = {_plain(one): key for key, several in _ALIKE[kind].items() for one in re.split("[,/]", several)}
    return fixed, alike


def _plain(heading: str) -> str:
    """A heading without number, article, accents, capitals and what stands at its end."""
    return _ARTICLE.sub("", _NUMBER.sub("", fold_letters(heading))).strip(" .:;?!-–—")
