"""The page for those who write a common strategy: a map of the practices there are, what is missing, objectives."""

from collections.abc import Mapping
from datetime import date
from textwrap import wrap
from typing import Any, Final

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.gate import View
from api.locales.texts import TEXTS, Texts, day_text
from api.web.rendering import page, render
from api.web.search_address import SearchAddress
from kb.notes.taxonomy import EVERY_CRIME, Taxonomy
from kb.text.languages import Language
from search.browse.coverage import Coverage
from search.browse.practice_map import Column, MapCell, PracticeMap
from search.query import EVIDENCE_LEVELS
from search.results import NoteCard
from search.view import IndexView

HEATS: Final = {1: "1", 2: "2–3", 4: "4–6", 7: "7+"}
"""From how many practices a cell has heat 1, 2, 3 and 4, and the numbers that have it. Below is 0: nothing is known."""

Lack = tuple[str, int, Mapping[str, str]]
"""A phase, how many practices there are elsewhere, and country -> day on which practices were searched in vain."""


def coverage_page(request: Request, view: View, language: Language) -> Response:
    """Answer with the page. Everything on it is counted among the notes that the caller may see."""
    context: dict[str, Any] = {"heats": HEATS.values(), "evidence_levels": EVIDENCE_LEVELS, "search_for": search_for}
    return page(request, "coverage.html", language, "/{}/coverage", **context, **read_coverage(view, language))


def read_coverage(view: IndexView, language: Language) -> dict[str, Any]:
    """Read what the page shows. The picture is made once for an index and a language, and cached."""
    today = date.today().isoformat()
    found, counts = view.practice_map(), view.coverage(today)
    return {
        "taxonomy": view.taxonomy,
        "picture": view.cached("picture", language, make=lambda: _picture(found, view.taxonomy, language)),
        "gaps": _gaps(found),
        "counts": counts,
        "wanting": _wanting(view, counts, language),
        "strategies": view.objectives(language),
    }


def _wanting(
    view: IndexView, counts: Coverage, language: Language
) -> Mapping[str, list[tuple[NoteCard, tuple[Language, ...]]]]:
    """Return the notes that somebody should look after, by the key of the words for what they lack, each with the
    language versions that it is about. A note is there once for each translation that is stale.
    """
    stale = (version.partition("/") for version in counts.stale)
    wanted: dict[str, list[tuple[str, tuple[Language, ...]]]] = {
        "missing_versions": list(counts.missing.items()),
        "stale_versions": [(note_id, (Language(version),)) for note_id, _, version in stale],
        "overdue": [(note_id, ()) for note_id in counts.to_review],
    }
    return {
        key: [(view.cards([note_id], language)[0], versions) for note_id, versions in notes]
        for key, notes in wanted.items()
    }


def _gaps(found: PracticeMap) -> dict[str, tuple[list[Lack], list[Lack]]]:
    """Return crime type -> phases for which nothing holds in the Benelux, and those for which only a wider area has
    something, each with the number of practices that there are anyway, and the countries where practices were searched
    in vain, with the day.
    """
    gaps: dict[str, tuple[list[Lack], list[Lack]]] = {}
    for gap in found.gaps:
        cells = ((column, found.cells[gap.crime_type, gap.phase, column].searched) for column in found.columns)
        searched = {column[0]: day for column, day in cells if day}
        gaps.setdefault(gap.crime_type, ([], []))[bool(gap.wider)].append((gap.phase, gap.elsewhere, searched))
    return gaps


def heat(practices: int) -> int:
    """Return how strongly a number of practices is coloured, 0 to 4."""
    return sum(practices >= least for least in HEATS)


def search_for(crime_type: str, phase: str, countries: Column = (), besides: bool = False) -> SearchAddress:
    """Return the search whose list of practices is what a cell counts; besides: whose powers and playbooks are."""
    within = (("country", country) for country in countries)
    crimes = dict.fromkeys((crime_type, EVERY_CRIME) if besides else (crime_type,))
    return SearchAddress(filters=(*within, *(("crime_type", crime) for crime in crimes), ("phase", phase)))


def _picture(found: PracticeMap, taxonomy: Taxonomy, language: Language) -> Markup:
    """Draw the map, in the words of a language, and write it as a table."""
    countries, others = taxonomy.countries, TEXTS[language]["other_countries"]
    names = {column: countries[column[0]].label(language) if len(column) == 1 else others for column in found.columns}
    context = {"map": found, "taxonomy": taxonomy, "names": names, "words": _words, "search_for": search_for}
    drawn = render("map.html", language, **context, heat_of=heat, wrap=wrap)
    return Markup(drawn)  # noqa: S704 - a template's own output: it has escaped what it was given


def _words(cell: MapCell, texts: Texts, language: Language) -> str:
    """Return a cell in words, for those who do not see it: `9 practices, 1 evaluated`."""
    if cell.practices:
        words = [texts.count("n_practice", cell.practices)]
    elif cell.searched:
        words = [texts["searched_on"].format(day_text(cell.searched, language))]
    else:
        words = [texts["no_practice_here" if cell.besides else "nothing_here"]]
    if cell.evaluated:
        words.append(texts.count("n_evaluated", cell.evaluated))
    if cell.practices and not cell.own:
        words.append(texts["wider_only"])
    words += [texts.count(name, n) for name, n in (("n_power", cell.powers), ("n_playbook", cell.playbooks)) if n]
    return ", ".join(words)
