"""Chunks -> notes: a note once, by its best passage; and which passage to show to this reader."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kb.frozen import Frozen
from kb.languages import Language


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


class Worth(NamedTuple):
    """What a note is worth.

    version: the language of the version whose passages make the score
    unseen:  what a passage of it that was not retrieved counts for
    """

    score: float
    version: Language
    unseen: float = 0.0


@dataclass(frozen=True)
class Group(Frozen):
    """A note with its worth and its candidates, best first."""

    note_id: str
    worth: Worth
    candidates: tuple[Candidate, ...]

    @property
    def score(self) -> float:
        """What orders notes."""
        return self.worth.score

    def passage(self, shown: Language) -> Candidate:
        """The best candidate in the version shown, else the best of all."""
        return next((one for one in self.candidates if one.language is shown), self.candidates[0])


def best_passage(candidates: Sequence[Candidate]) -> Worth:
    """The plainest worth of a note: that of its best candidate. `candidates` come best first."""
    return Worth(candidates[0].score, candidates[0].language)


def group(
    candidates: Iterable[Candidate], worth: Callable[[Sequence[Candidate]], Worth] = best_passage
) -> tuple[Group, ...]:
    """Notes, best first by `worth`; equals by id, so that the order never depends on the store's."""
    by_note: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_note.setdefault(candidate.note_id, []).append(candidate)
    groups: list[Group] = []
    for note_id, found in by_note.items():
        found.sort(key=lambda one: (-one.score, one.chunk_id))
        groups.append(Group(note_id, worth(found), tuple(found)))
    return tuple(sorted(groups, key=lambda one: (-round(one.score, 6), one.note_id)))
