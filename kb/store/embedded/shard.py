"""Some payloads of a segment, in a shard of Qdrant Edge: written once, then only read.

The only module that calls the engine. A shard is written without a write-ahead log, flushed and closed; any number of
processes may then load it at the same time. It has neither vectors nor indexes: what is asked of vectors and of fields
is answered by the flat files beside it. A payload is one text of JSON: of a member of its own for each value, the
engine takes twenty times as long.
"""

import errno
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import qdrant_edge as edge

from kb.errors import StoreUnavailable
from kb.store.records import LEXICAL, batches, point_id

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

    def texts(self, point_ids: Sequence[int]) -> dict[str, str]:
        """Return the payloads of records that are there, as they were written, by record id."""
        with _edge("read"):
            records = self._shard.retrieve([*point_ids], True, False)
        payloads = (record.payload or {} for record in records)
        return {payload["record_id"]: payload["text"] for payload in payloads}


def write_shard(folder: Path, payloads: Iterable[tuple[str, str]]) -> None:
    """Write payloads as a new shard in `folder`, which must be there and empty. payloads: record ids and texts"""
    # The engine wants a kind of vectors, though no point has one. Reading takes no threads of its own.
    lexical = {LEXICAL: edge.EdgeSparseVectorParams()}
    config = edge.EdgeConfig(sparse_vectors=lexical, wal_enabled=False, max_search_threads=1)
    with _edge("written"):
        shard = edge.EdgeShard.create(str(folder), config)
    for batch in batches(payloads):
        with _edge("written"):
            records = [
                edge.Point(point_id(record_id), {}, {"record_id": record_id, "text": text}) for record_id, text in batch
            ]
            shard.update(edge.UpdateOperation.upsert_points(records))
    with _edge("written"):
        shard.flush()
        shard.close()
        # Loading drops what is empty and settles its files: better now than by two readers at once.
        edge.EdgeShard.load(str(folder)).close()
