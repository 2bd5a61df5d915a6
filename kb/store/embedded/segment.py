"""One segment of the embedded index: records that were written together, and never change.

    shard-0/ …    their payloads, in shards of Qdrant Edge
    tables        their ids, vectors, words and values of fields, and of those without vectors what is short in the
                  payloads and the token vectors of questions, both read of all at once; in one flat file
    segment.json  the layout of the tables, and the size and checksum of every file

Rows: the records that have vectors in the order of their ids, then the others in the order of theirs.
"""

import errno
import json
import os
import shutil
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, count, islice
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
from kb.store.records import LONG, QUESTION_TOKENS, Point, point_id, signed_bytes

_TABLES: Final = "tables"
LAYOUT: Final = "segment.json"
_PIECE: Final = 1 << 20
"""Bytes of a file that are read at once."""
_ZEROS: Final = bytes(_PIECE)
_BATCH: Final = 512
_OF_A_SHARD: Final = 8_192
"""Records that a shard has at most: where a note goes, the others of its shards are written anew."""
_OF_VECTORS: Final = ("vectors", "bytes", "steps", "off")
"""Tables with a row for each record that has vectors."""


class Segment:
    """One segment, open. Safe to share between threads.

    vectors: of the records that have one, shape (texts, dimension), float32; texts: how many these are
    shard_of: the shard of each record, shape (rows,)
    """

    def __init__(self, folder: Path, checksum: int) -> None:
        """checksum: that of its layout. Raises StoreUnavailable where a file is not as it was written."""
        self.name, self.checksum = folder.name, checksum
        with readable("segment", folder / LAYOUT) as file:
            written = checked(file.read_bytes(), checksum)
            data = json.loads(written)
        self.folder, self.files = folder, data["files"]
        self.check()
        with writable(folder):
            if not os.access(folder, os.W_OK):
                raise OSError(errno.EROFS, "the engine opens only what it can write")
        self.shards = [Shard(folder / _shard(number)) for number in range(data["shards"])]
        with readable("segment", folder / _TABLES) as file:
            self.tables = tables = open_tables(file, data["layout"], read=["bytes"])
            self.vectors: np.ndarray = tables["vectors"]
            self.shard_of = tables["shard_of"]
            self.texts, self.size = len(self.vectors), len(tables["point_ids"])
            self.values = Values(tables)
            self.quantised = Quantised(tables)
            self.words = Words(tables, self.texts)
            self.ids = Strings(tables, "id")
            self._short, self._tokens = Strings(tables, "payload"), Strings(tables, "question_token")
            self._kept: dict[tuple[str, ...], list[dict[str, Any]]] = {}
            self._point_ids, self._by_point_id = tables["point_ids"], tables["by_point_id"]

    def check(self) -> None:
        """Raise StoreUnavailable where a file is not as it was written."""
        for name, (size, expected) in self.files.items():
            with readable("segment", self.folder / name) as file:
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
        """Return record ids and payloads of rows, with these fields, or all where none is named.

        Token vectors, where nothing else is asked for, are the bytes in the file.
        """
        if fields and (rows >= self.texts).all():
            if LONG.isdisjoint(fields):
                return zip(self.ids.at(rows), self._short_payloads(rows, (*fields,)), strict=True)
            if {*fields} == {QUESTION_TOKENS}:
                found = zip(self.ids.at(rows), self.tokens(rows), strict=True)
                return ((record_id, {QUESTION_TOKENS: tokens} if tokens else {}) for record_id, tokens in found)
        return ((record_id, _chosen(text, fields)) for record_id, text in self.written(rows))

    def written(self, rows: np.ndarray) -> Iterable[tuple[str, str]]:
        """Return record ids and whole payloads of rows, as they were written."""
        found, shards = dict[str, str](), self.shard_of[rows]
        for number in np.unique(shards).tolist():
            found |= self.shards[number].texts(self._point_ids[rows[shards == number]].tolist())
        return ((record_id, found[record_id]) for record_id in self.ids.at(rows))

    def short(self, rows: np.ndarray) -> list[str]:
        """Return what is short in the payloads of rows without vectors, as it was written."""
        return self._short.at(rows - self.texts)

    def tokens(self, rows: np.ndarray) -> list[memoryview]:
        """Return the token vectors of the questions of rows without vectors, as they were written."""
        return self._tokens.bytes_at(rows - self.texts)

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
            texts = self.short(rows[start : start + _BATCH])
            for payload in json.loads(f"[{','.join(texts)}]"):
                before = {
                    field: before.get(field) if before.get(field) == payload[field] else payload[field]
                    for field in fields
                    if field in payload
                }
                yield before

    def points(self, rows: np.ndarray) -> Iterator[Point]:
        """Read the records of rows, with their vectors, to write them anew. Raises as opening does."""
        self.check()  # what was damaged since must not get a checksum of its own
        words_of = self.words.texts()
        for start in range(0, len(rows), _BATCH):
            some = rows[start : start + _BATCH]
            payloads = dict(self.payloads(some))
            for row, record_id in zip(some.tolist(), self.ids.at(some), strict=True):
                vectors = (self.vectors[row], words_of(row)) if row < self.texts else ()
                yield Point(record_id, payloads[record_id], *vectors)


class _Written:
    """Records that are being written, known by number: in the order in which they come."""

    def __init__(self) -> None:
        self.ids, self.values, self.words = list[str](), ValuesFound(), WordsFound()
        self._short, self._tokens = dict[int, str](), dict[int, bytes]()

    def add(self, point: Point) -> tuple[str, str]:
        """Add a record. Returns its id and payload."""
        number, payload = len(self.ids), point.payload
        self.ids.append(point.record_id)
        self.values.add(number, payload)
        if point.dense is None:
            self._short[number] = _text({name: payload[name] for name in payload if name not in LONG})
            self._tokens[number] = signed_bytes(payload.get(QUESTION_TOKENS, "")).tobytes()
        elif point.lexical:
            self.words.add(number, point.lexical)
        return point.record_id, _text(payload)

    def add_all(self, segment: Segment, rows: np.ndarray) -> np.ndarray:
        """Add records of a segment. Returns the numbers of all its rows, -1 of the others. rows: ascending"""
        numbers = np.full(segment.size, -1)
        numbers[rows] = np.arange(len(self.ids), len(self.ids) + len(rows))
        self.ids += segment.ids.at(rows)
        self.values.add_all(segment.values, numbers)
        self.words.add_all(segment.words, numbers)
        others = rows[rows >= segment.texts]
        self._short.update(zip(numbers[others].tolist(), segment.short(others), strict=True))
        self._tokens.update(zip(numbers[others].tolist(), map(bytes, segment.tokens(others)), strict=True))
        return numbers

    def in_order(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of rows with vectors, and of the others."""
        order = sorted(range(len(self.ids)), key=lambda number: (number in self._short, self.ids[number]))
        numbers, with_vectors = np.array(order, np.intp), len(self.ids) - len(self._short)
        return numbers[:with_vectors], numbers[with_vectors:]

    def finish(self, folder: Path, vectors: Tables, shard_of: np.ndarray, linked: Mapping[str, Any]) -> int:
        """Write the tables, and the layout. Returns its checksum.

        vectors:  the tables of vectors, in the order of rows
        shard_of: the shard of each record, by number
        linked:   sizes and checksums of files that were written before
        """
        texts, others = self.in_order()
        order = np.concatenate([texts, others])
        row_of = np.empty(len(order), np.uint32)
        row_of[order] = np.arange(len(order), dtype=np.uint32)
        point_ids = np.array([point_id(self.ids[number]) for number in order.tolist()], np.uint64)
        tables: Tables = {
            **vectors,
            "shard_of": shard_of[order].astype(np.uint16),
            "point_ids": point_ids,
            "by_point_id": point_ids.argsort().astype(np.uint32),
            **Strings.packed("id", (self.ids[number] for number in order.tolist())),
            **Strings.packed("payload", (self._short[number] for number in others.tolist())),
            **Strings.packed("question_token", (self._tokens[number] for number in others.tolist())),
            **self.values.packed(row_of),
            **self.words.packed(row_of),
        }
        with writable(folder):
            layout = write_tables(folder / _TABLES, tables)
            found = {str(file.relative_to(folder)): file for file in sorted(folder.rglob("*")) if file.is_file()}
            files = {name: linked.get(name) or (file.stat().st_size, _checksum(file)) for name, file in found.items()}
            shards = int(shard_of.max(initial=-1)) + 1
            written = json.dumps({"layout": layout, "shards": shards, "files": files}).encode()
            write_file(folder / LAYOUT, written)
        return zlib.crc32(written)


def write_segment(folder: Path, points: Iterable[Point], dimension: int) -> int:
    """Write all points as a new segment in `folder`, which must not exist yet. Returns its checksum."""
    found, vectors = _Written(), dict[int, np.ndarray]()

    def payloads() -> Iterator[tuple[str, str]]:
        for number, point in enumerate(points):
            if point.dense is not None:
                vectors[number] = point.dense
            yield found.add(point)

    _write_shards(folder, payloads())
    texts = found.in_order()[0].tolist()
    dense = np.array([vectors[number] for number in texts], np.float32).reshape(-1, dimension)
    tables = {"vectors": dense, **quantised(dense)}
    return found.finish(folder, tables, np.arange(len(found.ids)) // _OF_A_SHARD, {})


def join_segments(folder: Path, parts: Sequence[tuple[Segment, np.ndarray]]) -> int:
    """Write records of segments as a new segment in `folder`, which must not exist yet. Returns its checksum.

    parts: segments, and the rows of each that stay, ascending. A shard of which all stay, and which is no small one,
    is not written anew: its files get another name. Raises StoreUnavailable, also where a segment is damaged.
    """
    for segment, _ in parts:
        segment.check()  # what was damaged since it was opened must not get a checksum of its own
    found = _Written()
    numbered = [(segment, rows, found.add_all(segment, rows)) for segment, rows in parts]
    texts, _ = found.in_order()
    row_of = np.full(len(found.ids), -1)
    row_of[texts] = np.arange(len(texts))
    tables = {}
    for name in _OF_VECTORS:
        first = parts[0][0].tables[name]
        tables[name] = np.empty((len(texts), *first.shape[1:]), first.dtype)
        for segment, rows, numbers in numbered:
            for some in np.array_split(rows[rows < segment.texts], segment.texts // _BATCH + 1):
                tables[name][row_of[numbers[some]]] = segment.tables[name][some]
    with writable(folder):
        folder.mkdir(parents=True)
    shard_of, linked = np.full(len(found.ids), -1), dict[str, Any]()
    for segment, _, numbers in numbered:
        for number in range(len(segment.shards)):
            here, free = numbers[segment.shard_of == number], int(shard_of.max(initial=-1)) + 1
            old, new = _shard(number), _shard(free)
            if 2 * len(here) > _OF_A_SHARD and (here >= 0).all() and _linked(segment.folder / old, folder / new):
                shard_of[here] = free
                linked |= {
                    name.replace(old, new, 1): segment.files[name]
                    for name in segment.files
                    if name.startswith(f"{old}/")
                }
    anew = np.flatnonzero(shard_of < 0)

    def payloads() -> Iterator[tuple[str, str]]:
        for segment, rows, numbers in numbered:
            own = rows[shard_of[numbers[rows]] < 0]
            for start in range(0, len(own), _BATCH):
                yield from segment.written(own[start : start + _BATCH])

    shared = int(shard_of.max(initial=-1)) + 1
    _write_shards(folder, payloads(), shared)
    shard_of[anew] = shared + np.arange(len(anew)) // _OF_A_SHARD
    return found.finish(folder, tables, shard_of, linked)


def _write_shards(folder: Path, payloads: Iterable[tuple[str, str]], first: int = 0) -> None:
    """Write payloads, with record ids, in as many shards as it takes. first: number of the first"""
    stream = iter(payloads)
    for number in count(first):
        if (head := next(stream, None)) is None:
            return
        with writable(folder):
            (folder / _shard(number)).mkdir(parents=True)
        write_shard(folder / _shard(number), chain([head], islice(stream, _OF_A_SHARD - 1)))


def _linked(shard: Path, to: Path) -> bool:
    """Give the files of a shard, which never change, another name. Returns whether the disk can do so."""
    try:
        shutil.copytree(shard, to, copy_function=os.link)
    except OSError:
        shutil.rmtree(to, ignore_errors=True)
        return False
    return True


def _shard(number: int) -> str:
    return f"shard-{number}"


def _text(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, ensure_ascii=False)


def _chosen(text: str, fields: Sequence[str]) -> dict[str, Any]:
    """Return a payload of which the text was written, with these fields, or all where none is named."""
    payload: dict[str, Any] = json.loads(text)
    return {field: payload[field] for field in fields if field in payload} if fields else payload


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
