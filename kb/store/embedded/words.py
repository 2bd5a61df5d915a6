"""Words of texts: the BM25 scores of all texts of a segment, sooner than the engine finds them."""

from array import array
from collections.abc import Callable

import numpy as np

from kb.store.embedded.tables import Tables, bounds_of
from kb.text.terms import Sparse


class Words:
    """Texts by the terms of their BM25 vectors: for each term a range of rows and of weights. Safe to share."""

    def __init__(self, tables: Tables, texts: int) -> None:
        self._texts = texts
        self._terms, self._bounds = tables["terms"], tables["term_bounds"]
        self._rows, self._weights = tables["term_rows"], tables["term_weights"]

    def score(self, question: Sparse, found: np.ndarray) -> None:
        """Add the inner product of a question's vector with that of each text. found: shape (texts …,), float64"""
        # Term by term, so that a score depends on nothing but its two vectors.
        asked = np.array(question.indices, np.uint32)
        places = self._terms.searchsorted(asked)
        for place, term, weight in zip(places.tolist(), question.indices, question.values, strict=True):
            if place < len(self._terms) and self._terms[place] == term:
                here = slice(int(self._bounds[place]), int(self._bounds[place + 1]))
                found[self._rows[here]] += weight * self._weights[here].astype(np.float64)

    def of_all(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return rows of texts, terms in them, and their weights: shape (terms of all texts,) each."""
        return self._rows, np.repeat(self._terms, np.diff(self._bounds).astype(np.intp)), self._weights

    def texts(self) -> Callable[[int], Sparse]:
        """Return a function that returns the vector of a row, its terms in order."""
        rows, terms, weights = self.of_all()
        order = rows.argsort(kind="stable")
        terms, weights = terms[order], weights[order]
        bounds = bounds_of(np.bincount(self._rows, minlength=self._texts).tolist()).tolist()

        def vector(row: int) -> Sparse:
            here = slice(bounds[row], bounds[row + 1])
            return Sparse(tuple(terms[here].tolist()), tuple(weights[here].tolist()))

        return vector


class WordsFound:
    """The words of texts that are being written, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers, self._terms, self._weights = array("I"), array("I"), array("f")

    def add(self, number: int, text: Sparse) -> None:
        """Add those of a text."""
        self._numbers.extend([number] * len(text.indices))
        self._terms.extend(text.indices)
        self._weights.extend(text.values)

    def add_all(self, segment: Words, numbers: np.ndarray) -> None:
        """Add those of texts of a segment. numbers: of each of its rows, -1 where it is left out"""
        rows, terms, weights = segment.of_all()
        here = numbers[rows]
        self._numbers.frombytes(here[here >= 0].astype(np.uint32).tobytes())
        self._terms.frombytes(terms[here >= 0].tobytes())
        self._weights.frombytes(weights[here >= 0].tobytes())

    def packed(self, row_of: np.ndarray) -> Tables:
        """Return the tables. row_of: the row of each record, by its number"""
        rows = row_of[np.array(self._numbers, np.intp)].astype(np.uint32)
        terms, weights = np.array(self._terms, np.uint32), np.array(self._weights, np.float32)
        order = np.lexsort((rows, terms))
        distinct, counts = np.unique(terms, return_counts=True)
        return {
            "terms": distinct,
            "term_bounds": bounds_of(counts.tolist()),
            "term_rows": rows[order],
            "term_weights": weights[order],
        }
