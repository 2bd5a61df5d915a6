"""Candidates -> notes: each once, by its score; and which passage to show to a reader."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from kb.text.languages import Language
from search.rank.candidates import Candidate
from search.rank.score import NoteScore


@dataclass(frozen=True)
class Group:
    """A note with the parts of its score and its candidates, best first."""

    note_id: str
    parts: NoteScore
    candidates: tuple[Candidate, ...]

    @cached_property
    def score(self) -> float:
        """The score, by which notes are ordered."""
        return self.parts.total

    def passage(self, language: Language) -> Candidate:
        """Return the best candidate in a language, else the best of all."""
        return next((each for each in self.candidates if each.language is language), self.candidates[0])


def group(candidates: Iterable[Candidate], scores: Mapping[str, NoteScore]) -> tuple[Group, ...]:
    """Return notes, best first; equals by id, so that the order never depends on the store's."""
    by_note: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        by_note.setdefault(candidate.note_id, []).append(candidate)
    for found in by_note.values():
        found.sort(key=attrgetter("chunk_id"))
        found.sort(key=attrgetter("score"), reverse=True)
    groups = [Group(note_id, scores[note_id], tuple(found)) for note_id, found in by_note.items()]
    return tuple(sorted(groups, key=lambda each: (-round(each.score, 6), each.note_id)))
