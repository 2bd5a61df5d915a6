"""BM25 vectors, and how many texts of a collection have each of their terms: a rare word of a question counts for more.

Counted here, on what everybody may see, and not by the store, which counts all that it holds: else a restricted note
would move every score a little, and so tell that it is there.
"""

import base64
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

import numpy as np

from kb.frozen import Frozen


@dataclass(frozen=True)
class Sparse:
    """A BM25 vector: parallel term ids and weights."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class TermCounts(Frozen):
    """texts: how many texts there are; terms, counts: term ids, ascending, and how many texts have each."""

    texts: int
    terms: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, texts: Iterable[Sparse]) -> Self:
        """Count the terms of texts. A text without any, of stop words alone, counts for none."""
        count, held = 0, Counter[int]()
        for one in texts:
            held.update({*one.indices})
            count += bool(one.indices)
        terms, counts = np.array(sorted(held.items()), np.uint32).reshape(len(held), 2).T
        return cls(count, terms, counts)

    def alike(self, other: "TermCounts") -> bool:
        """Whether these are the counts of the same texts."""
        mine, theirs = ((one.texts, one.terms.tolist(), one.counts.tolist()) for one in (self, other))
        return mine == theirs

    def weighted(self, question: Sparse) -> Sparse:
        """A question's terms, each counting for as much as it is rare: BM25's inverse document frequency, as Lucene and
        Qdrant compute it, which is never negative.
        """
        have = (self._count.get(term, 0) for term in question.indices)
        weights = (math.log1p((self.texts - count + 0.5) / (count + 0.5)) for count in have)
        values = (value * weight for value, weight in zip(question.values, weights, strict=True))
        return Sparse(question.indices, tuple(values))

    @cached_property
    def _count(self) -> Mapping[int, int]:
        return dict(zip(self.terms.tolist(), self.counts.tolist(), strict=True))

    def to_json(self) -> dict[str, Any]:
        """Base64 of little-endian 32-bit numbers."""
        return {"texts": self.texts, "terms": _to_text(self.terms), "counts": _to_text(self.counts)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(data["texts"], _to_array(data["terms"]), _to_array(data["counts"]))


NO_TERMS: Final = TermCounts(0, np.empty(0, np.uint32), np.empty(0, np.uint32))
"""Of a collection that nobody may see without being known."""


def _to_text(numbers: np.ndarray) -> str:
    return base64.b64encode(numbers.astype("<u4").tobytes()).decode()


def _to_array(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<u4")
