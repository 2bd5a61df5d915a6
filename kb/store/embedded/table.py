"""The records of one generation by row, in memory: the vectors and words of their texts, and which pass a filter.

All rows are scored sooner than the engine filters them. Which records pass a filter the engine says, for one value of a
field at a time. That is cached while the generation is open: the values are the index's own. Those that a question
brings along are not cached.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, Self

import numpy as np

from kb.store.protocol import EQUAL, PLACES, Found, VectorQuery
from kb.store.records import Where
from kb.text.terms import Sparse

_CACHED: Final = 1_024
"""Values whose records are cached; each takes a byte for every record, and eight for those that have it."""
_OF_A_QUESTION: Final = frozenset({"mentions"})
"""Fields whose values in a filter are read off the question."""
_SCATTERED: Final = 3
"""How many times as long a row takes that is picked out of the table, as a row of the whole table."""

Having = Callable[[str, str], Iterable[str]]
"""Field and value -> ids of the records that have it."""


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


class _Rows(NamedTuple):
    """Some rows of the table: their numbers, ascending, and a flag for every row."""

    numbers: np.ndarray
    flags: np.ndarray

    @classmethod
    def flagged(cls, flags: np.ndarray) -> Self:
        return cls(np.flatnonzero(flags), flags)


class RecordTable:
    """The records of a generation. Safe to share between threads.

    record_ids: those of texts first, each part in order
    vectors:    one for each text, shape (texts, dimension), float32, unit length
    words:      the same texts
    """

    def __init__(self, record_ids: Sequence[str], vectors: np.ndarray, words: WordTable, having: Having) -> None:
        self._ids = record_ids
        self._row = {record_id: row for row, record_id in enumerate(record_ids)}
        self._vectors = vectors
        self._words = words
        self._having = having
        self._cache: dict[tuple[str, str], _Rows] = {}

    def passing(self, record_ids: Iterable[str], where: Where) -> list[str]:
        """Return those of these records that pass a filter."""
        return [self._ids[row] for row in self._passing(where, record_ids)]

    def query(self, queries: Sequence[VectorQuery]) -> list[list[Found]]:
        """Run several retrievals (`ChunkReader.query`); each vector is scored once."""
        rows = [self._texts(self._passing(query.where, query.among)) for query in queries]
        scores: dict[int, np.ndarray] = {}
        for vector, places in _by_vector(queries):
            ends = np.cumsum([len(rows[place]) for place in places])
            found = self._scores(vector, np.concatenate([rows[place] for place in places]))
            scores |= zip(places, np.split(found, ends[:-1]), strict=True)
        return [self._best(query, rows[place], scores[place]) for place, query in enumerate(queries)]

    def _scores(self, vector: np.ndarray | Sparse, rows: np.ndarray) -> np.ndarray:
        """Return cosines with the texts of these rows, or their BM25 scores."""
        if isinstance(vector, Sparse):
            return np.asarray(self._words.scores(vector)[rows])
        # Row by row, so that a score depends on nothing but its two vectors; on one thread, since those that BLAS keeps
        # waiting for the next product take the encoder's time.
        if len(rows) * _SCATTERED < len(self._vectors):
            return np.asarray(np.vecdot(self._vectors[rows], vector))
        return np.asarray(np.vecdot(self._vectors, vector)[rows])

    def _best(self, query: VectorQuery, rows: np.ndarray, scores: np.ndarray) -> list[Found]:
        """Return the best in the order of `in_order`: the rows of texts are in the order of their ids."""
        if isinstance(query.vector, Sparse):
            rows, scores = rows[scores > 0], scores[scores > 0]
        if len(rows) > query.limit:
            kept = np.flatnonzero(scores >= np.partition(scores, -query.limit)[-query.limit] - EQUAL)
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores.round(PLACES)))[: query.limit]
        record_ids = map(self._ids.__getitem__, rows[order].tolist())
        return [*map(Found, record_ids, scores[order].tolist())]

    def _texts(self, rows: np.ndarray) -> np.ndarray:
        return rows[rows < len(self._vectors)]

    def _passing(self, where: Where, among: Iterable[str] | None) -> np.ndarray:
        """Return the numbers of the rows that pass a filter, of these records or of all."""
        conditions = [self._with_any(field, values) for field, values in where.items()]
        if among is not None:
            rows = np.unique(np.array([self._row[one] for one in among if one in self._row], np.intp))
        elif conditions:
            rows = min(conditions, key=_count).numbers
        else:
            rows = np.arange(len(self._ids))
        for condition in conditions:
            if condition.numbers is not rows:
                rows = rows[condition.flags[rows]]
        return rows

    def _with_any(self, field: str, values: Sequence[str]) -> _Rows:
        if len(values) == 1:
            return self._with(field, values[0])
        flags = np.zeros(len(self._ids), bool)
        for value in values:
            flags |= self._with(field, value).flags
        return _Rows.flagged(flags)

    def _with(self, field: str, value: str) -> _Rows:
        rows = self._cache.get((field, value))
        if rows is None:
            flags = np.zeros(len(self._ids), bool)
            flags[[self._row[record_id] for record_id in self._having(field, value)]] = True
            rows = _Rows.flagged(flags)
            if field not in _OF_A_QUESTION:
                if len(self._cache) >= _CACHED:
                    self._cache.clear()
                self._cache[field, value] = rows
        return rows


def _count(rows: _Rows) -> int:
    return len(rows.numbers)


def _by_vector(queries: Sequence[VectorQuery]) -> Iterable[tuple[np.ndarray | Sparse, list[int]]]:
    """Return each vector that is asked for, with the places of its queries."""
    found: dict[int, tuple[np.ndarray | Sparse, list[int]]] = {}
    for place, query in enumerate(queries):
        found.setdefault(id(query.vector), (query.vector, []))[1].append(place)
    return found.values()
