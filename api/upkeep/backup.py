"""Backup of a data directory while it is in use, and its way back.

What is restored is written beside, verified, and then put in place name by name; what was there is set aside. A kill
leaves the old, or the new, or both: the next restore first ends what was begun.
"""

import os
import re
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout
from pydantic import SecretStr

from api.auth.audit import head_file
from api.auth.key_file import KeyFile
from api.compose import embedded_store
from api.own_socket import is_served
from api.upkeep.archive import ArchiveWriter, extract
from ingest.indexing.fingerprint import FILES as LAST_RUN
from kb.encoder.vector_cache import cache_path
from kb.errors import BackupError, IndexStale
from kb.settings import PREFIX, Settings
from kb.store.manifest import SCHEMA_VERSION

SMALL: Final = 32_000_000
"""Bytes of vectors that are in a backup without being asked for: they can be made anew."""
RESTORED: Final = ".restored"
"""The folder with what is whole, verified, and yet to be put in place."""
ASIDE: Final = "before-restore-"
"""How the folder begins with what was there before."""
_RESTORING: Final = ".restoring-"
_INDEX: Final = "index"
_SECRET: Final = re.compile(r"(?<=//)[^\s,]*@|\?[^\s,]*")
"""What stands before the host of an address, and its query: perhaps a password."""
_BESIDE_CACHE: Final = ("-wal", "-shm", "-journal")
"""How the files begin to end that SQLite keeps beside another."""
_UNFINISHED: Final = re.compile(r"\d+(?:\.vectors(?:-wal|-shm|-journal)?)?")
"""How files end that a process writes beside a backup: its number, and whether they are the vectors it copies."""
_PATIENCE: Final = 10
"""Seconds to wait for whoever writes keys or the audit log."""


@dataclass(frozen=True)
class BackedUp:
    """sizes: of what is in a backup, by name, in bytes; left_out: whether vectors are not, since they are many."""

    sizes: Mapping[str, int]
    left_out: bool

    @property
    def has_index(self) -> bool:
        """Whether an index is in it: one on a Qdrant server is not."""
        return any(name.startswith(f"{_INDEX}/") for name in self.sizes)


@dataclass(frozen=True)
class Restored:
    """made, program: when a backup was made, by which version; settings: those it was made under that are others here

    stale: whether `kb index` must bring the index up to date first; aside: where what was there is; None: nothing was
    """

    made: str
    program: str
    settings: Mapping[str, Any]
    stale: bool
    aside: Path | None


def back_up(settings: Settings, file: Path, *, vectors: bool = False) -> BackedUp:
    """Write a backup of the data directory into a new file, for its owner alone. Others may write meanwhile.

    vectors: with those of the cache, however many. Raises BackupError, StoreUnavailable.
    """
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    copy = Path(f"{unfinished}.vectors")
    _open_as_many_files_as_allowed()
    try:
        if file.exists():
            raise _taken(file)
        for beside in file.parent.iterdir():  # what a killed process has left
            if beside.name.startswith(f".{file.name}.") and _UNFINISHED.fullmatch(beside.name[len(file.name) + 2 :]):
                beside.unlink()
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            made = _write(settings, ArchiveWriter(opened, _head(settings)), copy, vectors)
            opened.flush()
            os.fsync(opened.fileno())
        os.link(unfinished, file)  # which replaces none that came meanwhile
    except FileExistsError as error:
        raise _taken(file) from error
    except (OSError, sqlite3.Error) as error:
        raise BackupError(
            f"The backup cannot be made: {error}.", remedy="Choose a folder that can be written, with room in it."
        ) from error
    finally:
        for path in (unfinished, copy):
            with suppress(OSError):
                path.unlink()
    return made


def _taken(file: Path) -> BackupError:
    return BackupError(f"`{file}` is there already.", remedy="Choose another name.")


def _open_as_many_files_as_allowed() -> None:
    """Let this process have all files of an index open, of which there are some 18 for each of its parts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _head(settings: Settings) -> dict[str, Any]:
    return {
        "program": version("benelux-practice-base"),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": shown_settings(settings),
    }


def shown_settings(settings: Settings) -> dict[str, Any]:
    """Return the settings that are no defaults, without secrets, as they are named in the environment."""
    secret = {name for name, value in settings if isinstance(value, SecretStr)}
    given = settings.model_dump(mode="json", exclude_defaults=True, exclude=secret)
    return {
        PREFIX + name.upper(): _SECRET.sub("", value) if isinstance(value, str) else value
        for name, value in given.items()
    }


def _write(settings: Settings, archive: ArchiveWriter, copy: Path, vectors: bool) -> BackedUp:
    """Write what a backup has. copy: where vectors are copied, which is for the caller to remove"""
    data = settings.data_dir
    cache = cache_path(data)
    is_large = cache.exists() and cache.stat().st_size > SMALL
    # Keys first: one that is revoked meanwhile stays so in what it opens.
    # The hash of the last line of the audit log before the log: this may be ahead of what is known of it.
    audit = (head_file(settings.audit_log), settings.audit_log)
    for path in (settings.key_file, settings.feedback_file, *audit, *(data / name for name in LAST_RUN)):
        with suppress(FileNotFoundError), path.open("rb") as opened:
            archive.add(path.name, opened, os.fstat(opened.fileno()).st_size)
    with embedded_store(settings).open_files() as files:
        for name, held in files.items():
            archive.add(name, held, os.fstat(held.fileno()).st_size)
    if cache.exists() and (vectors or not is_large):
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(cache, timeout=30)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        with copy.open("rb") as opened:
            archive.add(cache.name, opened, os.fstat(opened.fileno()).st_size)
    if len(archive.sizes) == 1:  # what made it
        raise BackupError(f"There is nothing to back up in `{data}`.", remedy="Set KB_DATA_DIR to where the index is.")
    archive.close()
    return BackedUp(archive.sizes, is_large and not vectors)


def restore(settings: Settings, file: Path, *, replace: bool = False) -> Restored:
    """Put a backup in place, once all of it is verified.

    replace: also where a server runs or something is there, which is set aside. Raises BackupError, IndexBusy,
    StoreUnavailable; then what was there is untouched.
    """
    data = settings.data_dir
    names = _names(settings)
    with _refusing():
        there = [name for name in names if _is_there(data / name)]
        if not replace and (there or is_served(data)):
            why = f"has {', '.join(there)}" if there else "is used by a server"
            raise BackupError(
                f"The data directory `{data}` {why}.",
                remedy="Set KB_DATA_DIR to an empty folder, or add `--replace`, which sets aside what is there.",
            )
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with embedded_store(settings).writing():  # nobody writes an index that is being replaced
            for left_by_a_killed_process in data.glob(f"{_RESTORING}*"):
                shutil.rmtree(left_by_a_killed_process)
            beside = Path(tempfile.mkdtemp(prefix=_RESTORING, dir=data))
            try:
                head = extract(file, beside, lambda name: name in names or name.startswith(f"{_INDEX}/"))
                if (beside / _INDEX).exists():
                    (beside / _INDEX).chmod(0o700)
                stale = _verified(settings.model_copy(update={"data_dir": beside}))
                _pair_audit(settings, beside)
                with _unwritten(settings):
                    aside = put_in_place(data, names)  # what another restore has left
                    beside.rename(data / RESTORED)
                    aside = put_in_place(data, names) or aside
            finally:
                shutil.rmtree(beside, ignore_errors=True)
    here = shown_settings(settings)
    others = {name: value for name, value in head["settings"].items() if here.get(name) != value}
    return Restored(head["made"], head["program"], others, stale, aside)


def _pair_audit(settings: Settings, beside: Path) -> None:
    """Let the audit log and the hash of its last line be put in place together, though one was just begun anew."""
    pair = [beside / path.name for path in (head_file(settings.audit_log), settings.audit_log)]
    if any(path.exists() for path in pair):
        for path in pair:
            path.touch(0o600)


@contextmanager
def _unwritten(settings: Settings) -> Iterator[None]:
    """Have nobody write keys or the audit log meanwhile. Raises BackupError."""
    try:
        with (
            FileLock(settings.key_file.with_suffix(".lock"), _PATIENCE),
            FileLock(settings.audit_log.with_suffix(".lock"), _PATIENCE),
        ):
            yield
    except Timeout as error:
        raise BackupError("Keys or the audit log are being written.", remedy="Try again.") from error


def _names(settings: Settings) -> tuple[str, ...]:
    """Return what of a data directory a backup has, in the order in which it is put in place: the index last."""
    audit = (head_file(settings.audit_log), settings.audit_log)
    files = (settings.key_file, settings.feedback_file, *audit, cache_path(settings.data_dir))
    return (*LAST_RUN, *(path.name for path in files), _INDEX)


def _is_there(path: Path) -> bool:
    """Return whether something is kept there. A folder of an index that only was locked is empty."""
    inside = path.iterdir() if path.is_dir() else ()
    return any(each.name not in ("write.lock", "write.owner") for each in inside) or path.is_file()


def _verified(beside: Settings) -> bool:
    """Raise for what this program cannot read in a restored directory; return whether its index must be brought up to
    date.
    """
    KeyFile(beside.key_file).all()
    store = embedded_store(beside)
    try:
        if manifest := store.info():
            store.reader()
    except IndexStale:
        return True
    return manifest is not None and manifest.schema_version != SCHEMA_VERSION


def put_in_place(data: Path, names: tuple[str, ...]) -> Path | None:
    """Put in place what is restored and verified, if anything is, and return where what was there is now.

    May be killed at any moment and done again.
    """
    ready, aside = data / RESTORED, data / f"{ASIDE}{time.time_ns()}"
    if not ready.exists():
        return None
    for name in names:
        if not (ready / name).exists():
            continue
        for old in (data / name, *(data / f"{name}{ends}" for ends in _BESIDE_CACHE)):
            if _is_there(old):
                aside.mkdir(mode=0o700, exist_ok=True)
                old.rename(aside / old.name)
            elif old.is_dir():
                shutil.rmtree(old)
        (ready / name).rename(data / name)
    shutil.rmtree(ready)
    return aside if aside.exists() else None


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BackupError(
            f"The backup cannot be put in place: {error}.", remedy="Check KB_DATA_DIR and who may write it."
        ) from error
