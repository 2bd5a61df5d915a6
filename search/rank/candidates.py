"""What the store has found -> candidates: passages with one score each, and scores of the questions that notes answer.

The dense score is a centred cosine, comparable across languages. BM25 is not: it matches words of the query's own
language, and would drag results back to that language. So words count only as far as a text has more or fewer of them
than the nearest texts of its language, where what they have in common cancels out. Figures: docs/relevance.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kb.notes.note import Kind
from kb.store.records import note_and_language
from kb.text.languages import Language

LEXICAL_WEIGHT = 0.1
"""The weight of words in a passage."""
LEXICAL_HALF = 10.0
"""BM25 score that earns half of the weight."""
BASELINE_OF = 10
"""How many of the nearest texts of a language make its baseline."""

Scored = tuple[str, float]
"""Record id and score, as a store answers."""


class Candidate(NamedTuple):
    """A retrieved passage with its score, and the parts of it owed to the question's words and identifiers."""

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
class Retrieved:
    """Candidates, and what is known of the passages that are none.

    floors:          cell that may hold more passages than were retrieved -> the nearness that those have at most
    questions:       note id -> scores of its questions, best first
    question_floors: the same as `floors`, of the questions of each kind of notes
    baselines:       `baseline` of the passages of each language
    worded:          notes that answer a question with words of this one, of the best such questions in each language;
                     none where it has only words that some language leaves out
    """

    candidates: tuple[Candidate, ...]
    floors: Mapping[tuple[Kind, Language], float]
    questions: Mapping[str, tuple[float, ...]]
    question_floors: Mapping[Kind, float]
    baselines: Mapping[Language, float]
    worded: frozenset[str]


def fused(dense: float, lexical: float, baseline: float, weight: float) -> float:
    """Return the score of a text.

    dense: centred cosine, -1 to 1; lexical: BM25, 0 where no term matches; baseline: that of its language;
    weight: what words count for
    """
    return dense + weight * (_saturated(lexical) - baseline)


def baseline(texts: Iterable[tuple[float, float]]) -> float:
    """Return what the nearest texts of a language have of the query's words, 0 to 1. texts: (dense, lexical) scores."""
    nearest = sorted(texts, reverse=True)[:BASELINE_OF]
    return sum(_saturated(lexical) for _, lexical in nearest) / len(nearest) if nearest else 0.0


def baselines(nearest: Iterable[Scored], lexical: Mapping[str, float]) -> dict[Language, float]:
    """Return the baseline of each language. nearest: texts with their nearness; lexical: record id -> BM25."""
    found: dict[Language, list[tuple[float, float]]] = {language: [] for language in Language}
    for record_id, dense in nearest:
        found[note_and_language(record_id)[1]].append((dense, lexical.get(record_id, 0.0)))
    return {language: baseline(scores) for language, scores in found.items()}


def candidates(
    dense: Mapping[str, float],
    lexical: Mapping[str, float],
    baselines: Mapping[Language, float],
    gains: Mapping[str, float],
) -> Iterator[Candidate]:
    """Yield a candidate for each passage of `dense`. gains: record id -> gain by identifiers."""
    for record_id, nearness in dense.items():
        note_id, language = note_and_language(record_id)
        score = fused(nearness, lexical.get(record_id, 0.0), baselines[language], LEXICAL_WEIGHT)
        gain = gains.get(record_id, 0.0)
        yield Candidate(record_id, note_id, language, score + gain, score - nearness, gain)


def question_scores(
    nearest: Sequence[Scored], lexical: Mapping[str, float], weight: float
) -> dict[str, tuple[float, ...]]:
    """Return note id -> the scores of its questions among these, best first. weight: what words count for in them"""
    of_language = baselines(nearest, lexical)
    scores: dict[str, list[float]] = {}
    for record_id, dense in nearest:
        note_id, language = note_and_language(record_id)
        score = fused(dense, lexical.get(record_id, 0.0), of_language[language], weight)
        scores.setdefault(note_id, []).append(score)
    return {note_id: tuple(sorted(found, reverse=True)) for note_id, found in scores.items()}


def _saturated(lexical: float) -> float:
    return lexical / (lexical + LEXICAL_HALF)
