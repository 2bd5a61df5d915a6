"""The notes of a generation by id, with the fields that hits, versions, facets and links need.

Kept in memory (some 2 kB a version), because a search looks at many more notes than it shows, and reading their records
would cost it more than finding them. Asked only for ids that the store has returned under the caller's filter, or for
those a note is linked with, of which it returns those that the caller may see.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from kb.notes.front_matter import CHOICES
from kb.notes.note import Kind
from kb.store.records import CELL, RECORD, Where, note_and_language, version_id
from kb.text.languages import Language, language_to_read
from search.query import FILTERS

FACETS: Final = {name: narrowing.field for name, narrowing in FILTERS.items() if narrowing.fixed or narrowing.scheme}
"""Facet, named like the parameter that filters by it -> payload field, the one that the filter reads."""

LANGUAGES: Final = (*Language,)
KINDS: Final = (*Kind,)
"""Languages and kinds of notes in the order in which arrays have them."""
Numbers = NDArray[np.float64]
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]
Value = TypeVar("Value", bound=Hashable)

HIT_FIELDS: Final = (
    *("kind", "language", "languages", "original", "title", "summary", "translation", "countries", "reach"),
    *("crime_types", "crime_types_broad", "phases", "powers", "access", "tlp", "implements", "counterparts", "linked"),
    *("replaces", "since", "evidence", "evidence_level", "draft", "reviewed", "review_by", *CHOICES),
    *("organisation_keys", "short_contacts"),
)
"""Payload fields of a version that a hit shows or a filter reads."""
_TOLD: Final = ("access", "countries", "crime_types", *(narrowing.field for narrowing in FILTERS.values()))
"""Fields of which `Catalogue.having` tells."""


@dataclass(frozen=True)
class Entry:
    """One note: its kind, the languages it exists in, the one it was written in, and its values for each facet.

    passages: how many passages each of its versions has
    questions: how many questions all of them together
    versions: the fields of each version that a hit shows
    changed: when the note became what it is, and who may see it, in UTC
    """

    kind: Kind
    languages: tuple[Language, ...]
    original: Language
    facets: Mapping[str, tuple[str, ...]]
    passages: Mapping[Language, int]
    questions: int
    versions: Mapping[Language, Mapping[str, Any]]
    changed: datetime

    @cached_property
    def shared(self) -> Mapping[str, Any]:
        """The fields all versions have in common, as the original holds them."""
        return self.versions[self.original]

    def version_for(self, reader: Language) -> Language:
        """Return the language of the version a reader sees."""
        return language_to_read(self.languages, reader, self.original)


class Catalogue(dict[str, Entry]):
    """All notes of one generation, by id; and of each the ids of those that it is linked with.

    counterparts: those it names as such, or that name it
    replacing:    those it replaces, or that replace it
    implemented:  strategies it implements, or an objective of
    implementing: those that implement it
    linked:       those it names in any field, or that name it

    For reckoning with many notes at once, arrays with a row for each, in the order of their ids:

    ids, row:        their ids; id -> row
    kinds:           place of its kind in `KINDS`, shape (notes,)
    passages:        how many passages each version has, shape (notes, languages); 0 where there is none
    questions:       how many questions the note answers, shape (notes,)
    version_rows:    row of the note × languages + the language, of each of `ChunkReader.versions`
    """

    def __init__(
        self,
        versions: Iterable[tuple[str, Mapping[str, Any]]],
        passages: Mapping[Language, Mapping[str, int]],
        questions: Mapping[str, int],
        changed: Mapping[str, datetime],
        order: Sequence[str] | None = None,
    ) -> None:
        """versions:  record id and `HIT_FIELDS` of each
        passages:  language -> note id -> how many passages the version has
        questions: note id -> how many questions all versions of the note have
        changed:   note id -> when it last changed
        order:     `ChunkReader.versions`; None: the ids of all versions, ascending
        """
        by_note: dict[str, dict[Language, Mapping[str, Any]]] = {}
        for record_id, payload in versions:
            note_id, language = note_and_language(record_id)
            by_note.setdefault(note_id, {})[language] = payload
        for note_id, payloads in by_note.items():
            shared = next(iter(payloads.values()))
            self[note_id] = Entry(
                kind=Kind(shared["kind"]),
                languages=tuple(Language(language) for language in shared["languages"]),
                original=Language(shared["original"]),
                facets={name: _values(shared[field]) for name, field in FACETS.items()},
                passages={language: counts.get(note_id, 0) for language, counts in passages.items()},
                questions=questions.get(note_id, 0),
                versions=payloads,
                changed=changed[note_id],
            )
        self.counterparts = self._links("counterparts")
        self.replacing = self._links("replaces")
        self.implemented = self._links("implements", back=False)
        self.implementing = self._links("implements", out=False)
        self.linked = self._links("linked")
        self.ids = (*sorted(self),)
        self.row = {note_id: row for row, note_id in enumerate(self.ids)}
        entries = [self[note_id] for note_id in self.ids]
        self.kinds = np.array([KINDS.index(entry.kind) for entry in entries], np.intp)
        counts = [[entry.passages.get(language, 0) for language in LANGUAGES] for entry in entries]
        self.passages = np.array(counts, np.intp).reshape(-1, len(LANGUAGES))
        self.questions = np.array([entry.questions for entry in entries], np.intp)
        told = ([(field, value) for field in _TOLD for value in _values(entry.shared[field])] for entry in entries)
        having = self._having = rows_by_value(told)
        self._facet_values = [(name, value) for name, own in FACETS.items() for field, value in having if field == own]
        self._facets = np.zeros((len(entries), len(self._facet_values)), np.uint8)
        for place, (name, value) in enumerate(self._facet_values):
            self._facets[self._having[FACETS[name], value], place] = 1
        rows = {
            version_id(note_id, language): row * len(LANGUAGES) + LANGUAGES.index(language)
            for row, note_id in enumerate(self.ids)
            for language in self[note_id].versions
        }
        # A version without a record of its own has a row that no note has.
        of_order = [rows.get(each, len(self) * len(LANGUAGES)) for each in (sorted(rows) if order is None else order)]
        self.version_rows = np.array(of_order, np.intp)
        near = [
            [row, *(self.row[other] for other in self.linked[self.ids[row]] if other in self)]
            for row in self.row.values()
        ]
        self._near = np.array([*chain(*near)], np.intp)
        self._near_bounds = np.cumsum([0, *map(len, near)], dtype=np.intp)

    def rows(self, note_ids: Iterable[str]) -> Rows:
        """Return the rows of notes by their ids."""
        return np.fromiter(map(self.row.__getitem__, note_ids), np.intp)

    def having(self, field: str, values: Iterable[str]) -> Flags:
        """Return a flag for each note: whether it has one of these values of a field."""
        return flagged(self._having, ((field, value) for value in values), len(self))

    def passing(self, where: Where) -> Flags:
        """Return a flag for each note: whether it has passages that pass a filter, clearance included."""
        flags: Flags = np.asarray(self.passages.any(axis=1))
        for field, values in where.items():
            if field not in (RECORD, CELL):
                flags &= self.having(field, values)
        return flags

    def near(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return notes and those that they are linked with, one after the other; and where those of each begin."""
        starts, ends = self._near_bounds[rows], self._near_bounds[rows + 1]
        lengths = ends - starts
        totals = lengths.cumsum()
        return self._near[np.repeat(ends - totals, lengths) + np.arange(lengths.sum())], totals - lengths

    def best_linked(self, scores: Numbers, rows: Rows) -> Numbers:
        """Return of each of these notes the best score that it or a linked one has. scores: shape (notes,)"""
        near, starts = self.near(rows)
        return np.maximum.reduceat(scores[near], starts) if len(rows) else scores[rows]

    def _links(self, field: str, *, out: bool = True, back: bool = True) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {note_id: set() for note_id in self}
        for note_id, entry in self.items():
            for other in (name.partition("#")[0] for name in entry.shared[field]):
                if out:
                    found[note_id].add(other)
                if back and other in found:
                    found[other].add(note_id)
        return {note_id: frozenset(others) for note_id, others in found.items()}

    def otherwise_linked(self, note_id: str) -> frozenset[str]:
        """Return the linked notes that are neither counterparts, nor implement each other, nor replace each other."""
        named = (self.counterparts, self.replacing, self.implemented, self.implementing)
        return self.linked[note_id].difference(*(links[note_id] for links in named))

    def succession(self, note_id: str, clearance: frozenset[str]) -> set[str]:
        """Return a note and all that replace each other with it, as far as the caller may see from note to note."""
        found: set[str] = set()
        near = {note_id}
        while new := self.visible(near, clearance).keys() - found:
            found |= new
            near = {other for each in new for other in self.replacing[each]}
        return found

    def visible(self, note_ids: Iterable[str], clearance: frozenset[str]) -> dict[str, Entry]:
        """Return the entries of those of these notes that the caller may see, by id. Some may have been withdrawn."""
        return {
            note_id: entry
            for note_id in sorted(note_ids)
            if (entry := self.get(note_id)) is not None and not clearance.isdisjoint(entry.shared["access"])
        }

    def facets(self, rows: Rows) -> dict[str, dict[str, int]]:
        """Return facet -> value -> how many of these notes have it."""
        found: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        counts = np.add.reduce(self._facets[rows], 0, np.intp)
        for place in counts.nonzero()[0].tolist():
            name, value = self._facet_values[place]
            found[name][value] = int(counts[place])
        return found


def rows_by_value(values: Iterable[Iterable[Value]]) -> dict[Value, Rows]:
    """Return value -> the rows that have it, ascending. values: of each row"""
    found: dict[Value, list[int]] = {}
    for row, some in enumerate(values):
        for value in some:
            found.setdefault(value, []).append(row)
    return {value: np.array(rows, np.intp) for value, rows in found.items()}


def flagged(rows: Mapping[Value, Rows], values: Iterable[Value], size: int) -> Flags:
    """Return a flag for each of so many rows: whether it has one of these values. rows: from `rows_by_value`"""
    flags = np.zeros(size, bool)
    for value in values:
        if (having := rows.get(value)) is not None:
            flags[having] = True
    return flags


def latest_first(note_ids: Iterable[str], notes: Mapping[str, Entry]) -> list[str]:
    """Return note ids by the day the notes started or were adopted, those without last; equals by id."""
    return sorted(sorted(note_ids), key=lambda note_id: str(notes[note_id].shared["since"] or ""), reverse=True)


def _values(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
