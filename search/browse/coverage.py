"""Coverage of a collection, and what it lacks: counts for those who write strategies and look after notes.

Counts the notes it is given, which are those the caller may see.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from kb.notes.note import Kind
from kb.notes.taxonomy import Searched
from kb.text.languages import Language
from search.browse.practice_map import EVALUATED
from search.catalogue import Entry


@dataclass(frozen=True)
class Cell:
    """How many practices there are against a crime type in a phase in a country, and how many were evaluated."""

    crime_type: str
    phase: str
    country: str
    practices: int
    evaluated: int


@dataclass(frozen=True)
class Coverage:
    """Counts by value, most frequent first, and what is missing.

    originals, translations: notes written in a language, and translated into it
    evidence:                practices by evidence level
    cells:                   where there is at least one practice; a note counts in each of its crime types and phases
    searched:                where practices were searched in vain, and none holds
    missing:                 note id -> languages it does not exist in
    stale:                   `note/language` of translations whose original has changed since
    to_review:               notes whose day of review has passed
    """

    kinds: Mapping[str, int]
    countries: Mapping[str, int]
    statuses: Mapping[str, int]
    originals: Mapping[str, int]
    translations: Mapping[str, int]
    evidence: Mapping[str, int]
    cells: tuple[Cell, ...]
    searched: tuple[Searched, ...]
    missing: Mapping[str, tuple[Language, ...]]
    stale: tuple[str, ...]
    to_review: tuple[str, ...]


def coverage(notes: Mapping[str, Entry], searched: tuple[Searched, ...], today: str) -> Coverage:
    """Count the notes that a caller may see. today: ISO date, e.g. `2026-11-25`."""
    practices = [note for note in notes.values() if note.kind is Kind.PRACTICE]
    evaluated = _cells(note for note in practices if note.shared["evidence"]["level"] in EVALUATED)
    return Coverage(
        kinds=_counts(note.kind for note in notes.values()),
        countries=_counts(country for note in notes.values() for country in note.shared["countries"]),
        statuses=_counts(status for note in notes.values() for status in note.facets["status"]),
        originals=_counts(note.original for note in notes.values()),
        translations=_counts(each for note in notes.values() for each in note.languages if each is not note.original),
        evidence=_counts(note.shared["evidence"]["level"] for note in practices),
        cells=tuple(Cell(*key, count, evaluated[key]) for key, count in sorted(_cells(practices).items())),
        searched=searched,
        missing={
            note_id: lacking
            for note_id, note in sorted(notes.items())
            if (lacking := tuple(each for each in Language if each not in note.languages))
        },
        stale=tuple(
            f"{note_id}/{language}"
            for note_id, note in sorted(notes.items())
            for language, version in sorted(note.versions.items())
            if version["translation"] and version["translation"]["stale"]
        ),
        to_review=tuple(note_id for note_id, note in sorted(notes.items()) if note.shared["review_by"] < today),
    )


def _cells(practices: Iterable[Entry]) -> Counter[tuple[str, str, str]]:
    about = ((note.shared["crime_types"], note.facets["phase"], note.shared["countries"]) for note in practices)
    return Counter(cell for values in about for cell in product(*values))


def _counts(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(map(str, values)).items(), key=lambda item: (-item[1], item[0])))
