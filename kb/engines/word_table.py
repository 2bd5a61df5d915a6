"""The words of all texts of one generation in memory: which texts have a term, and what it counts for there."""

from collections.abc import Sequence

import numpy as np

from kb.terms import Sparse


class WordTable:
    """Texts by the terms of their BM25 vectors. Safe to share between threads."""

    def __init__(self, texts: Sequence[Sparse]) -> None:
        lengths = [len(one.indices) for one in texts]
        terms = np.fromiter((term for one in texts for term in one.indices), np.uint32, sum(lengths))
        counts_for = np.fromiter((value for one in texts for value in one.values), np.float64, sum(lengths))
        order = terms.argsort(kind="stable")
        self._texts = len(texts)
        self._terms = terms[order]
        self._rows = np.repeat(np.arange(len(texts)), lengths)[order]
        self._counts_for = counts_for[order]

    def scores(self, question: Sparse) -> np.ndarray:
        """What each text has of a question's terms, shape (texts,): the inner product of their vectors."""
        # Term by term, so that a score hangs on nothing but its two vectors.
        found = np.zeros(self._texts)
        asked = np.array(question.indices, np.uint32)
        starts, ends = (self._terms.searchsorted(asked, side).tolist() for side in ("left", "right"))
        for start, end, weight in zip(starts, ends, question.values, strict=True):
            found[self._rows[start:end]] += weight * self._counts_for[start:end]
        return found
