"""The embedded store: Qdrant Edge under the data directory, one folder per generation.

    index/CURRENT            name of the generation readers use; replaced by rename
    index/<generation>/      a Qdrant Edge shard and `manifest.json`; `over.json` where it is a delta over another
    index/write.lock         locked by the one process that writes; `write.owner` names it

Generations are written without a write-ahead log, flushed, closed and then never changed, so any number of processes
may load one at the same time. The one before is removed at the switch, so that a withdrawn note leaves nothing behind;
readers in the middle of a search keep the files they have open. Only the base of a delta stays until the next full run.
"""

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from filelock import FileLock, Timeout

from kb.errors import IndexBusy, IndexMissing, StoreUnavailable
from kb.files import write_file
from kb.store.embedded.reader import EdgeReader, Layer
from kb.store.embedded.shard import Shard, writable, write_shard
from kb.store.manifest import Manifest
from kb.store.records import FILTER_FIELDS, Point

MANIFEST: Final = "manifest.json"
DELTA: Final = "over.json"
_LEAST_ROOM = 100_000_000
_LITTLE_ROOM = 20_000_000
"""Bytes that must be free for a full generation, and for a delta."""


class _Delta(NamedTuple):
    """The base of a generation that is a delta, and the ids of notes that are left out of the base."""

    base: str
    without: tuple[str, ...]


class EdgeStore:
    """Generations of an index under one folder (`ChunkStore`)."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "index"
        self._current = self._folder / "CURRENT"
        self._lock = FileLock(self._folder / "write.lock", thread_local=False)
        self._opening = threading.Lock()
        self._open: EdgeReader | None = None

    def info(self) -> Manifest | None:
        name = self._generation()
        return _manifest(self._folder / name) if name else None

    def reader(self) -> EdgeReader:
        with self._opening:
            while True:
                name = self._generation()
                if name is None:
                    raise IndexMissing("There is no index yet.", remedy="Run `kb index`.")
                try:
                    if self._open is None or self._open.name != name:
                        self._open = self._load(self._folder / name)
                    return self._open
                except StoreUnavailable:
                    if self._generation() == name:
                        raise  # it was not replaced while it was being opened: it is damaged

    def _load(self, folder: Path) -> EdgeReader:
        """Load a generation. A base is loaded once for all its deltas."""
        manifest, delta = _manifest(folder), _delta(folder)
        shard = self._open.base if self._open else None
        base = self._folder / delta.base if delta else folder
        if shard is None or shard.folder != base:
            shard = Shard(base, manifest.dimension)
        if delta is None:
            return EdgeReader(manifest, [Layer(shard)])
        return EdgeReader(manifest, [Layer(shard, frozenset(delta.without)), Layer(Shard(folder, manifest.dimension))])

    def replace(self, points: Iterable[Point], manifest: Manifest) -> None:
        with self.writing():
            self._sweep()  # what a killed run left
            size = sum(file.stat().st_size for file in self._folder.rglob("*") if file.is_file())
            self._require_room(max(_LEAST_ROOM, 2 * size))
            self._write(points, manifest, None)

    def update(self, points: Iterable[Point], without: Collection[str], manifest: Manifest) -> None:
        with self.writing():
            self._require_room(_LITTLE_ROOM)
            reader = self.reader()
            delta = _Delta(reader.base.folder.name, tuple(sorted(reader.superseded.union(without))))
            self._write(chain(reader.delta(without), points), manifest, delta)

    def _write(self, points: Iterable[Point], manifest: Manifest, delta: _Delta | None) -> None:
        name = f"{time.time_ns()}-{os.getpid()}"
        folder = self._folder / name
        try:
            # An index of a field takes as long for a few notes as for all, and a few are quickly looked through.
            write_shard(folder, points, manifest.dimension, () if delta else FILTER_FIELDS)
            with writable(self._folder):
                if delta:
                    write_file(folder / DELTA, json.dumps(delta))
                write_file(folder / MANIFEST, json.dumps(manifest.to_json()))
            with self._opening:
                opened = self._load(folder) if delta else None
                with writable(self._folder):
                    write_file(self._current, name)
                self._open = opened
        finally:
            self._sweep()

    def _require_room(self, wanted: int) -> None:
        """Raise StoreUnavailable where a new generation may not fit: the engine dies on a full disk. wanted: bytes."""
        free = shutil.disk_usage(self._folder).free
        if free < wanted:
            raise StoreUnavailable(
                f"The disk of the index has {free / 1e6:,.0f} MB left; a new index wants {wanted / 1e6:,.0f} MB.",
                internal=f"The folder is `{self._folder}`.",
                remedy="Make room, or set KB_DATA_DIR to another disk. The index stays as it was.",
            )

    def _sweep(self) -> None:
        current = self._generation()
        delta = _delta(self._folder / current) if current else None
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name not in (current, delta and delta.base):
                shutil.rmtree(folder, ignore_errors=True)

    def _generation(self) -> str | None:
        """Return the generation that readers use, if it is there: it may be replaced just while it is looked for."""
        before = None
        while (name := self._named()) != before:
            if name and (self._folder / name).is_dir():
                return name
            before = name
        return None

    def _named(self) -> str | None:
        try:
            return self._current.read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreUnavailable(
                "The name of the current index cannot be read.",
                internal=f"The file is `{self._current}`: {error.strerror}.",
                remedy="Check KB_DATA_DIR and who may read it.",
            ) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Lock the index (`ChunkStore.writing`). The process that has the lock may take it again."""
        owner = self._folder / "write.owner"
        with writable(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o700)  # the texts of restricted notes are in it
            try:
                self._lock.acquire(timeout=0)
            except Timeout as error:
                named = owner.read_text("utf-8", "replace") if owner.exists() else ""
                raise IndexBusy(
                    "The index is being written by another process.",
                    internal=f"It is {named[:200]}." if named else "",
                    remedy="Wait until it has finished, then run it again.",
                ) from error
        try:
            with writable(self._folder):
                write_file(owner, f"process {os.getpid()} (`{' '.join([Path(sys.argv[0]).name, *sys.argv[1:]])}`)")
            yield
        finally:
            self._lock.release()


def _manifest(folder: Path) -> Manifest:
    with _readable("manifest", folder / MANIFEST) as file:
        return Manifest.from_json(json.loads(file.read_text(encoding="utf-8")))


def _delta(folder: Path) -> _Delta | None:
    """Read whether a generation is a delta."""
    with _readable("list of replaced notes", folder / DELTA) as file, suppress(FileNotFoundError):
        base, without = json.loads(file.read_text(encoding="utf-8"))
        return _Delta(base, tuple(without))
    return None


@contextmanager
def _readable(role: str, file: Path) -> Iterator[Path]:
    """Raise StoreUnavailable for a file that is missing or damaged."""
    try:
        yield file
    except (OSError, ValueError, TypeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else type(error).__name__  # its text may hold the file's
        raise StoreUnavailable(
            f"The {role} of the index cannot be read.",
            internal=f"The file is `{file}`: {reason}.",
            remedy="Run `kb index --rebuild`.",
        ) from None
