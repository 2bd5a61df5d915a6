"""Chunks -> notes: a note once, by its best passage; and which passage to show to this reader."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kb.frozen import Frozen
from kb.languages import Language


class Candidate(NamedTuple):
    """A retrieved chunk with its fused score; `identifier` is the part of it owed to an identifier in the question."""

    chunk_id: str
    note_id: str
    language: Language
    score: float
    identifier: float = 0.0


@dataclass(frozen=True)
class Group(Frozen):
    """A note with its score and its candidates, best first."""

    note_id: str
    score: float
    candidates: tuple[Candidate, ...]

    def passage(self, shown: Language) -> Candidate:
        """The best candidate in the version shown, else the best of all."""
        return next((one for one in self.candidates if one.language is shown), self.candidates[0])


def best_passage(candidates: Sequence[Candidate]) -> float:
    """The plainest score of a note: that of its best candidate. `candidates` come best first."""
    return candidates[0].score


def group(
    candidates: Iterable[Candidate], score: Callable[[Sequence[Candidate]], float] = best_passage
) -> tuple[Group, ...]:
    """Notes, best first by `score`; equals by id, so that the order never depends on the store's."""
    by_note: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_note.setdefault(candidate.note_id, []).append(candidate)
    groups: list[Group] = []
    for note_id, found in by_note.items():
        found.sort(key=lambda one: (-one.score, one.chunk_id))
        groups.append(Group(note_id, score(found), tuple(found)))
    return tuple(sorted(groups, key=lambda one: (-round(one.score, 6), one.note_id)))
