"""Chunks -> notes: a note once, by its best passage; and which passage to show to this reader."""

from collections.abc import Callable, Iterable, Mapping
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


def group(
    candidates: Iterable[Candidate], scores: Mapping[str, float], bonus: Callable[[str], float] = lambda note_id: 0.0
) -> tuple[Group, ...]:
    """Notes, best first by score and bonus; equals by id, so that the order never depends on the store."""
    by_note: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_note.setdefault(candidate.note_id, []).append(candidate)
    groups = [
        Group(note_id, scores[note_id] + bonus(note_id), tuple(sorted(found, key=_rank)))
        for note_id, found in by_note.items()
    ]
    return tuple(sorted(groups, key=lambda one: (-round(one.score, 6), one.note_id)))


def _rank(candidate: Candidate) -> tuple[float, str]:
    return -candidate.score, candidate.chunk_id
