"""BM25 vectors, and how many texts of a collection have each of their terms: a rare word of a question counts for more.

Counted here, on what everybody may see, and not by the store, which counts all records: else a restricted note would
move every score a little, and so tell that it is there.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
from pydantic.dataclasses import dataclass as in_json

from kb.arrays import Counts
from kb.values import Immutable


@dataclass(frozen=True)
class Sparse:
    """A BM25 vector: parallel term ids and weights."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@in_json(frozen=True)
class TermCounts(Immutable):
    """texts: how many texts there are; terms, counts: term ids, ascending, and how many texts have each."""

    texts: int
    terms: Counts
    counts: Counts

    @classmethod
    def of(cls, texts: Iterable[Sparse]) -> Self:
        """Count the terms of texts. A text without any, of stop words alone, counts for none."""
        count, found = 0, Counter[int]()
        for text in texts:
            found.update({*text.indices})
            count += bool(text.indices)
        terms, counts = np.array(sorted(found.items()), np.uint32).reshape(len(found), 2).T
        return cls(count, terms, counts)

    def alike(self, other: "TermCounts") -> bool:
        """Return whether these are the counts of the same texts."""
        mine, theirs = ((each.texts, each.terms.tolist(), each.counts.tolist()) for each in (self, other))
        return mine == theirs

    def weighted(self, question: Sparse) -> Sparse:
        """Return a question's terms, each weighted by how rare it is: BM25's inverse document frequency, as Lucene and
        Qdrant compute it, which is never negative.
        """
        have = (self._count.get(term, 0) for term in question.indices)
        weights = (math.log1p((self.texts - count + 0.5) / (count + 0.5)) for count in have)
        values = (value * weight for value, weight in zip(question.values, weights, strict=True))
        return Sparse(question.indices, tuple(values))

    def share(self, term: int) -> float:
        """Return the share of texts that have a term, 0 to 1; 1 where there are no texts."""
        return self._count.get(term, 0) / self.texts if self.texts else 1.0

    @cached_property
    def _count(self) -> Mapping[int, int]:
        return dict(zip(self.terms.tolist(), self.counts.tolist(), strict=True))


NO_TERMS: Final = TermCounts(0, np.empty(0, np.uint32), np.empty(0, np.uint32))
"""Of a collection without a public note."""
