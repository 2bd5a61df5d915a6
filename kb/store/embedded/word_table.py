"""The words of all texts of one generation in memory: which texts have a term, and what it counts for there."""

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np

from kb.text.terms import Sparse


class WordTable:
    """Texts by the terms of their BM25 vectors. Safe to share between threads.

    terms, rows, counts_for: of each term of each text the term, the row of the text, and what it counts for there
    """

    def __init__(self, texts: int, terms: np.ndarray, rows: np.ndarray, counts_for: np.ndarray) -> None:
        order = terms.argsort(kind="stable")
        self._texts = texts
        self._terms, self._rows, self._counts_for = terms[order], rows[order], counts_for[order]

    @classmethod
    def of(cls, texts: Sequence[Sparse]) -> Self:
        """The table of these texts, one a row."""
        lengths = [len(one.indices) for one in texts]
        terms = np.fromiter((term for one in texts for term in one.indices), np.uint32, sum(lengths))
        counts_for = np.fromiter((value for one in texts for value in one.values), np.float64, sum(lengths))
        return cls(len(texts), terms, np.repeat(np.arange(len(texts)), lengths), counts_for)

    @classmethod
    def joined(cls, tables: Sequence["WordTable"], places: Sequence[np.ndarray]) -> Self:
        """One table of several. places: for each row of each table its row in this one, or -1 to leave it out."""
        moved = [place[table._rows] for table, place in zip(tables, places, strict=True)]
        kept = [rows >= 0 for rows in moved]

        def together(parts: Iterable[np.ndarray]) -> np.ndarray:
            return np.concatenate([part[one] for part, one in zip(parts, kept, strict=True)])

        return cls(
            sum(int((place >= 0).sum()) for place in places),
            together(table._terms for table in tables),
            together(moved),
            together(table._counts_for for table in tables),
        )

    def scores(self, question: Sparse) -> np.ndarray:
        """What each text has of a question's terms, shape (texts,): the inner product of their vectors."""
        # Term by term, so that a score hangs on nothing but its two vectors.
        found = np.zeros(self._texts)
        asked = np.array(question.indices, np.uint32)
        starts, ends = (self._terms.searchsorted(asked, side).tolist() for side in ("left", "right"))
        for start, end, weight in zip(starts, ends, question.values, strict=True):
            found[self._rows[start:end]] += weight * self._counts_for[start:end]
        return found
