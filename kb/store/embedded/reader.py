"""A generation of the embedded index as readers see it: a base shard, or a base and a delta.

The delta has all records of the notes that changed since the base was written; in the base those notes are left out.

Vectors and words are in memory: all texts are scored sooner than the engine filters them. Which records pass a filter
the engine says, for one value of a field at a time. That is cached while the generation is open: the values are the
index's own. Those that a question brings along are not cached.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce
from itertools import chain, filterfalse
from typing import Any, Final, NamedTuple

import numpy as np

from kb.errors import StoreUnavailable
from kb.store.embedded.shard import Shard
from kb.store.embedded.words import WordTable
from kb.store.manifest import Manifest
from kb.store.protocol import EQUAL, PLACES, Found, VectorQuery
from kb.store.records import Point, Where, note_and_language
from kb.text.terms import Sparse

_CACHED: Final = 1_024
"""Values whose records are cached; each takes a byte for every record."""
_OF_A_QUESTION: Final = frozenset({"about", "cites", "mentions"})
"""Fields whose values in a filter are read off the question."""
_NONE: Final = np.empty(0)
_SCATTERED: Final = 3
"""How many times as long a row takes that is picked out of the table, as a row of the whole table."""


class Layer(NamedTuple):
    """A shard, and the ids of notes that are left out of it."""

    shard: Shard
    without: frozenset[str] = frozenset()

    def has(self, record_id: str) -> bool:
        """Return whether a record of this id is not left out."""
        return not self.without or note_and_language(record_id)[0] not in self.without


class EdgeReader:
    """One generation, loaded (`ChunkReader`). layers: the base, and the delta where there is one.

    Nothing refers back to it: the memory of a replaced generation must be freed at once.
    """

    def __init__(self, manifest: Manifest, layers: Sequence[Layer]) -> None:
        self.manifest = manifest
        self._layers = layers
        self.base = layers[0].shard
        self.name = layers[-1].shard.folder.name
        texts = sorted(each for layer in layers for each in filter(layer.has, layer.shard.text_ids))
        others = sorted(each for layer in layers for each in filter(layer.has, layer.shard.other_ids))
        # The engine opens a shard that has lost files without a word, and then finds fewer records in it.
        if (len(texts), len(others)) != (manifest.chunks + manifest.questions, len(manifest.versions)):
            raise StoreUnavailable(
                "The embedded index does not hold the records that its manifest counts.",
                remedy="Run `kb index --rebuild`.",
            )
        self.superseded = frozenset().union(*(layer.without for layer in layers))
        self._ids = (*texts, *others)
        self._row = {record_id: row for row, record_id in enumerate(self._ids)}
        places = [
            np.array([self._row[each] if layer.has(each) else -1 for each in layer.shard.text_ids], np.intp)
            for layer in layers
        ]
        self._vectors = np.empty((len(texts), manifest.dimension), np.float32)
        for layer, place in zip(layers, places, strict=True):
            self._vectors[place[place >= 0]] = layer.shard.vectors[place >= 0]
        self._words = WordTable.joined([layer.shard.words for layer in layers], places)
        note_ids = np.array([note_and_language(record_id)[0] for record_id in self._ids], str)
        self._notes, self._note_of_row = np.unique(note_ids, return_inverse=True)
        self._cache: dict[tuple[str, str], np.ndarray] = {}

    def query(self, queries: Sequence[VectorQuery]) -> list[Found]:
        return [found for query in queries for found in self._lists(query)]

    def fetch(self, record_ids: Sequence[str], where: Where, fields: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        return dict(self._payloads(self._passing(where, record_ids), fields))

    def scroll(self, where: Where, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from sorted(self._payloads(self._passing(where), fields))

    def points(self) -> Iterator[Point]:
        return chain(*(layer.shard.points(layer.without) for layer in self._layers))

    def delta(self, without: Collection[str]) -> Iterator[Point]:
        """Read the records of the delta, but those of these notes."""
        return chain(*(layer.shard.points(without) for layer in self._layers[1:]))

    def facet(self, field: str, where: Where) -> dict[str, int]:
        rows = self._passing(where)
        if field == "note_id":
            counts = np.bincount(self._note_of_row[rows], minlength=len(self._notes))
            notes = np.flatnonzero(counts)
            return dict(zip(self._notes[notes].tolist(), counts[notes].tolist(), strict=True))
        found = Counter[str]()
        for shard, record_ids in self._by_layer(rows):
            for values in shard.values(field, record_ids):
                found.update({*values} if isinstance(values, list) else (values,))
        return found

    def count(self, where: Where) -> int:
        return len(self._passing(where))

    def _payloads(self, rows: np.ndarray, fields: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        return chain(*(shard.retrieve(record_ids, fields) for shard, record_ids in self._by_layer(rows)))

    def _by_layer(self, rows: np.ndarray) -> Iterator[tuple[Shard, list[str]]]:
        """Yield each shard with those of these records that are read from it."""
        record_ids = [self._ids[row] for row in rows]
        for layer in self._layers:
            yield layer.shard, [*filter(layer.has, record_ids)]
            record_ids = [*filterfalse(layer.has, record_ids)]

    def _scores(self, vector: np.ndarray | Sparse, rows: np.ndarray) -> np.ndarray:
        """Return cosines with the texts of these rows, or their BM25 scores."""
        if isinstance(vector, Sparse):
            return np.asarray(self._words.scores(vector)[rows])
        # Row by row, so that a score depends on nothing but its two vectors; on one thread, since those that BLAS keeps
        # waiting for the next product take the encoder's time.
        if len(rows) * _SCATTERED < len(self._vectors):
            return np.asarray(np.vecdot(self._vectors[rows], vector))
        return np.asarray(np.vecdot(self._vectors, vector)[rows])

    def _lists(self, query: VectorQuery) -> Iterator[Found]:
        """Yield the lists of a query, whose vector is scored once."""
        passing, texts = self._flags(query.where), len(self._vectors)
        rows = [self._rows(passing, wanted.where, wanted.among) for wanted in query.lists]
        rows = [each[: each.searchsorted(texts)] for each in rows]
        ends = np.cumsum([len(each) for each in rows])
        scores = np.split(self._scores(query.vector, np.concatenate(rows)), ends[:-1]) if rows else []
        for wanted, own, found in zip(query.lists, rows, scores, strict=True):
            best, scored = self._best(wanted.limit, own, found, isinstance(query.vector, Sparse))
            record_ids = [*map(self._ids.__getitem__, best.tolist())]
            near = _NONE if wanted.near is None else self._scores(wanted.near, best)
            payloads = dict(self._payloads(best, query.fields)) if query.fields else {}
            yield Found(record_ids, scored, near, [payloads[each] for each in record_ids] if query.fields else ())

    @staticmethod
    def _best(limit: int, rows: np.ndarray, scores: np.ndarray, is_lexical: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return the best rows and their scores, best first, equals by id: rows are in the order of ids."""
        if is_lexical:
            rows, scores = rows[scores > 0], scores[scores > 0]
        if len(rows) > limit:
            kept = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit] - EQUAL)
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores.round(PLACES)))[:limit]
        return rows[order], scores[order]

    def _passing(self, where: Where, among: Iterable[str] | None = None) -> np.ndarray:
        """Return the rows of the records that pass a filter, of these records or of all, ascending."""
        return self._rows(self._flags({}), where, among)

    def _flags(self, where: Where) -> np.ndarray:
        """Return a flag for every record: whether it passes a filter."""
        passing = np.ones(len(self._ids), bool)
        for field, values in where.items():
            flags = [self._with(field, value) for value in values]
            passing &= reduce(np.logical_or, flags) if flags else False
        return passing

    def _rows(self, passing: np.ndarray, where: Where, among: Iterable[str] | None) -> np.ndarray:
        """Return the rows with a flag that pass a filter, too, of these records or of all, ascending."""
        passing = passing & self._flags(where)
        if among is None:
            return np.flatnonzero(passing)
        rows = np.unique(np.array([self._row[each] for each in among if each in self._row], np.intp))
        return np.asarray(rows[passing[rows]])

    def _with(self, field: str, value: str) -> np.ndarray:
        """Return a flag for every record: whether it has a value."""
        flags = self._cache.get((field, value))
        if flags is None:
            flags = np.zeros(len(self._ids), bool)
            for layer in self._layers:
                flags[[self._row[each] for each in layer.shard.having(field, value) if layer.has(each)]] = True
            if field not in _OF_A_QUESTION:
                if len(self._cache) >= _CACHED:
                    self._cache.clear()
                self._cache[field, value] = flags
        return flags
