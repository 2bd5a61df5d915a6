"""The records of one generation by row, in memory, with the vectors of their texts: what all of them score takes less
time than the engine needs to filter them.

Which of them pass a filter the engine says, for one value of a field at a time. That is remembered while the generation
is open: the values are the index's own. Those that a question brings along are not remembered.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from kb.store.embedded.word_table import WordTable
from kb.store.protocol import EQUAL, PLACES, Found, VectorQuery
from kb.store.records import Where
from kb.text.terms import Sparse

_REMEMBERED = 1_024
"""Values whose records are remembered; each takes a byte for every record, and eight for those that hold it."""
_OF_A_QUESTION: Final = frozenset({"mentions"})
"""Fields whose values in a filter are read off the question."""
_SCATTERED = 3
"""How many times as long a row takes that is picked out of the table, as a row of the whole table."""

Holding = Callable[[str, str], Iterable[str]]
"""Field and value -> ids of the records that hold it."""


class _Rows(NamedTuple):
    """Some rows of the table: their numbers, ascending, and a flag for every row."""

    numbers: np.ndarray
    flags: np.ndarray


class RecordTable:
    """The records of a generation. Safe to share between threads.

    record_ids: those of texts first, each part in order
    vectors:    one for each text, shape (texts, dimension), float32, unit length
    words:      the same texts
    """

    def __init__(self, record_ids: Sequence[str], vectors: np.ndarray, words: WordTable, holding: Holding) -> None:
        self._ids = record_ids
        self._row = {record_id: row for row, record_id in enumerate(record_ids)}
        self._vectors = vectors
        self._words = words
        self._holding = holding
        self._remembered: dict[tuple[str, str], _Rows] = {}

    def passing(self, record_ids: Iterable[str], where: Where) -> list[str]:
        """Those of these records that pass a filter."""
        return [self._ids[row] for row in self._passing(where, record_ids)]

    def query(self, queries: Sequence[VectorQuery]) -> list[list[Found]]:
        """See `ChunkReader.query`."""
        rows = [self._texts(self._passing(query.where, query.among)) for query in queries]
        scores: dict[int, np.ndarray] = {}
        for vector, places in _by_vector(queries):
            ends = np.cumsum([len(rows[place]) for place in places])
            found = self._scores(vector, np.concatenate([rows[place] for place in places]))
            scores |= zip(places, np.split(found, ends[:-1]), strict=True)
        return [self._best(query, rows[place], scores[place]) for place, query in enumerate(queries)]

    def _scores(self, vector: np.ndarray | Sparse, rows: np.ndarray) -> np.ndarray:
        """How near the texts of these rows are, or what they have of the words."""
        if isinstance(vector, Sparse):
            return np.asarray(self._words.scores(vector)[rows])
        # Row by row, so that a score hangs on nothing but its two vectors; on one thread, since those that BLAS keeps
        # waiting for the next product take the encoder's time.
        if len(rows) * _SCATTERED < len(self._vectors):
            return np.asarray(np.vecdot(self._vectors[rows], vector))
        return np.asarray(np.vecdot(self._vectors, vector)[rows])

    def _best(self, query: VectorQuery, rows: np.ndarray, scores: np.ndarray) -> list[Found]:
        """The best in the order of `in_order`: the rows of texts stand in the order of their ids."""
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
        """The numbers of the rows that pass a filter, of these records or of all."""
        held = [self._with_any(field, values) for field, values in where.items()]
        if among is not None:
            rows = np.unique(np.array([self._row[one] for one in among if one in self._row], np.intp))
        elif held:
            rows = min(held, key=_many).numbers
        else:
            rows = np.arange(len(self._ids))
        for one in held:
            if one.numbers is not rows:
                rows = rows[one.flags[rows]]
        return rows

    def _with_any(self, field: str, values: Sequence[str]) -> _Rows:
        if len(values) == 1:
            return self._with(field, values[0])
        flags = np.zeros(len(self._ids), bool)
        for value in values:
            flags |= self._with(field, value).flags
        return _Rows(np.flatnonzero(flags), flags)

    def _with(self, field: str, value: str) -> _Rows:
        rows = self._remembered.get((field, value))
        if rows is None:
            flags = np.zeros(len(self._ids), bool)
            flags[[self._row[one] for one in self._holding(field, value)]] = True
            rows = _Rows(np.flatnonzero(flags), flags)
            if field not in _OF_A_QUESTION:
                if len(self._remembered) >= _REMEMBERED:
                    self._remembered.clear()
                self._remembered[field, value] = rows
        return rows


def _many(rows: _Rows) -> int:
    return len(rows.numbers)


def _by_vector(queries: Sequence[VectorQuery]) -> Iterable[tuple[np.ndarray | Sparse, list[int]]]:
    """Each vector that is asked for, with the places of its queries."""
    found: dict[int, tuple[np.ndarray | Sparse, list[int]]] = {}
    for place, query in enumerate(queries):
        found.setdefault(id(query.vector), (query.vector, []))[1].append(place)
    return found.values()
