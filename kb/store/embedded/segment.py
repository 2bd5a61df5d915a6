"""One segment of the embedded index: records that were written together, and never change.

    shard/        their payloads, in a shard of Qdrant Edge
    tables        their ids, vectors, words and values of fields, and what is short in the payloads of those without
                  vectors, which is read of all at once; in one flat file
    segment.json  the layout of the tables, and the size and checksum of every file

Rows: the records that have vectors in the order of their ids, then the others in the order of theirs.
"""

import errno
import json
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from kb.errors import StoreUnavailable
from kb.files import write_file
from kb.store.embedded.quantised import Quantised, quantised
from kb.store.embedded.shard import WRITABLE, Shard, write_shard
from kb.store.embedded.tables import Strings, Tables, open_tables, write_tables
from kb.store.embedded.values import Values, ValuesFound
from kb.store.embedded.words import Words, WordsFound
from kb.store.records import LONG, Point, point_id
from kb.text.terms import Sparse

_SHARD: Final = "shard"
_TABLES: Final = "tables"
_LAYOUT: Final = "segment.json"
_PIECE: Final = 1 << 20
"""Bytes of a file that are read at once."""
_ZEROS: Final = bytes(_PIECE)
_BATCH: Final = 512


class Segment:
    """One segment, open. Safe to share between threads.

    vectors: of the records that have one, shape (texts, dimension), float32; texts: how many these are
    """

    def __init__(self, folder: Path, checksum: int) -> None:
        """checksum: that of its layout. Raises StoreUnavailable where a file is not as it was written."""
        self.name, self.checksum = folder.name, checksum
        with readable("segment", folder / _LAYOUT) as file:
            written = checked(file.read_bytes(), checksum)
            data = json.loads(written)
        self._files = {folder / name: known for name, known in data["files"].items()}
        self._check()
        with writable(folder):
            if not os.access(folder / _SHARD, os.W_OK):
                raise OSError(errno.EROFS, "the engine opens only what it can write")
        self._shard = Shard(folder / _SHARD)
        with readable("segment", folder / _TABLES) as file:
            tables = open_tables(file, data["layout"])
            self.vectors: np.ndarray = tables["vectors"]
            self.texts, self.size = len(self.vectors), len(tables["point_ids"])
            self.values = Values(tables)
            self.quantised = Quantised(tables)
            self.words = Words(tables, self.texts)
            self.ids = Strings(tables, "id")
            self._short = Strings(tables, "payload")
            self._kept: dict[tuple[str, ...], list[dict[str, Any]]] = {}
            self._point_ids, self._by_point_id = tables["point_ids"], tables["by_point_id"]

    def _check(self) -> None:
        for path, (size, expected) in self._files.items():
            with readable("segment", path) as file:
                if file.stat().st_size != size or _checksum(file) != expected:
                    raise ValueError

    def rows(self, point_ids: np.ndarray) -> np.ndarray:
        """Return the row of each point id, shape (ids,), or -1 where it is not here. point_ids: shape (ids,), uint64"""
        if not self.size:
            return np.full(len(point_ids), -1)
        places = self._point_ids.searchsorted(point_ids, sorter=self._by_point_id).clip(max=self.size - 1)
        found = self._by_point_id[places].astype(np.intp)
        return np.where(self._point_ids[found] == point_ids, found, -1)

    def payloads(self, rows: np.ndarray, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        """Return record ids and payloads of rows, with these fields, or all where none is named."""
        if fields and LONG.isdisjoint(fields) and (rows >= self.texts).all():
            return zip(self.ids.at(rows), self._short_payloads(rows, (*fields,)), strict=True)
        return self._shard.retrieve(self._point_ids[rows].tolist(), fields)

    def _short_payloads(self, rows: np.ndarray, fields: tuple[str, ...]) -> Iterable[dict[str, Any]]:
        """Return payloads of rows. Those of most rows are kept: whoever opens the next state asks for them again."""
        if fields not in self._kept and 2 * len(rows) > self.size - self.texts:
            self._kept[fields] = [*self._decoded(np.arange(self.texts, self.size), fields)]
        if kept := self._kept.get(fields):
            return (kept[row - self.texts] for row in rows.tolist())
        return self._decoded(rows, fields)

    def _decoded(self, rows: np.ndarray, fields: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        before: dict[str, Any] = {}  # mostly the same note in another language: what both have is kept once
        for start in range(0, len(rows), _BATCH):
            texts = self._short.at(rows[start : start + _BATCH] - self.texts)
            for payload in json.loads(f"[{','.join(texts)}]"):
                before = {
                    field: before.get(field) if before.get(field) == payload[field] else payload[field]
                    for field in fields
                    if field in payload
                }
                yield before

    def points(self, rows: np.ndarray) -> Iterator[Point]:
        """Read the records of rows, with their vectors, to write them anew. Raises as opening does."""
        self._check()  # what was damaged since must not get a checksum of its own
        words_of = self.words.texts()
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            payloads = dict(self.payloads(some))
            for row, record_id in zip(some.tolist(), self.ids.at(some), strict=True):
                vectors = (self.vectors[row], words_of(row)) if row < self.texts else ()
                yield Point(record_id, payloads[record_id], *vectors)


def write_segment(folder: Path, points: Iterable[Point], dimension: int) -> int:
    """Write all points as a new segment in `folder`, which must not exist yet. Returns its checksum."""
    ids, vectors, words, values = list[str](), dict[int, np.ndarray](), WordsFound(), ValuesFound()
    short: dict[int, str] = {}

    def noted() -> Iterator[Point]:
        for number, point in enumerate(points):
            ids.append(point.record_id)
            values.add(number, point.payload)
            if point.dense is not None:
                vectors[number] = point.dense
                words.add(point.lexical or Sparse((), ()))
            else:
                short[number] = json.dumps({name: point.payload[name] for name in point.payload if name not in LONG})
            yield point

    with writable(folder):
        (folder / _SHARD).mkdir(parents=True)
    write_shard(folder / _SHARD, noted())
    order = sorted(range(len(ids)), key=lambda number: (number not in vectors, ids[number]))
    row_of = np.empty(len(ids), np.uint32)
    row_of[order] = np.arange(len(ids), dtype=np.uint32)
    point_ids = np.array([point_id(ids[number]) for number in order], np.uint64)
    dense = np.array([vectors[number] for number in order[: len(vectors)]], np.float32).reshape(-1, dimension)
    tables: Tables = {
        "vectors": dense,
        **quantised(dense),
        "point_ids": point_ids,
        "by_point_id": point_ids.argsort().astype(np.uint32),
        **Strings.packed("id", (ids[number] for number in order)),
        **Strings.packed("payload", (short[number] for number in order[len(vectors) :])),
        **values.packed(row_of),
        **words.packed(row_of[[*vectors]]),
    }
    with writable(folder):
        layout = write_tables(folder / _TABLES, tables)
        files = {str(file.relative_to(folder)): file for file in sorted(folder.rglob("*")) if file.is_file()}
        checksums = {name: (file.stat().st_size, _checksum(file)) for name, file in files.items()}
        written = json.dumps({"layout": layout, "files": checksums}).encode()
        write_file(folder / _LAYOUT, written)
    return zlib.crc32(written)


def checked(written: bytes, checksum: int) -> bytes:
    """Return what was written. Raises ValueError where it has another checksum."""
    if zlib.crc32(written) != checksum:
        raise ValueError
    return written


def _checksum(file: Path) -> int:
    """Return the CRC-32 of a file, without its pieces that are all zeros: most of the engine's files are holes."""
    checksum, size = 0, file.stat().st_size
    with file.open("rb", buffering=0) as opened:
        while (place := _data_from(opened.fileno(), opened.tell())) < size:
            place -= place % _PIECE
            opened.seek(place)
            if not (piece := opened.read(_PIECE)):
                break  # it has become shorter
            if piece != _ZEROS[: len(piece)]:
                checksum = zlib.crc32(piece, zlib.crc32(place.to_bytes(8), checksum))
    return checksum


def _data_from(file: int, place: int) -> int:
    """Return where in an open file something is written from a place on, as far as the system knows."""
    try:
        return os.lseek(file, place, os.SEEK_DATA)
    except (AttributeError, OSError) as error:
        return sys.maxsize if isinstance(error, OSError) and error.errno == errno.ENXIO else place


@contextmanager
def readable(role: str, file: Path) -> Iterator[Path]:
    """Raise StoreUnavailable for a file that is missing or damaged, without anything of its content."""
    try:
        yield file
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "It is not as it was written"
        raise StoreUnavailable(
            f"The {role} of the index cannot be read.",
            internal=f"The file is `{file}`: {reason}.",
            remedy="Run `kb index --rebuild`.",
        ) from None


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Turn a failure to write below a folder into our own error."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            "The folder of the index cannot be written.",
            internal=f"It is `{folder}`: {error.strerror}.",
            remedy=WRITABLE,
        ) from error
