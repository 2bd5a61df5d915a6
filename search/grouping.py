"""Chunks -> notes: a note once, by its best passage; and which passage to show to this reader."""

from collections.abc import Iterable
from dataclasses import dataclass

from kb.frozen import Frozen
from kb.languages import Language


@dataclass(frozen=True)
class Candidate(Frozen):
    """A retrieved chunk with its fused score."""

    chunk_id: str
    note_id: str
    language: Language
    score: float


@dataclass(frozen=True)
class Group(Frozen):
    """A note with its candidates, best first. `score` is that of the best."""

    note_id: str
    candidates: tuple[Candidate, ...]

    @property
    def score(self) -> float:
        """Score of the best candidate."""
        return self.candidates[0].score

    def passage(self, shown: Language) -> Candidate:
        """The best candidate in the version shown, else the best of all."""
        return next((one for one in self.candidates if one.language is shown), self.candidates[0])


def group(candidates: Iterable[Candidate]) -> tuple[Group, ...]:
    """Notes, best first; equals by id, so that the order never depends on the store's."""
    by_note: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_note.setdefault(candidate.note_id, []).append(candidate)
    groups = (
        Group(note_id, tuple(sorted(found, key=lambda one: (-one.score, one.chunk_id))))
        for note_id, found in by_note.items()
    )
    return tuple(sorted(groups, key=lambda one: (-one.score, one.note_id)))
