"""The payloads of one segment, in a shard of Qdrant Edge: written once, then only read.

The only module that calls the engine. A shard is written without a write-ahead log, flushed and closed; any number of
processes may then load it at the same time. It has neither vectors nor indexes: what is asked of vectors and of fields
is answered by the flat files beside it.
"""

import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import qdrant_edge as edge

from kb.errors import StoreUnavailable
from kb.store.records import LEXICAL, Point, batches, payload_of, point_id

WRITABLE: Final = "Set KB_DATA_DIR to a writable folder with room in it."
"""The remedy where an index cannot be written."""


@contextmanager
def _edge(action: str) -> Iterator[None]:
    """Turn what the engine raises into our own error: bare `Exception`, and panics, which are not even that."""
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        lacks_room = action == "written" or f"os error {errno.ENOSPC}" in str(error)  # it writes to open, too
        raise StoreUnavailable(
            f"The embedded index cannot be {action}.",
            internal=f"The engine says: {str(error)[:500]}.",
            remedy=WRITABLE if lacks_room else "Run `kb index --rebuild`.",
        ) from error


class Shard:
    """One shard, loaded."""

    def __init__(self, folder: Path) -> None:
        with _edge("opened"):
            self._shard = edge.EdgeShard.load(str(folder))

    def retrieve(self, point_ids: Sequence[int], fields: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return record ids and payloads of records that are there, with these fields, or all where none is named."""
        selected = edge.PayloadSelector.Include([*fields, "record_id"]) if fields else True
        with _edge("read"):
            records = self._shard.retrieve([*point_ids], selected, False)
        return map(payload_of, records)


def write_shard(folder: Path, points: Iterable[Point]) -> None:
    """Write the payloads of all points as a new shard in `folder`, which must be there and empty."""
    # The engine wants a kind of vectors, though no point has one.
    config = edge.EdgeConfig(sparse_vectors={LEXICAL: edge.EdgeSparseVectorParams()}, wal_enabled=False)
    with _edge("written"):
        shard = edge.EdgeShard.create(str(folder), config)
    for batch in batches(points):
        with _edge("written"):
            records = [
                edge.Point(point_id(point.record_id), {}, {**point.payload, "record_id": point.record_id})
                for point in batch
            ]
            shard.update(edge.UpdateOperation.upsert_points(records))
    with _edge("written"):
        shard.flush()
        shard.close()
        # Loading drops what is empty and settles its files: better now than by two readers at once.
        edge.EdgeShard.load(str(folder)).close()
