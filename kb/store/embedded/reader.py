"""The embedded index as readers see it: segments, and in each the notes that no longer count.

All texts are scored sooner than the engine would filter them, segment by segment, on files in memory. The engine hands
out payloads. The rows of all segments one after the other are the rows of the index.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from functools import partial, reduce
from itertools import accumulate, chain
from typing import Any, Final, NamedTuple

import numpy as np

from kb.access import whoever_sees
from kb.errors import StoreUnavailable
from kb.store.embedded.segment import Segment
from kb.store.manifest import Manifest
from kb.store.protocol import EQUAL, PLACES, Found, VectorQuery, Wanted
from kb.store.records import OF_EVERY_SEARCH, Point, Where, note_and_language, point_id, version_id
from kb.text.languages import Language
from kb.text.terms import Sparse

_CACHED: Final = 256
"""Values whose rows are cached, and lists, of the fields that every search filters by: mostly a byte for every row."""
_NONE: Final = np.empty(0)
_NO_ROWS: Final = np.empty(0, np.intp)
_SCATTERED: Final = 8
"""How many times as long an exact vector takes that is picked out of the table, as one in bytes of the whole table."""
_Scored = tuple[np.ndarray, np.ndarray]
"""Rows of a list, and their scores."""


class Layer(NamedTuple):
    """A segment, the ids of its notes that no longer count, and which of its rows do: shape (rows,)."""

    segment: Segment
    without: frozenset[str]
    counts: np.ndarray

    @classmethod
    def of(cls, segment: Segment, without: Collection[str]) -> "Layer":
        """Return a segment without some notes, of which it need not have all."""
        here = frozenset(note_id for note_id in without if len(segment.values.rows("note_id", note_id)))
        counts = np.ones(segment.size, bool)
        counts[segment.values.rows("note_id", *here)] = False
        return cls(segment, here, counts)

    @property
    def size(self) -> int:
        """How many of its records count."""
        return int(np.count_nonzero(self.counts))

    def points(self) -> Iterator[Point]:
        """Read its records that count, with their vectors."""
        return self.segment.points(np.flatnonzero(self.counts))

    def stated(self, note_id: str, field: str) -> frozenset[str]:
        """Return what the records of a note have in a field of the whole note; nothing where it is not here."""
        last = self.segment.values.rows("note_id", note_id)[-1:]  # that of a version, whose short fields are at hand
        return frozenset(value for _, payload in self.segment.payloads(last, (field,)) for value in payload[field])


class EdgeReader:
    """One state of the index, open (`ChunkReader`).

    Nothing refers back to it: the memory of a state that was replaced must be freed at once.
    """

    versions: Sequence[str]

    def __init__(self, manifest: Manifest, layers: Sequence[Layer]) -> None:
        self.manifest = manifest
        self.layers = layers
        self._starts = [*accumulate((layer.segment.size for layer in layers), initial=0)]
        self._counts = np.concatenate([np.empty(0, bool), *(layer.counts for layer in layers)])
        texts = [np.arange(layer.segment.size) < layer.segment.texts for layer in layers]
        self._texts = np.concatenate([np.empty(0, bool), *texts]) & self._counts
        counted = int(np.count_nonzero(self._texts)), int(np.count_nonzero(self._counts & ~self._texts))
        if counted != (manifest.chunks + manifest.questions, len(manifest.versions)):
            raise StoreUnavailable(
                "The embedded index does not hold the records that its manifest counts.",
                remedy="Run `kb index --rebuild`.",
            )
        self.versions, self._versions = _versions(layers)
        note_ids = [note_and_language(each)[0] for each in self.versions]
        self._notes = np.unique(note_ids, return_inverse=True)[1]
        self._cache: dict[Hashable, np.ndarray] = {}

    def query(self, queries: Sequence[VectorQuery]) -> list[Found]:
        return self.begin(queries)()

    def begin(self, queries: Sequence[VectorQuery]) -> Callable[[], list[Found]]:
        begun = [(query, self._begun(query)) for query in queries]
        return lambda: [found for query, best in begun for found in self._found(query, best)]

    def fetch(self, record_ids: Sequence[str], where: Where, fields: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        point_ids = np.fromiter(map(point_id, dict.fromkeys(record_ids)), np.uint64)
        places = (layer.segment.rows(point_ids) for layer in self.layers)
        rows = [each[each >= 0] + start for each, start in zip(places, self._starts, strict=False)]
        return dict(self._payloads(self._named(self._counts, where, np.concatenate([_NO_ROWS, *rows])), fields))

    def scroll(self, where: Where, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from sorted(self._payloads(np.flatnonzero(self._flags(where)), fields))

    def points(self) -> Iterator[Point]:
        return chain.from_iterable(layer.points() for layer in self.layers)

    def facet(self, field: str, where: Where) -> dict[str, int]:
        found = Counter[str]()
        for segment, flags in self._by_segment(self._flags(where)):
            found.update(segment.values.counts(field, flags))
        return found

    def count(self, where: Where) -> int:
        return int(np.count_nonzero(self._flags(where)))

    def withdrawn(self, layer: Layer) -> list[str]:
        """Return the notes of which a segment has records that were withdrawn or restricted, or those of a language."""

        def now(note_id: str, field: str) -> frozenset[str]:
            here = (other for other in self.layers if note_id not in other.without)
            return frozenset[str]().union(*(other.stated(note_id, field) for other in here))

        return [
            note_id
            for note_id in layer.without
            if not layer.stated(note_id, "languages") <= now(note_id, "languages")
            or not whoever_sees(layer.stated(note_id, "access"), now(note_id, "access"))
        ]

    def _by_segment(self, flags: np.ndarray) -> Iterator[tuple[Segment, np.ndarray]]:
        """Yield each segment with its part of what is known of all rows."""
        for layer, start in zip(self.layers, self._starts, strict=False):
            yield layer.segment, flags[start : start + layer.segment.size]

    def _parted(self, rows: np.ndarray) -> Iterator[tuple[Segment, np.ndarray, np.ndarray]]:
        """Yield the segments that have some of these rows, at which places these are, and their rows there."""
        if len(self.layers) == 1:  # as a rule
            yield self.layers[0].segment, np.arange(len(rows)), rows
            return
        for layer, start in zip(self.layers, self._starts, strict=False):
            here = np.flatnonzero((rows >= start) & (rows < start + layer.segment.size))
            if len(here):
                yield layer.segment, here, rows[here] - start

    def _payloads(self, rows: np.ndarray, fields: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        for segment, _, own in self._parted(rows):
            yield from segment.payloads(own, fields)

    def _payloads_of(
        self, rows: np.ndarray, fields: Sequence[str], wanted: Collection[int]
    ) -> dict[int, dict[str, Any]]:
        """Return payloads of those of the wanted rows that are among these (`Found.payloads`)."""
        found = np.intersect1d(rows, np.array([*wanted], np.intp))
        payloads = dict(self._payloads(found, fields))
        return {row: payloads[each] for row, each in zip(found.tolist(), self._ids(found), strict=True)}

    def _ids(self, rows: np.ndarray) -> list[str]:
        """Return the record ids of rows."""
        found = np.empty(len(rows), object)
        for segment, here, own in self._parted(rows):
            found[here] = segment.ids.at(own)
        return list(found)

    def _begun(self, query: VectorQuery) -> Iterable[_Scored]:
        """Return the best rows of each list of a query: those of words by now, by a dense vector when they are read."""
        passing = self._passing(query.where)
        best = self._ranked(query, [self._rows(passing, query.where, wanted) for wanted in query.lists])
        return [*best] if isinstance(query.vector, Sparse) else best

    def _ranked(self, query: VectorQuery, rows: Sequence[np.ndarray]) -> Iterator[_Scored]:
        """Yield the best rows of each list of a query, whose vector is scored once. rows: of which each is made"""
        whole = self._of_all(query.vector, sum(map(len, rows)))
        for wanted, own in zip(query.lists, rows, strict=True):
            yield self._best(wanted, *self._scored(wanted, own, query.vector, whole))

    def _found(self, query: VectorQuery, best: Iterable[_Scored]) -> Iterator[Found]:
        """Yield the lists of a query, which have these rows."""
        for wanted, (rows, scores) in zip(query.lists, best, strict=True):
            near = _NONE if wanted.near is None else self._nearness(wanted.near, rows)
            payloads = partial(self._payloads_of, rows, query.fields)
            yield Found(rows, self._versions[rows], scores, near, self._ids, payloads)

    def _of_all(self, vector: np.ndarray | Sparse, rows: int) -> np.ndarray:
        """Return the BM25 scores of all rows, or what their cosines are at most; nothing where that takes longer than
        the cosines with so many rows.
        """
        if not isinstance(vector, Sparse) and rows * _SCATTERED < len(self._counts):
            return _NONE
        if len(self.layers) == 1 and not isinstance(vector, Sparse):  # as a rule
            return self.layers[0].segment.quantised.at_most(vector)
        whole = np.zeros(len(self._counts), np.float64 if isinstance(vector, Sparse) else np.float32)
        for segment, part in self._by_segment(whole):
            if isinstance(vector, Sparse):
                segment.words.score(vector, part)
            else:
                part[: segment.texts] = segment.quantised.at_most(vector)
        return whole

    def _scored(self, wanted: Wanted, rows: np.ndarray, vector: np.ndarray | Sparse, whole: np.ndarray) -> _Scored:
        """Return the rows that a list may have, and their scores. whole: `_of_all`"""
        if isinstance(vector, Sparse):
            scores = whole[rows]
            found = (scores > 0).nonzero()[0]
            return rows[found], scores[found]
        if not len(whole) or len(rows) <= wanted.limit or wanted.each_note:
            return rows, self._nearness(vector, rows)
        most = whole[rows]
        least = np.partition(most, -wanted.limit)[-wanted.limit]
        first = rows[most >= least]
        scores = self._nearness(vector, first)
        others = rows[(most >= scores.min() - EQUAL) & (most < least)]
        return np.concatenate([first, others]), np.concatenate([scores, self._nearness(vector, others)])

    def _nearness(self, vector: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the cosines with the texts of these rows, shape (rows,)."""
        # Row by row, so that a score depends on nothing but its two vectors; on one thread, since those that BLAS keeps
        # waiting for the next product take the encoder's time.
        if len(self.layers) == 1:  # as a rule
            return np.asarray(np.vecdot(self.layers[0].segment.vectors.take(rows, 0), vector))
        found = np.empty(len(rows), np.float32)
        for segment, here, own in self._parted(rows):
            found[here] = np.vecdot(segment.vectors.take(own, 0), vector)
        return found

    def _best(self, wanted: Wanted, rows: np.ndarray, scores: np.ndarray) -> _Scored:
        """Return the best rows and their scores, best first, equals by id; with `each_note` note by note."""
        limit = wanted.limit
        if len(rows) > limit and not wanted.each_note:
            kept = (scores >= np.partition(scores, -limit)[-limit] - EQUAL).nonzero()[0]
            rows, scores = rows[kept], scores[kept]
        versions = self._versions[rows]
        # A version stands in one segment, where rows are in the order of ids.
        keys = rows, versions, -scores.round(PLACES)
        if wanted.each_note:
            order = np.lexsort((*keys, notes := self._notes[versions]))
            notes = notes[order]
            order = np.concatenate([order[:limit], order[limit:][notes[limit:] != notes[:-limit]]])
        else:
            order = np.lexsort(keys)[:limit]
        return rows[order], scores[order]

    def _flags(self, where: Where) -> np.ndarray:
        """Return a flag for every row: whether its record counts and passes a filter."""
        passing = self._counts.copy()
        for field, values in where.items():
            passing &= reduce(np.logical_or, (self._with(field, value) for value in values), np.zeros(1, bool))
        return passing

    def _passing(self, where: Where) -> np.ndarray:
        """Return a flag for every row: whether it is a text and passes the filter of a query."""
        key = ("text", *((field, *values) for field, values in where.items()))
        flags = self._cache.get(key)
        if flags is None:
            flags = self._flags(where) & self._texts
            self._keep(key, flags, where)
        return flags

    def _rows(self, passing: np.ndarray, where: Where, wanted: Wanted) -> np.ndarray:
        """Return the rows that a list is made of, ascending. passing: flags of those that pass `where`, the query's"""
        if wanted.among is not None or "note_id" in wanted.where:
            among = None if wanted.among is None else np.array([*wanted.among], np.intp)
            return self._named(passing, wanted.where, among)
        named = (*where.items(), *wanted.where.items())
        key = tuple((field, *values) for field, values in named)
        rows = self._cache.get(key)
        if rows is None:
            rows = np.flatnonzero(passing & self._flags(wanted.where))
            self._keep(key, rows, (field for field, _ in named))
        return rows

    def _named(self, passing: np.ndarray, where: Where, among: np.ndarray | None) -> np.ndarray:
        """Return the flagged rows that pass a filter, too, of these or of notes that it names, ascending."""
        found = [_NO_ROWS] if among is None else [among]
        if among is None:  # a few notes: their rows are soon looked through
            for layer, start in zip(self.layers, self._starts, strict=False):
                found.append(layer.segment.values.rows("note_id", *where["note_id"]).astype(np.intp) + start)
        named = np.sort(np.concatenate(found))
        named = named[passing[named]]
        for field, values in where.items():
            if field != "note_id" or among is not None:
                flags = (self._with(field, value)[named] for value in values)
                named = named[reduce(np.logical_or, flags, np.zeros(len(named), bool))]
        return np.asarray(named)

    def _with(self, field: str, value: str) -> np.ndarray:
        """Return a flag for every row: whether its record has a value."""
        flags = self._cache.get((field, value))
        if flags is None:
            flags = np.zeros(len(self._counts), bool)
            for segment, part in self._by_segment(flags):
                part[segment.values.rows(field, value)] = True
            self._keep((field, value), flags, [field])
        return flags

    def _keep(self, key: Hashable, found: np.ndarray, fields: Iterable[str]) -> None:
        """Cache what these fields filter, unless searches filter by one of them seldom, or nothing was found."""
        if OF_EVERY_SEARCH.issuperset(fields) and found.any():
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[key] = found


def _versions(layers: Sequence[Layer]) -> tuple[Sequence[str], np.ndarray]:
    """Return the versions that have records that count, ascending, and for each row the place of its own."""
    known, places = list[tuple[np.ndarray, list[str]]](), list[np.ndarray]()
    for segment, _, counts in layers:
        notes, of_note = segment.values.numbers("note_id", segment.size)
        languages, of_language = segment.values.numbers("language", segment.size)
        pairs = of_note * len(languages) + of_language
        present = np.unique(pairs[counts])
        named = (divmod(pair, len(languages)) for pair in present.tolist())
        known.append((present, [version_id(notes[note], Language(languages[place])) for note, place in named]))
        places.append(pairs)
    versions = sorted(chain.from_iterable(names for _, names in known))
    place_of = {name: place for place, name in enumerate(versions)}
    for pairs, (present, names) in zip(places, known, strict=True):
        table = np.zeros(pairs.max(initial=0) + 1, np.intp)
        table[present] = [place_of[name] for name in names]
        pairs[:] = table[pairs]
    return versions, np.concatenate([_NO_ROWS, *places])
