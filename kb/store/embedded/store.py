"""The embedded store: segments under the data directory, and one small file that says which of them are the index.

    index/CURRENT          the state: names of the epoch and of the segments, and what is left out of each
    index/epoch-<name>     what stays the same within an epoch: the statistics, the vocabularies
    index/<name>/          a segment (`kb.store.embedded.segment`)
    index/write.lock       locked by the one process that writes; `write.owner` names it

Segments are written beside the others and then never change, so any number of processes may open them at the same
time. The state is switched by rename. What it no longer names is removed at the switch; readers in the middle of a
search keep the files that they have open.
"""

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from filelock import FileLock, Timeout

from kb.data_format import mark_format
from kb.errors import IndexBusy, IndexMissing, IndexStale, StoreUnavailable
from kb.files import write_file
from kb.store.embedded.reader import EdgeReader, Layer
from kb.store.embedded.segment import LAYOUT, Segment, join_segments, readable, writable, write_segment
from kb.store.embedded.state import Part, State, reachable, read_old, read_state, write_epoch, write_state
from kb.store.manifest import Manifest
from kb.store.records import Point

_CURRENT: Final = "CURRENT"
_LOCK: Final = "write.lock"
_OWNER: Final = "write.owner"
_ROOM: Final = 20_000_000
"""Bytes that must be free for a segment, besides those for its records."""
_ROOM_OF_RECORD: Final = 10_000
"""Bytes that must be free for each, besides those of its vector: together twice what one takes on average."""
_MANY: Final = 16
"""Segments that readers are not to have more of: each wants to be opened and asked."""
_GROWTH: Final = 2
"""How many times as large as all smaller ones together a segment is that they are joined with."""


class EdgeStore:
    """An index under one folder (`ChunkStore`)."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / "index"
        self._current = self._folder / _CURRENT
        self._lock = FileLock(self._folder / _LOCK, thread_local=False)
        self._opening = threading.Lock()
        self._stamp: tuple[int, ...] = ()
        self._state: State | None = None
        self._open: tuple[State, EdgeReader] | None = None

    def info(self) -> Manifest | None:
        with self._opening:
            try:
                state = self._read()
            except IndexStale:
                return read_old(self._current)
            return state.manifest if state else None

    def reader(self, *, to_query: bool = False) -> EdgeReader:
        return self._opened()[1]

    def check(self) -> None:
        if (opened := self._open) is None:
            return
        state, reader = opened
        try:
            for layer in reader.layers:
                layer.segment.check()
        except StoreUnavailable:
            if not self._is_current(state):
                return  # it was replaced while it was being checked
            self._open = None  # nothing of it is answered any more
            raise

    @contextmanager
    def open_files(self) -> Iterator[dict[str, BinaryIO]]:
        """Yield the files of the index by their paths in the data directory, open: all of one state, whoever writes
        meanwhile. None where there is no index. Raises StoreUnavailable, also where one of them is damaged.
        """
        with ExitStack() as files:
            yield self._hold(files)

    def _hold(self, files: ExitStack) -> dict[str, BinaryIO]:
        while True:
            try:
                state, reader = self._opened()
            except IndexMissing:
                return {}
            parts = [(layer.segment.name, (LAYOUT, *layer.segment.files)) for layer in reader.layers]
            names = [_CURRENT, state.epoch[0], *(f"{part}/{name}" for part, of_part in parts for name in of_part)]
            try:
                with ExitStack() as opened, readable("segment", self._folder):
                    found = {name: opened.enter_context((self._folder / name).open("rb")) for name in names}
                    files.push(opened.pop_all())
                if self._is_current(state):
                    return {f"{self._folder.name}/{name}": file for name, file in found.items()}
            except StoreUnavailable:
                if self._is_current(state):
                    raise

    def _is_current(self, state: State) -> bool:
        with self._opening:
            return self._read() is state

    def replace(self, points: Iterable[Point], manifest: Manifest) -> None:
        with self.writing():
            self._sweep()  # what a killed run left
            self._switch(None, (), _writing(points, manifest.dimension), manifest)

    def update(self, points: Iterable[Point], without: Collection[str], manifest: Manifest) -> None:
        with self.writing():
            state, reader = self._opened()
            layers = [Layer.of(layer.segment, layer.without.union(without)) for layer in reader.layers]
            kept = [layer for layer in layers if layer.size]
            before = state if manifest.is_of_epoch(state.manifest) else None
            self._switch(before, kept, _writing(points, manifest.dimension), manifest)
            if len(layers) > _MANY:
                with suppress(StoreUnavailable):  # the notes are in; whoever merges next is told
                    self.merge()

    def merge(self) -> None:
        with self.writing():
            state, reader = self._opened()
            by_size = sorted(reader.layers, key=lambda layer: layer.size)
            ends = np.cumsum([layer.size for layer in by_size]).tolist()
            # The longest run from the smallest on whose last is not far larger than all before it together.
            joined = [end for end in range(2, len(ends) + 1) if by_size[end - 1].size <= _GROWTH * ends[end - 2]]
            small = max(joined, default=0)
            due = [*by_size[:small], *filter(reader.withdrawn, by_size[small:])]
            if not due:
                self._sweep()  # what a killed run left, perhaps of a note that was withdrawn
                return
            names = {layer.segment.name for layer in due}
            kept = [layer for layer in reader.layers if layer.segment.name not in names]
            parts = [(layer.segment, np.flatnonzero(layer.counts)) for layer in due]
            try:
                self._switch(state, kept, partial(join_segments, parts=parts), reader.manifest)
            except StoreUnavailable as error:
                if left := {note_id for layer in due for note_id in reader.withdrawn(layer)}:
                    raise StoreUnavailable(
                        "What was withdrawn or restricted is found no more, but its text is still on the disk.",
                        internal=f"It is of {', '.join(sorted(left))}. {error}",
                        remedy="Make room on that disk, or let it be written; then run `kb index` again.",
                    ) from error
                raise

    def _switch(
        self, before: State | None, kept: Sequence[Layer], write: Callable[[Path], int] | None, manifest: Manifest
    ) -> None:
        """Write records as a new segment, and switch to it and to the segments that are kept.

        before: a state of the same epoch; None: the epoch is new
        write:  writes the segment in a folder and returns its checksum; None: notes are only taken out
        """
        name = f"{time.time_ns()}-{os.getpid()}"
        layers = [*kept]
        try:
            if write:  # notes that are only taken out need no room
                records = manifest.chunks + manifest.questions + len(manifest.versions)
                records -= sum(layer.size for layer in kept)
                self._require_room(_ROOM + records * (_ROOM_OF_RECORD + 5 * manifest.dimension))
                folder = self._folder / name
                layers.append(Layer.of(Segment(folder, write(folder)), ()))
            reader = EdgeReader(manifest, layers)
            parts = tuple(
                Part(layer.segment.name, layer.segment.checksum, tuple(sorted(layer.without))) for layer in layers
            )
            with self._opening, writable(self._folder):
                state = State(
                    before.epoch if before else write_epoch(self._folder / f"epoch-{name}", manifest), parts, manifest
                )
                write_state(self._current, state)
                self._state, self._stamp = state, _stamp(self._current)
                self._open = (state, reader) if before else None  # whoever writes all of it seldom reads it
        finally:
            self._sweep()

    def _opened(self) -> tuple[State, EdgeReader]:
        """Open the index (`ChunkStore.reader`), with its state."""
        with self._opening:
            while True:
                state = self._read()
                if state is None:
                    raise IndexMissing("There is no index yet.", remedy="Run `kb index`.")
                try:
                    if self._open is None or self._open[0] is not state:
                        self._open = state, self._load(state)
                    return self._open
                except StoreUnavailable:
                    if self._read() is state:
                        raise  # it was not replaced while it was being opened: it is damaged

    def _load(self, state: State) -> EdgeReader:
        """Open the segments of a state, but for those that are open."""
        layers = self._open[1].layers if self._open else ()
        known = {(layer.segment.name, layer.segment.checksum): layer.segment for layer in layers}
        return EdgeReader(
            state.manifest,
            [
                Layer.of(
                    known.get((part.name, part.checksum)) or Segment(self._folder / part.name, part.checksum),
                    part.without,
                )
                for part in state.parts
            ],
        )

    def _read(self) -> State | None:
        """Read the state, if it is another than the last time; None if there is none."""
        try:
            with reachable(self._current):
                stamp = _stamp(self._current)
            while self._state is None or stamp != self._stamp:
                try:
                    self._state, self._stamp = read_state(self._current, self._state), stamp
                except StoreUnavailable:
                    before, stamp = stamp, _stamp(self._current)
                    if stamp == before:
                        raise  # it was not replaced while it was being read: it is damaged
        except FileNotFoundError:
            return None
        return self._state

    def _require_room(self, wanted: int) -> None:
        """Raise StoreUnavailable where fewer bytes than these are free: the engine dies on a full disk."""
        free = shutil.disk_usage(self._folder).free
        if free < wanted:
            raise StoreUnavailable(
                f"The disk of the index has {free / 1e6:,.0f} MB left; writing it wants {wanted / 1e6:,.0f} MB.",
                internal=f"The folder is `{self._folder}`.",
                remedy="Make room, or set KB_DATA_DIR to another disk; then run `kb index`.",
            )

    def _sweep(self) -> None:
        """Remove what is not of the current state."""
        try:
            with self._opening:
                state = self._read()
        except (IndexStale, StoreUnavailable):
            return  # it is not known what of it is needed
        kept = {_CURRENT, _LOCK, _OWNER, *(state.files if state else ())}
        for path in self._folder.iterdir():
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Lock the index (`ChunkStore.writing`). The process that has the lock may take it again."""
        owner = self._folder / _OWNER
        with writable(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o700)  # the texts of restricted notes are in it
            mark_format(self._folder.parent)
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
            if self._lock.lock_counter == 1:  # it is ours since just now
                with suppress(OSError):  # a full disk keeps nobody from taking notes out
                    write_file(owner, f"process {os.getpid()} (`{' '.join([Path(sys.argv[0]).name, *sys.argv[1:]])}`)")
            yield
        finally:
            self._lock.release()


def _writing(points: Iterable[Point], dimension: int) -> Callable[[Path], int] | None:
    """Return what writes points as a segment; None where there are none."""
    stream = iter(points)
    first = next(stream, None)
    return partial(write_segment, points=chain([first], stream), dimension=dimension) if first else None


def _stamp(file: Path) -> tuple[int, ...]:
    """Return what tells a file that was replaced from the one before it."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns, found.st_size
