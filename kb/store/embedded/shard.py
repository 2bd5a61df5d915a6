"""One shard of Qdrant Edge: written once, then only read. The only module that calls the engine.

Written without a write-ahead log, flushed and closed; any number of processes may then load it at the same time.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge

from kb.errors import StoreUnavailable
from kb.store.embedded.words import WordTable
from kb.store.records import (
    DENSE,
    LEXICAL,
    OF_EVERY_SEARCH,
    Point,
    batches,
    note_and_language,
    payload_of,
    point_id,
    point_of,
)
from kb.text.terms import Sparse

_PAGE = 512


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

    text_ids:  ids of the records that have vectors, in order; vectors, words: their vectors, a row each
    other_ids: those of the others, in order
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self.folder = folder
        with _edge("opened"):
            self._shard = edge.EdgeShard.load(str(folder))
            self._ids: dict[object, str] = {}
            texts: dict[str, Point] = {}
            for record in self._records(edge.PayloadSelector.Include(["record_id"])):
                point = point_of(record)
                self._ids[record.id] = point.record_id
                if point.dense is not None:
                    texts[point.record_id] = point
        self._having: dict[tuple[str, str], list[str]] = {}
        self._values: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self.text_ids = sorted(texts)
        self.other_ids = sorted(self._ids.values() - texts.keys())
        self.vectors = np.array([texts[each].dense for each in self.text_ids], np.float32).reshape(-1, dimension)
        self.words = WordTable.of([texts[each].lexical or Sparse((), ()) for each in self.text_ids])

    def having(self, field: str, value: str) -> list[str]:
        """Return the ids of the records that have a value.

        Generations that share a base ask it the same: what every search filters by is cached.
        """
        if (field, value) in self._having:
            return self._having[field, value]
        condition = edge.Filter(must=[edge.FieldCondition(field, match=edge.MatchValue(value))])
        request = edge.ScrollRequest(limit=len(self._ids) or 1, filter=condition, with_payload=False)
        with _edge("read"):
            records, _ = self._shard.scroll(request)
        found = [self._ids[record.id] for record in records]
        if found and field in OF_EVERY_SEARCH:
            self._having[field, value] = found
        return found

    def retrieve(self, record_ids: Sequence[str], fields: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return the payloads of records that are there, with these fields, or with all where none is named."""
        selected = edge.PayloadSelector.Include([*fields, "record_id"]) if fields else True
        with _edge("read"):
            records = self._shard.retrieve([*map(point_id, record_ids)], selected, False)
        return map(payload_of, records)

    def values(self, field: str, record_ids: Sequence[str]) -> list[Any]:
        """Return what these records, which are there, have in a field. Cached, as a base outlives many deltas."""
        cached = self._values[field]
        missing = [record_id for record_id in record_ids if record_id not in cached]
        cached.update((record_id, payload.get(field, [])) for record_id, payload in self.retrieve(missing, (field,)))
        return [cached[record_id] for record_id in record_ids]

    def points(self, without: Collection[str]) -> Iterator[Point]:
        """Read all records with their vectors, but those of the notes `without`."""
        points = map(point_of, self._records(True))
        return (point for point in points if note_and_language(point.record_id)[0] not in without)

    def _records(self, with_payload: edge.PayloadSelector | bool) -> Iterator[edge.Record]:
        offset = None
        while True:
            request = edge.ScrollRequest(offset=offset, limit=_PAGE, with_payload=with_payload, with_vector=True)
            with _edge("read"):
                records, offset = self._shard.scroll(request)
            yield from records
            if offset is None:
                return


def write_shard(folder: Path, points: Iterable[Point], dimension: int, indexed: Iterable[str]) -> None:
    """Write all points as a new shard in `folder`, which must not exist yet. indexed: payload fields with an index."""
    with writable(folder):
        folder.mkdir(parents=True)
    dense = edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Cosine)
    terms = edge.EdgeSparseVectorParams()
    config = edge.EdgeConfig(vectors={DENSE: dense}, sparse_vectors={LEXICAL: terms}, wal_enabled=False)
    with _edge("written"):
        shard = edge.EdgeShard.create(str(folder), config)
    for batch in batches(points):
        with _edge("written"):
            records = [edge.Point(**point.as_record(_sparse)) for point in batch]
            shard.update(edge.UpdateOperation.upsert_points(records))
    with _edge("written"):
        for name in indexed:
            shard.update(edge.UpdateOperation.create_field_index(name, edge.PayloadSchemaType.Keyword))
        shard.flush()
        shard.close()
        # Loading drops an empty segment: better now than by two readers at once.
        edge.EdgeShard.load(str(folder)).close()


def _sparse(terms: Sparse) -> edge.SparseVector:
    return edge.SparseVector(list(terms.indices), list(terms.values))
