"""The notes of a generation by id, with the fields that hits, versions, facets and links need.

Kept in memory (some 2 kB a version), because a search looks at many more notes than it shows, and reading their records
would cost it more than finding them. Asked only for ids that the store has returned under the caller's filter, or for
those a note is linked with, of which it returns those that the caller may see.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from kb.notes.front_matter import CHOICES
from kb.notes.note import Kind
from kb.store.records import note_and_language
from kb.text.languages import Language, language_to_read
from search.query import FILTERS

FACETS: Final = {name: narrowing.field for name, narrowing in FILTERS.items() if narrowing.is_closed}
"""Facet, named like the parameter that filters by it -> payload field, the one that the filter reads."""

HIT_FIELDS: Final = (
    *("kind", "language", "languages", "original", "title", "summary", "translation", "countries", "reach"),
    *("crime_types", "crime_types_broad", "phases", "access", "tlp", "implements", "counterparts", "linked"),
    *("replaces", "since", "evidence", "evidence_level", "draft", "reviewed", "review_by", *CHOICES),
)
"""Payload fields of a version that a hit shows."""

_NONE: Final = frozenset[str]()


@dataclass(frozen=True)
class Entry:
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

    def version_for(self, reader: Language) -> Language:
        """Return the language of the version a reader sees."""
        return language_to_read(self.languages, reader, self.original)


class Catalogue:
    """All notes of one generation."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        fields = {note_id: entry.shared for note_id, entry in entries.items()}

        def pairs(field: str) -> Iterator[tuple[str, str]]:
            return ((note_id, other) for note_id, own in fields.items() for other in own[field])

        self._counterparts = _both_ways(pairs("counterparts"))
        self._succession = _both_ways(pairs("replaces"))
        self._linked = _both_ways(pairs("linked"))
        self._implementing = _by_first(
            (strategy.partition("#")[0], note_id) for note_id, strategy in pairs("implements")
        )

    @classmethod
    def of(
        cls,
        versions: Iterable[tuple[str, Mapping[str, Any]]],
        passages: Mapping[Language, Mapping[str, int]],
        questions: Mapping[str, int],
    ) -> "Catalogue":
        """Return the catalogue of these versions.

        versions:  record id and `HIT_FIELDS` of each
        passages:  language -> note id -> how many passages the version has
        questions: note id -> how many questions all versions of the note have
        """
        by_note: dict[str, dict[Language, Mapping[str, Any]]] = {}
        for record_id, payload in versions:
            note_id, language = note_and_language(record_id)
            by_note.setdefault(note_id, {})[language] = payload
        entries: dict[str, Entry] = {}
        for note_id, payloads in by_note.items():
            shared = next(iter(payloads.values()))
            entries[note_id] = Entry(
                kind=Kind(shared["kind"]),
                languages=tuple(Language(language) for language in shared["languages"]),
                original=Language(shared["original"]),
                facets={name: _values(shared[field]) for name, field in FACETS.items()},
                passages={language: counts.get(note_id, 0) for language, counts in passages.items()},
                questions=questions.get(note_id, 0),
                versions=payloads,
            )
        return cls(entries)

    def __getitem__(self, note_id: str) -> Entry:
        return self._entries[note_id]

    def of_notes(self, note_ids: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of these notes."""
        return {note_id: self._entries[note_id] for note_id in note_ids}

    def countries(self, note_id: str) -> tuple[str, ...]:
        """Return the countries and areas that a note names."""
        return tuple(self._entries[note_id].shared["countries"])

    def counterparts(self, note_id: str) -> frozenset[str]:
        """Return the ids of the notes that this one names as counterparts, and of those that name this one."""
        return self._counterparts.get(note_id, _NONE)

    def implementing(self, note_id: str) -> frozenset[str]:
        """Return the ids of the notes that implement this strategy, or an objective of it."""
        return self._implementing.get(note_id, _NONE)

    def linked(self, note_id: str) -> frozenset[str]:
        """Return the ids of the notes that this one names in its fields, and of those that name this one."""
        return self._linked.get(note_id, _NONE)

    def otherwise_linked(self, note_id: str) -> frozenset[str]:
        """Return the linked notes that are neither counterparts, nor implement each other, nor replace each other."""
        implemented = {strategy.partition("#")[0] for strategy in self._entries[note_id].shared["implements"]}
        other_links = self.counterparts(note_id) | self.implementing(note_id) | self._succession.get(note_id, _NONE)
        return self.linked(note_id) - other_links - implemented

    def succession(self, note_id: str, clearance: frozenset[str]) -> set[str]:
        """Return a note and all that replace each other with it, as far as the caller may see from note to note."""
        found: set[str] = set()
        near = {note_id}
        while new := self.visible(near, clearance).keys() - found:
            found |= new
            near = {other for each in new for other in self._succession.get(each, _NONE)}
        return found

    def visible(self, note_ids: Iterable[str], clearance: frozenset[str]) -> dict[str, Entry]:
        """Return the entries of those of these notes that the caller may see, by id. Some may have been withdrawn."""
        return {
            note_id: entry
            for note_id in sorted(note_ids)
            if (entry := self._entries.get(note_id)) is not None and not clearance.isdisjoint(entry.shared["access"])
        }

    def latest_first(self, note_ids: Iterable[str]) -> list[str]:
        """Return these notes by the day they started or were adopted, those without last; equals by id."""
        return latest_first(note_ids, self._entries)

    def facets(self, note_ids: Iterable[str]) -> dict[str, dict[str, int]]:
        """Return facet -> value -> how many of these notes hold it, most frequent first."""
        counts: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        for note_id in note_ids:
            for name, values in self._entries[note_id].facets.items():
                for value in values:
                    counts[name][value] = counts[name].get(value, 0) + 1
        return {
            name: dict(sorted(values.items(), key=lambda item: (-item[1], item[0]))) for name, values in counts.items()
        }


def latest_first(note_ids: Iterable[str], notes: Mapping[str, Entry]) -> list[str]:
    """Return note ids by the day the notes started or were adopted, those without last; equals by id."""
    return sorted(sorted(note_ids), key=lambda note_id: str(notes[note_id].shared["since"] or ""), reverse=True)


def _both_ways(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    return _by_first(way for first, second in pairs for way in ((first, second), (second, first)))


def _by_first(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
    return {first: frozenset(others) for first, others in found.items()}


def _values(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())
