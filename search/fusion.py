"""Dense and lexical evidence -> one score per chunk.

The dense score is a centred cosine, comparable across languages. Lexical evidence only nudges it: BM25 matches words of
the query's own language, so a larger share would drag results back to that language (docs/decisions/0004).
"""

LEXICAL_WEIGHT = 0.05
LEXICAL_HALF = 10.0
"""BM25 score that earns half of the weight."""


def fused(dense: float, lexical: float) -> float:
    """The score of a chunk. dense: centred cosine, -1 to 1; lexical: BM25, 0 where no term matches."""
    return dense + LEXICAL_WEIGHT * lexical / (lexical + LEXICAL_HALF)
