"""Dense and lexical evidence -> one score per passage, and per question that a note answers.

The dense score is a centred cosine, comparable across languages. BM25 is not: it matches words of the query's own
language, and would drag results back to that language. So words count only as far as a passage has more or fewer of
them than is usual among the nearest passages of its language, where what they have in common cancels out.
Figures: docs/relevance.md.
"""

from collections.abc import Iterable

LEXICAL_WEIGHT = 0.1
LEXICAL_HALF = 10.0
"""BM25 score that earns half of the weight."""
USUAL = 10
"""How many of the nearest passages of a language say what is usual in it."""


def fused(dense: float, lexical: float, usual: float, weight: float) -> float:
    """The score of a passage, or of a question that a note answers.

    dense: centred cosine, -1 to 1; lexical: BM25, 0 where no term matches; usual: `usual_words` of its language;
    weight: what words count for
    """
    return dense + weight * (_saturated(lexical) - usual)


def usual_words(passages: Iterable[tuple[float, float]]) -> float:
    """What the nearest passages of a language have of the query's words, 0 to 1. passages: (dense, lexical) scores."""
    nearest = sorted(passages, reverse=True)[:USUAL]
    return sum(_saturated(lexical) for _, lexical in nearest) / len(nearest) if nearest else 0.0


def _saturated(lexical: float) -> float:
    return lexical / (lexical + LEXICAL_HALF)
