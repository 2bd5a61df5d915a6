"""What every note of a generation is about, by id: what hits show, and what choosing versions and facets need.

Held in memory (some 2 kB a version), because a search looks at many more notes than it shows, and reading their records
would cost it more than finding them. Asked only for ids that the store has returned under the caller's filter, or for
those a note is linked with, of which it gives what the caller may see: it opens no other path to a note.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from kb.frozen import Frozen
from kb.notes.front_matter import CHOICES
from kb.notes.note import Kind
from kb.store.protocol import ChunkReader
from kb.store.records import CHUNK, QUESTION, RECORD, VERSION, note_and_language
from kb.text.languages import Language, shown_language
from search.query import FILTERS

FACETS: Final = {name: narrowing.field for name, narrowing in FILTERS.items() if narrowing.is_closed}
"""Facet, named like the parameter that filters by it -> payload field, the one that the filter reads."""

HIT_FIELDS: Final = (
    "kind", "language", "languages", "original", "title", "summary", "translation", "countries", "crime_types",
    "reach", "crime_types_broad", "phases", "access", "tlp", "implements", "counterparts", "linked",
    "replaces", "since", "evidence", "evidence_level", "draft", "reviewed", "review_by", *CHOICES,
)  # fmt: skip
"""Payload fields of a version that a hit shows."""

_NONE: Final = frozenset[str]()


@dataclass(frozen=True)
class Entry(Frozen):
    """One note: its kind, the languages it exists in, the one it was written in, and its values for each facet.

    passages: how many passages each of its versions has
    questions: how many questions all of them together
    versions: the fields of each version that a hit shows
    """

    kind: Kind
    languages: tuple[Language, ...]
    original: Language
    facets: Mapping[str, tuple[str, ...]]
    passages: Mapping[Language, int]
    questions: int
    versions: Mapping[Language, Mapping[str, Any]]

    @cached_property
    def shared(self) -> Mapping[str, Any]:
        """The fields all versions have in common, as the original holds them."""
        return self.versions[self.original]

    def shown(self, reader: Language) -> Language:
        """The language of the version a reader sees."""
        return shown_language(self.languages, reader, self.original)


class Catalogue(Frozen):
    """All notes of one generation."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        fields = {note_id: entry.shared for note_id, entry in entries.items()}
        self._counterparts = _both_ways((one, other) for one in fields for other in fields[one]["counterparts"])
        self._succession = _both_ways((one, other) for one in fields for other in fields[one]["replaces"])
        self._linked = _both_ways((one, other) for one in fields for other in fields[one]["linked"])
        self._implementing = _by_first(
            (strategy.partition("#")[0], one) for one in fields for strategy in fields[one]["implements"]
        )

    @classmethod
    def of(cls, reader: ChunkReader) -> "Catalogue":
        """Read the catalogue of a generation."""
        passages = {
            language: reader.facet("note_id", {RECORD: (CHUNK,), "language": (language.value,)})
            for language in Language
        }
        questions = reader.facet("note_id", {RECORD: (QUESTION,)})
        versions: dict[str, dict[Language, Mapping[str, Any]]] = {}
        for record_id, payload in reader.scroll({RECORD: (VERSION,)}, HIT_FIELDS):
            note_id, language = note_and_language(record_id)
            versions.setdefault(note_id, {})[language] = payload
        entries: dict[str, Entry] = {}
        for note_id, held in versions.items():
            shared = next(iter(held.values()))
            entries[note_id] = Entry(
                kind=Kind(shared["kind"]),
                languages=tuple(Language(one) for one in shared["languages"]),
                original=Language(shared["original"]),
                facets={name: _values(shared[field]) for name, field in FACETS.items()},
                passages={language: counts.get(note_id, 0) for language, counts in passages.items()},
                questions=questions.get(note_id, 0),
                versions=held,
            )
        return cls(entries)

    def __getitem__(self, note_id: str) -> Entry:
        return self._entries[note_id]

    def of_notes(self, note_ids: Iterable[str]) -> dict[str, Entry]:
        """The entries of these notes."""
        return {note_id: self._entries[note_id] for note_id in note_ids}

    def countries(self, note_id: str) -> tuple[str, ...]:
        """The countries and areas that a note names."""
        return tuple(self._entries[note_id].shared["countries"])

    def counterparts(self, note_id: str) -> frozenset[str]:
        """Ids of the notes that this one names as counterparts, and of those that name this one."""
        return self._counterparts.get(note_id, _NONE)

    def implementing(self, note_id: str) -> frozenset[str]:
        """Ids of the notes that implement this strategy, or an objective of it."""
        return self._implementing.get(note_id, _NONE)

    def linked(self, note_id: str) -> frozenset[str]:
        """Ids of the notes that this one names in its fields, and of those that name this one."""
        return self._linked.get(note_id, _NONE)

    def otherwise_linked(self, note_id: str) -> frozenset[str]:
        """Those of the linked ones that are neither counterparts, nor implement each other, nor replace each other."""
        implemented = {one.partition("#")[0] for one in self._entries[note_id].shared["implements"]}
        told = self.counterparts(note_id) | self.implementing(note_id) | self._succession.get(note_id, _NONE)
        return self.linked(note_id) - told - implemented

    def succession(self, note_id: str, clearance: frozenset[str]) -> set[str]:
        """A note and all that replace each other with it, as far as the caller may see from one to the next."""
        found: set[str] = set()
        around = {note_id}
        while next_ones := self.visible(around, clearance).keys() - found:
            found |= next_ones
            around = {other for one in next_ones for other in self._succession.get(one, _NONE)}
        return found

    def visible(self, note_ids: Iterable[str], clearance: frozenset[str]) -> dict[str, Entry]:
        """The entries of those of these notes that the caller may see, by id. A note may have been withdrawn since."""
        return {
            note_id: entry
            for note_id in sorted(note_ids)
            if (entry := self._entries.get(note_id)) is not None and not clearance.isdisjoint(entry.shared["access"])
        }

    def latest_first(self, note_ids: Iterable[str]) -> list[str]:
        """These notes by the day they started or were adopted, undated ones last; equals by id."""
        return sorted(sorted(note_ids), key=lambda one: str(self._entries[one].shared["since"] or ""), reverse=True)

    def facets(self, note_ids: Iterable[str]) -> dict[str, dict[str, int]]:
        """Facet -> value -> how many of these notes hold it, most frequent first."""
        counts: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        for note_id in note_ids:
            for name, values in self._entries[note_id].facets.items():
                for value in values:
                    counts[name][value] = counts[name].get(value, 0) + 1
        return {
            name: dict(sorted(values.items(), key=lambda item: (-item[1], item[0]))) for name, values in counts.items()
        }


def _both_ways(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    return _by_first(way for one, other in pairs for way in ((one, other), (other, one)))


def _by_first(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
    return {one: frozenset(others) for one, others in found.items()}


def _values(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
