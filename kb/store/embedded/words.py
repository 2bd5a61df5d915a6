"""Words of texts in memory: the BM25 scores of all texts of a generation, sooner than the engine finds them."""

from collections.abc import Sequence
from typing import Self

import numpy as np

from kb.text.terms import Sparse


class WordTable:
    """Texts by the terms of their BM25 vectors. Safe to share between threads.

    terms, rows, weights: of each term of each text the term, the row of the text, and the term's weight there
    """

    def __init__(self, texts: int, terms: np.ndarray, rows: np.ndarray, weights: np.ndarray) -> None:
        order = terms.argsort(kind="stable")
        self._texts = texts
        self._terms, self._rows, self._weights = terms[order], rows[order], weights[order]

    @classmethod
    def of(cls, texts: Sequence[Sparse]) -> Self:
        """Return the table of these texts, one a row."""
        lengths = [len(text.indices) for text in texts]
        terms = np.fromiter((term for text in texts for term in text.indices), np.uint32, sum(lengths))
        weights = np.fromiter((value for text in texts for value in text.values), np.float64, sum(lengths))
        return cls(len(texts), terms, np.repeat(np.arange(len(texts)), lengths), weights)

    @classmethod
    def joined(cls, tables: Sequence["WordTable"], places: Sequence[np.ndarray]) -> Self:
        """Join several tables. places: for each row of each table its row in the result, or -1 to leave it out."""
        rows = np.concatenate([place[table._rows] for table, place in zip(tables, places, strict=True)])
        kept = rows >= 0
        terms = np.concatenate([table._terms for table in tables])
        weights = np.concatenate([table._weights for table in tables])
        return cls(sum(int((place >= 0).sum()) for place in places), terms[kept], rows[kept], weights[kept])

    def scores(self, question: Sparse) -> np.ndarray:
        """Return the inner product of a question's vector with that of each text, shape (texts,)."""
        # Term by term, so that a score depends on nothing but its two vectors.
        found = np.zeros(self._texts)
        asked = np.array(question.indices, np.uint32)
        starts, ends = (self._terms.searchsorted(asked, side).tolist() for side in ("left", "right"))
        for start, end, weight in zip(starts, ends, question.values, strict=True):
            found[self._rows[start:end]] += weight * self._weights[start:end]
        return found
