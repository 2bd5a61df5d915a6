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

    def texts(self) -> Callable[[int], Sparse]:
        """Return a function that returns the vector of a row, its terms in order."""
        order = self._rows.argsort(kind="stable")
        terms = np.repeat(self._terms, np.diff(self._bounds).astype(np.intp))[order]
        weights = self._weights[order]
        bounds = bounds_of(np.bincount(self._rows, minlength=self._texts).tolist()).tolist()

        def vector(row: int) -> Sparse:
            here = slice(bounds[row], bounds[row + 1])
            return Sparse(tuple(terms[here].tolist()), tuple(weights[here].tolist()))

        return vector


class WordsFound:
    """The words of texts that are being written, in the order in which they come."""

    def __init__(self) -> None:
        self._lengths, self._terms, self._weights = array("I"), array("I"), array("f")

    def add(self, text: Sparse) -> None:
        """Add those of a text."""
        self._lengths.append(len(text.indices))
        self._terms.extend(text.indices)
        self._weights.extend(text.values)

    def packed(self, row_of: np.ndarray) -> Tables:
        """Return the tables. row_of: the row of each text, by the order in which they came"""
        rows = np.repeat(row_of.astype(np.uint32), np.array(self._lengths, np.intp))
        terms, weights = np.array(self._terms, np.uint32), np.array(self._weights, np.float32)
        order = np.lexsort((rows, terms))
        distinct, counts = np.unique(terms, return_counts=True)
        return {
            "terms": distinct,
            "term_bounds": bounds_of(counts.tolist()),
            "term_rows": rows[order],
            "term_weights": weights[order],
        }
