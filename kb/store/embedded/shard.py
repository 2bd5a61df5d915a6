"""One shard of Qdrant Edge: written once, then only read. The only module that calls the engine.

Written without a write-ahead log, flushed and closed; any number of processes may then load it at the same time.
"""

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

import numpy as np
import qdrant_edge as edge

from kb.errors import StoreUnavailable
from kb.store.embedded.table import WordTable
from kb.store.records import DENSE, LEXICAL, OF_EVERY_SEARCH, Point, Where, point_id
from kb.text.terms import Sparse

_BATCH = 256
_PAGE = 512
_CACHED: Final = 512
Answer = TypeVar("Answer")


@contextmanager
def _edge(action: str) -> Iterator[None]:
    """Turn what the engine raises into our own error: bare `Exception`, and panics, which are not even that."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise StoreUnavailable(
            f"The embedded index cannot be {action}.",
            internal=f"The engine says: {str(error)[:500]}.",
            remedy="Run `kb index --rebuild`.",
        ) from error


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a failure to write below a folder into our own error."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            "The folder of the index cannot be written.",
            internal=f"It is `{folder}`: {error.strerror}.",
            remedy="Set KB_DATA_DIR to a writable folder with room in it.",
        ) from error


class Shard:
    """One shard, loaded.

    text_ids: ids of the records that have vectors, in order; near, words: their vectors, a row each
    other_ids: those of the others, in order

    Generations that share a base ask it the same of fields and values: that is cached, but for what only some searches
    filter by.
    """

    def __init__(self, folder: Path, dimension: int, indexed: bool = True) -> None:
        """indexed: whether its fields have indexes, without which the engine does not count their values"""
        self._indexed = indexed
        with _edge("opened"):
            self._shard = edge.EdgeShard.load(str(folder))
            self._ids: dict[object, str] = {}
            texts: dict[str, tuple[np.ndarray, Sparse]] = {}
            for record in _records(self._shard, _filter({}), _selected(("record_id",)), with_vector=True):
                record_id = self._ids[record.id] = str((record.payload or {})["record_id"])
                dense, terms = _vectors(record)
                if dense is not None:
                    texts[record_id] = dense, terms or Sparse((), ())
        self.text_ids = sorted(texts)
        self.other_ids = sorted(self._ids.values() - texts.keys())
        self.near = np.array([texts[one][0] for one in self.text_ids], np.float32).reshape(-1, dimension)
        self.words = WordTable.of([texts[one][1] for one in self.text_ids])
        self._cache: dict[Hashable, Any] = {}

    def having(self, field: str, value: str) -> tuple[str, ...]:
        """Return the ids of the records that have a value."""

        def found() -> tuple[str, ...]:
            condition = _filter({field: (value,)})
            records = _records(self._shard, condition, False, with_vector=False, page=len(self._ids) or 1)
            return tuple(self._ids[record.id] for record in records)

        return self._once((field, value), {field}, found)

    def retrieve(self, record_ids: Sequence[str], fields: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return the payloads of records that are there, with these fields, or with all where none is named."""
        ids: list[int | UUID | str] = [point_id(one) for one in record_ids]
        with _edge("read"):
            records = self._shard.retrieve(ids, _selected(fields), False)
        return map(_payload, records)

    def pages(
        self, where: Where, fields: Sequence[str], without: Collection[str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Read the payloads of all records that pass a filter, but those of the notes `without`."""
        yield from map(_payload, _records(self._shard, _filter(where, without), _selected(fields), with_vector=False))

    def points(self, without: Collection[str]) -> Iterator[Point]:
        """Read all records with their vectors, but those of the notes `without`."""
        for record in _records(self._shard, _filter({}, without), True, with_vector=True):
            payload = dict(record.payload or {})
            yield Point(payload.pop("record_id"), payload, *_vectors(record))

    def facet(self, field: str, where: Where, without: Collection[str]) -> Mapping[str, int]:
        """Return value -> number of records that pass a filter and have it, but those of the notes `without`."""

        def counted() -> Mapping[str, int]:
            if not self._indexed:
                return Counter(one for _, payload in self.pages(where, (field,), without) for one in _values(payload))
            request = edge.FacetRequest(field, limit=1_000_000, exact=True, filter=_filter(where, without))
            with _edge("counted"):
                return {str(hit.value): hit.count for hit in self._shard.facet(request).hits}

        asked = tuple(sorted((name, tuple(values)) for name, values in where.items()))
        return self._once((field, asked, frozenset(without)), where.keys(), counted)

    def count(self, where: Where, without: Collection[str]) -> int:
        """Count the records that pass a filter, but those of the notes `without`."""
        with _edge("counted"):
            return int(self._shard.count(edge.CountRequest(exact=True, filter=_filter(where, without))))

    def _once(self, asked: Hashable, fields: Set[str], make: Callable[[], Answer]) -> Answer:
        if not fields <= OF_EVERY_SEARCH:
            return make()
        answer: Answer | None = self._cache.get(asked)
        if answer is None:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            answer = self._cache[asked] = make()
        return answer

    def counted(self) -> tuple[int, int]:
        """Return how many records the engine counts, and how many with a dense vector.

        It opens a shard that has lost files without a word, and then finds nothing in it.
        """
        vectors = edge.Filter(must=[edge.HasVectorCondition(DENSE)])
        with _edge("opened"):
            return (
                self._shard.count(edge.CountRequest(exact=True)),
                self._shard.count(edge.CountRequest(exact=True, filter=vectors)),
            )


def _records(
    shard: edge.EdgeShard,
    condition: edge.Filter,
    with_payload: edge.PayloadSelector | bool,
    with_vector: bool | list[str],
    page: int = _PAGE,
) -> Iterator[edge.Record]:
    offset = None
    while True:
        request = edge.ScrollRequest(
            offset=offset, limit=page, filter=condition, with_payload=with_payload, with_vector=with_vector
        )
        with _edge("read"):
            records, offset = shard.scroll(request)
        yield from records
        if offset is None:
            return


def write_shard(
    folder: Path, points: Iterable[Point], dimension: int, indexed: Iterable[str], progress: Callable[[int], None]
) -> None:
    """Write all points as a new shard in `folder`, which must not exist yet; to be loaded once before others may.

    indexed: payload fields with an index
    """
    with writable(folder):
        folder.mkdir(parents=True)
    dense = edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)
    terms = edge.EdgeSparseVectorParams()
    config = edge.EdgeConfig(vectors={DENSE: dense}, sparse_vectors={LEXICAL: terms}, wal_enabled=False)
    with _edge("written"):
        shard = edge.EdgeShard.create(str(folder), config)
    stream = iter(points)
    written = 0
    while batch := list(islice(stream, _BATCH)):
        with _edge("written"):
            shard.update(edge.UpdateOperation.upsert_points([_point(point) for point in batch]))
        written += len(batch)
        progress(written)
    with _edge("written"):
        for name in indexed:
            shard.update(edge.UpdateOperation.create_field_index(name, edge.PayloadSchemaType.Keyword))
        shard.flush()
        shard.close()


def tidy(folder: Path) -> None:
    """Load a shard once, which drops an empty segment: better now than by two readers at once."""
    with _edge("written"):
        edge.EdgeShard.load(str(folder)).close()


def _point(point: Point) -> edge.Point:
    vectors: dict[str, Any] = {}
    if point.dense is not None:
        vectors[DENSE] = point.dense.tolist()
    if point.lexical is not None:
        vectors[LEXICAL] = edge.SparseVector(list(point.lexical.indices), list(point.lexical.values))
    return edge.Point(point_id(point.record_id), vectors, {**point.payload, "record_id": point.record_id})


def _vectors(record: edge.Record) -> tuple[np.ndarray | None, Sparse | None]:
    """Return the dense vector of a record and its BM25 vector."""
    vectors = record.vector if isinstance(record.vector, dict) else {}
    dense, terms = vectors.get(DENSE), vectors.get(LEXICAL)
    return (
        None if dense is None else np.array(dense, np.float32),
        Sparse(tuple(terms.indices), tuple(terms.values)) if isinstance(terms, edge.SparseVector) else None,
    )


def _payload(record: edge.Record) -> tuple[str, dict[str, Any]]:
    payload = dict(record.payload or {})
    return payload.pop("record_id"), payload


def _values(payload: Mapping[str, Any]) -> set[str]:
    """Return each value of fields once, as the engine counts them."""
    lists = (value if isinstance(value, list) else [value] for value in payload.values() if value is not None)
    return {str(value) for values in lists for value in values}


def _selected(fields: Sequence[str]) -> edge.PayloadSelector | bool:
    return edge.PayloadSelector.Include([*fields, "record_id"]) if fields else True


def _filter(where: Where, without: Collection[str] = ()) -> edge.Filter:
    return edge.Filter(
        must=[edge.FieldCondition(field, match=edge.MatchAny(list(values))) for field, values in where.items()],
        must_not=[edge.FieldCondition("note_id", match=edge.MatchAny(list(without)))] if without else None,
    )
