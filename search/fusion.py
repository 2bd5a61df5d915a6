"""Dense and lexical evidence -> one score per chunk.

The dense score is a centred cosine, comparable across languages. Lexical evidence only nudges it: BM25 matches words of
the query's own language, so a larger share would drag results back to that language (docs/decisions/0004).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

LEXICAL_WEIGHT = 0.05
LEXICAL_HALF = 10.0
"""BM25 score that earns half of the weight."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for a chunk. dense: centred cosine, -1 to 1; lexical: BM25, 0 where no term matches."""

    dense: float
    lexical: float

    @property
    def score(self) -> float:
        """The fused score."""
        return self.dense + LEXICAL_WEIGHT * self.lexical / (self.lexical + LEXICAL_HALF)


def fuse(dense: Iterable[tuple[str, float]], lexical: Mapping[str, float]) -> dict[str, Evidence]:
    """Chunk id -> evidence, for every chunk with a dense score. `lexical` maps chunk ids to BM25 scores."""
    return {chunk_id: Evidence(score, lexical.get(chunk_id, 0.0)) for chunk_id, score in dense}
