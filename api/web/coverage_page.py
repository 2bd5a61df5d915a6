"""The page for those who write a common strategy: a map of the practices there are, what is missing, objectives."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from fastapi import Request
from starlette.responses import Response

from api.web.map_picture import HEAT, picture, search_of
from api.web.rendering import page
from kb.text.languages import Language
from search.browse.practice_map import PracticeMap
from search.query import EVIDENCE_LEVELS
from search.results import NoteCard
from search.service import Door
from search.view import Reading


def coverage_page(request: Request, door: Door, language: Language) -> Response:
    """The page. Everything on it is counted among the notes that the caller may see."""
    return page(
        request, "coverage.html", language, "/{}/coverage",
        heats=_heats(), evidence_levels=EVIDENCE_LEVELS, search_for=search_of, **read_coverage(door, language),
    )  # fmt: skip


def read_coverage(door: Door, language: Language) -> dict[str, Any]:
    """What the page shows. Most of it is made once for an index, a day and a language, and held."""
    today = date.today().isoformat()

    def read(reading: Reading) -> dict[str, Any]:
        found, taxonomy = reading.practice_map(), reading.taxonomy
        return {
            "taxonomy": taxonomy,
            "map": found,
            "picture": reading.once("picture", language, make=lambda: picture(found, taxonomy, language)),
            "gaps": _gaps(found),
            "counts": reading.coverage(today),
            "wanting": reading.once("wanting", today, language, make=lambda: _wanting(reading, today, language)),
            "strategies": reading.objectives(language),
        }

    return door.read(read)


Wanting = Mapping[str, list[tuple[NoteCard, tuple[Language, ...]]]]
"""Key of the words for what they lack -> notes, and the language versions that it is about."""


def _wanting(reading: Reading, today: str, language: Language) -> Wanting:
    """The notes that somebody should look after. A note stands once for each translation that is stale."""
    counts = reading.coverage(today)
    stale = (one.partition("/") for one in counts.stale)
    wanted: dict[str, list[tuple[str, tuple[Language, ...]]]] = {
        "missing_versions": list(counts.missing.items()),
        "stale_versions": [(note_id, (Language(version),)) for note_id, _, version in stale],
        "overdue": [(note_id, ()) for note_id in counts.to_review],
    }
    named = {note_id for notes in wanted.values() for note_id, _ in notes}
    cards = {one.id: one for one in reading.cards(named, language)}
    return {key: [(cards[note_id], versions) for note_id, versions in notes] for key, notes in wanted.items()}


def _heats() -> Iterator[tuple[int, str]]:
    """Each heat but 0 and the numbers that have it: (2, "2–3")."""
    for place, least in enumerate(HEAT, 1):
        most = HEAT[place] - 1 if place < len(HEAT) else None
        yield place, f"{least}+" if most is None else f"{least}–{most}" if most > least else str(least)


def _gaps(found: PracticeMap) -> dict[str, tuple[list[tuple[str, int]], list[tuple[str, int]]]]:
    """Crime type -> phases for which nothing holds in the Benelux, and those for which only a wider area has something.

    Each phase with the number of practices that there are anyway.
    """
    gaps: dict[str, tuple[list[tuple[str, int]], list[tuple[str, int]]]] = {}
    for gap in found.gaps:
        gaps.setdefault(gap.crime_type, ([], []))[bool(gap.wider)].append((gap.phase, gap.elsewhere))
    return gaps
