"""One shard of Qdrant Edge: written once, then only read. The only module that calls the engine.

Written without a write-ahead log, flushed and closed; any number of processes may then load it at the same time.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge

from kb.chunk_schema import CELL, DENSE, FILTER_FIELDS, LEXICAL, RECORD, Manifest, Point, Sparse, Where, point_id
from kb.engines.store import Found, VectorQuery, in_order
from kb.errors import StoreUnavailable

MANIFEST = "manifest.json"
_BATCH = 256
_PAGE = 512
_SCANNED_WORDS = 1
"""Points below which words are looked for in every one of them: never, since their index answers four times as fast."""
_OF_EVERY_SEARCH = frozenset({RECORD, CELL, "kind", "language", "tlp"})
"""Fields whose conditions are made once, as they say nothing of a question."""
_OPTIMISED_FROM = 20_000
"""Points from which a graph index pays: building it takes most of a rebuild, and below it plain scanning is exact."""


@contextmanager
def _edge(action: str) -> Iterator[None]:
    """Turn what the engine raises into our own error: bare `Exception`, and panics, which are not even that."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise StoreUnavailable(
            f"The embedded index cannot be {action}: {error}.", remedy="Run `kb index --rebuild`."
        ) from error


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a failure to write below a folder into our own error."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            f"`{folder}` cannot be written: {error}.", remedy="Set KB_DATA_DIR to a writable folder with room in it."
        ) from error


class EdgeReader:
    """One generation, loaded. See `ChunkReader`."""

    def __init__(self, folder: Path) -> None:
        self.manifest = read_manifest(folder)
        with _edge("opened"):
            self._shard = edge.EdgeShard.load(str(folder))
            self._check(folder)
        # Decoding payloads takes most of a query's time, and a ranked chunk needs no more of it than its id.
        self._ids: dict[object, str] = {
            point_id(record_id): record_id for record_id, _ in self._pages(_filter({}), ("record_id",))
        }

    def query(self, queries: Sequence[VectorQuery]) -> list[list[Found]]:
        """See `ChunkReader.query`."""
        vectors = {id(query.vector): query.vector for query in queries}
        nearest = {key: _nearest(vector) for key, vector in vectors.items()}
        requests = [_request(query, nearest[id(query.vector)]) for query in queries]
        with _edge("searched"):
            answers = self._shard.query_batch(edge.QueryBatchRequest(requests))
        return [in_order((self._ids[point.id], point.score) for point in answer) for answer in answers]

    def fetch(self, record_ids: Sequence[str], where: Where, fields: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        """See `ChunkReader.fetch`."""
        return dict(self._pages(_filter(where, _among(record_ids)), fields))

    def scroll(self, where: Where, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        """See `ChunkReader.scroll`."""
        yield from sorted(self._pages(_filter(where), fields))

    def points(self) -> Iterator[Point]:
        """See `ChunkReader.points`."""
        for record in self._records(_filter({}), True, with_vector=True):
            payload = dict(record.payload or {})
            vectors = record.vector if isinstance(record.vector, dict) else {}
            dense, terms = vectors.get(DENSE), vectors.get(LEXICAL)
            yield Point(
                payload.pop("record_id"),
                payload,
                None if dense is None else np.array(dense, np.float32),
                Sparse(tuple(terms.indices), tuple(terms.values)) if isinstance(terms, edge.SparseVector) else None,
            )

    def facet(self, field: str, where: Where) -> dict[str, int]:
        """See `ChunkReader.facet`."""
        request = edge.FacetRequest(field, limit=1_000_000, exact=True, filter=_filter(where))
        with _edge("counted"):
            return {str(hit.value): hit.count for hit in self._shard.facet(request).hits}

    def count(self, where: Where) -> int:
        """See `ChunkReader.count`."""
        with _edge("counted"):
            return int(self._shard.count(edge.CountRequest(exact=True, filter=_filter(where))))

    def _check(self, folder: Path) -> None:
        # The engine opens a shard that has lost files without a word, and then finds nothing in it.
        vectors = edge.Filter(must=[edge.HasVectorCondition(DENSE)])
        found = (
            self._shard.count(edge.CountRequest(exact=True)),
            self._shard.count(edge.CountRequest(exact=True, filter=vectors)),
        )
        dense = self.manifest.chunks + self.manifest.questions
        if found != (dense + len(self.manifest.versions), dense):
            raise OSError(f"`{folder}` does not hold the records that its manifest counts")

    def _pages(self, condition: edge.Filter, fields: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        for record in self._records(condition, _selected(fields), with_vector=False):
            payload = dict(record.payload or {})
            yield payload.pop("record_id"), payload

    def _records(
        self, condition: edge.Filter, with_payload: edge.PayloadSelector | bool, with_vector: bool
    ) -> Iterator[edge.Record]:
        offset = None
        while True:
            request = edge.ScrollRequest(
                offset=offset, limit=_PAGE, filter=condition, with_payload=with_payload, with_vector=with_vector
            )
            with _edge("read"):
                records, offset = self._shard.scroll(request)
            yield from records
            if offset is None:
                return


def write_shard(folder: Path, points: Iterable[Point], dimension: int, progress: Callable[[int], None]) -> None:
    """Write all points as a new shard in `folder`, which must not exist yet."""
    with writable(folder):
        folder.mkdir(parents=True)
    dense = edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine, memory=edge.Memory.Pinned)
    terms = edge.EdgeSparseVectorParams(full_scan_threshold=_SCANNED_WORDS, modifier=edge.Modifier.Idf)
    config = edge.EdgeConfig(vectors={DENSE: dense}, sparse_vectors={LEXICAL: terms}, wal_enabled=False)
    with _edge("written"):
        shard = edge.EdgeShard.create(str(folder), config)
    stream = iter(sorted(points, key=_cell))  # what is scanned together lies together
    written = 0
    while batch := list(islice(stream, _BATCH)):
        with _edge("written"):
            shard.update(edge.UpdateOperation.upsert_points([_point(point) for point in batch]))
        written += len(batch)
        progress(written)
    with _edge("written"):
        for name in FILTER_FIELDS:
            shard.update(edge.UpdateOperation.create_field_index(name, edge.PayloadSchemaType.Keyword))
        if written >= _OPTIMISED_FROM:
            shard.optimize()
        shard.flush()
        shard.close()
        # The first load tidies the folder (it drops an empty segment): better now than by two readers at once.
        edge.EdgeShard.load(str(folder)).close()


def _cell(point: Point) -> str:
    return str(point.payload.get(CELL, ""))


def _point(point: Point) -> edge.Point:
    vectors: dict[str, Any] = {}
    if point.dense is not None:
        vectors[DENSE] = point.dense.tolist()
    if point.lexical is not None:
        vectors[LEXICAL] = edge.SparseVector(list(point.lexical.indices), list(point.lexical.values))
    return edge.Point(point_id(point.record_id), vectors, {**point.payload, "record_id": point.record_id})


def _nearest(vector: np.ndarray | Sparse) -> edge.Query:
    if isinstance(vector, Sparse):
        return edge.Query.Nearest(edge.SparseVector(list(vector.indices), list(vector.values)), using=LEXICAL)
    return edge.Query.Nearest(vector.tolist(), using=DENSE)


def _request(query: VectorQuery, nearest: edge.Query) -> edge.QueryRequest:
    among = query.among
    return edge.QueryRequest(
        limit=query.limit,
        query=nearest,
        filter=_filter(query.where, *([] if among is None else [_among(among)])),
        with_payload=False,
        with_vector=False,
    )


def _among(record_ids: Sequence[str]) -> edge.HasIdCondition:
    return edge.HasIdCondition({point_id(record_id) for record_id in record_ids})


def _selected(fields: Sequence[str]) -> edge.PayloadSelector | bool:
    return edge.PayloadSelector.Include([*fields, "record_id"]) if fields else True


def _filter(where: Where, *more: Any) -> edge.Filter:
    conditions = (
        (_kept if field in _OF_EVERY_SEARCH else _condition)(field, tuple(values)) for field, values in where.items()
    )
    return edge.Filter(must=[*conditions, *more])


def _condition(field: str, values: tuple[str, ...]) -> edge.FieldCondition:
    # One value by itself is looked up faster than a set of one: 2.6 ms instead of 3.05 for all cells of a search.
    match = edge.MatchValue(values[0]) if len(values) == 1 else edge.MatchAny(list(values))
    return edge.FieldCondition(field, match=match)


@lru_cache(256)
def _kept(field: str, values: tuple[str, ...]) -> edge.FieldCondition:
    return _condition(field, values)


def read_manifest(folder: Path) -> Manifest:
    """The manifest beside a shard. Raises StoreUnavailable if it is missing or damaged."""
    try:
        return Manifest.from_json(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreUnavailable(
            f"The manifest of the index in `{folder}` cannot be read: {error!r}.", remedy="Run `kb index --rebuild`."
        ) from error
