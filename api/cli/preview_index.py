"""An index beside the index, with notes as they are in some folder: to try out what would be found, for nobody else."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final, NamedTuple

from filelock import FileLock

from kb.errors import IndexBusy, IndexMissing
from kb.settings import Settings

if TYPE_CHECKING:
    from ingest.indexing.delta import DeltaReport
    from kb.encoder.encoders import Encoder
    from search.service import Searcher

_PREFIX: Final = "preview-"
_LOCK: Final = "used.lock"
_SWEEPING: Final = "previews.lock"
_TRIES: Final = 20
"""How often a copy is begun of an index that is being written."""


class PreviewIndex(NamedTuple):
    """A searcher over the notes of a folder, and what became of those that the index has otherwise."""

    searcher: "Searcher"
    saved: "DeltaReport"


@contextmanager
def preview_index(settings: Settings, roots: Sequence[Path], model: "Encoder") -> Iterator[PreviewIndex]:
    """Open a copy of the index with the notes of these folders brought in, drafts included. It is gone afterwards.

    What is made of all notes (means, frequencies of words) is that of the index.
    Raises IndexMissing, IndexStale, IndexBusy.
    """
    from api.compose import store
    from ingest.indexing.delta import DeltaIndexer
    from kb.store.embedded.store import EdgeStore
    from kb.store.manifest import recipe
    from search.service import Searcher

    need_index(settings)
    with _folder(settings.data_dir) as folder:
        copy = EdgeStore(folder)
        if settings.qdrant_url is None:
            _copy(settings.data_dir, folder)
        else:
            reader = store(settings).reader()
            copy.replace(reader.points(), reader.manifest)
        with_drafts = settings.model_copy(update={"content_dirs": tuple(roots), "drafts": True})
        saved = DeltaIndexer(with_drafts, copy, model).update()
        made_by = recipe(model.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        yield PreviewIndex(Searcher(copy, model, made_by), saved)


def need_index(settings: Settings) -> None:
    """Raise IndexMissing where there is none to copy."""
    from api.compose import store

    if store(settings).info() is None:
        raise IndexMissing("There is no index yet.", remedy="Run `kb index`.")


def sweep(data_dir: Path) -> None:
    """Remove the copies of previews that were killed: they may hold what was withdrawn since."""
    if any(data_dir.glob(f"{_PREFIX}*")):
        with FileLock(data_dir / _SWEEPING):
            _sweep(data_dir)


def _sweep(data_dir: Path) -> None:
    for left in data_dir.glob(f"{_PREFIX}*"):
        with suppress(OSError), FileLock(left / _LOCK, timeout=0):  # one that is used is locked
            shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _folder(data_dir: Path) -> Iterator[Path]:
    """Make a folder that nobody sweeps while it is used, and that is gone afterwards."""
    sweeping = FileLock(data_dir / _SWEEPING)
    with sweeping:
        _sweep(data_dir)
        folder = Path(mkdtemp(prefix=_PREFIX, dir=data_dir))
        used = FileLock(folder / _LOCK)
        used.acquire()
    try:
        yield folder
    finally:
        with sweeping:
            shutil.rmtree(folder, ignore_errors=True)
            used.release()


def _copy(data_dir: Path, to: Path) -> None:
    """Copy the index. Whoever writes it meanwhile removes generations: then again. Raises IndexBusy."""
    current = data_dir / "index" / "CURRENT"
    for _ in range(_TRIES):
        with suppress(OSError, shutil.Error):
            before = current.read_text("utf-8")
            shutil.copytree(data_dir / "index", to / "index", ignore=shutil.ignore_patterns("write.*"))
            if current.read_text("utf-8") == before:
                return
        shutil.rmtree(to / "index", ignore_errors=True)
    raise IndexBusy("The index is being written all the time.", remedy="Wait a moment, then run it again.")
