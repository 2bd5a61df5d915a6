"""Chunks -> notes: a note once, by what it is worth; and which passage to show to this reader."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from kb.frozen import Frozen
from kb.text.languages import Language
from search.rank.score import Worth


class Candidate(NamedTuple):
    """A retrieved chunk with its fused score, and the parts of it owed to the question's words and identifiers."""

    chunk_id: str
    note_id: str
    language: Language
    score: float
    lexical: float = 0.0
    identifier: float = 0.0

    @property
    def dense(self) -> float:
        """The part of the score that is nearness in meaning."""
        return self.score - self.lexical - self.identifier


@dataclass(frozen=True)
class Group(Frozen):
    """A note with its worth and its candidates, best first."""

    note_id: str
    worth: Worth
    candidates: tuple[Candidate, ...]

    @cached_property
    def score(self) -> float:
        """What orders notes."""
        return self.worth.score

    def passage(self, shown: Language) -> Candidate:
        """The best candidate in the version shown, else the best of all."""
        return next((one for one in self.candidates if one.language is shown), self.candidates[0])


def group(candidates: Iterable[Candidate], worths: Mapping[str, Worth]) -> tuple[Group, ...]:
    """Notes, best first by their worth; equals by id, so that the order never depends on the store's."""
    by_note: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_note.setdefault(candidate.note_id, []).append(candidate)
    for found in by_note.values():
        found.sort(key=attrgetter("chunk_id"))
        found.sort(key=attrgetter("score"), reverse=True)
    groups = [Group(note_id, worths[note_id], tuple(found)) for note_id, found in by_note.items()]
    return tuple(sorted(groups, key=lambda one: (-round(one.score, 6), one.note_id)))
