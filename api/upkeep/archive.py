"""The one file of a backup: a compressed tar, which begins with what made it and ends with the checksum of every file.

Reading believes nothing: only regular files, of the names that a backup has, of sizes that the disk has room for.
"""

import gzip
import hashlib
import json
import re
import shutil
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from os import fsync
from pathlib import Path
from typing import Any, BinaryIO, Final

from kb.errors import BackupError

FORMAT: Final = 1
"""Raise it when older programs would misread a backup."""
HEAD: Final = "backup.json"
_SUMS: Final = "checksums.json"
_PIECE: Final = 1 << 20
_MOST_FILES: Final = 20_000
_MOST_OF_WORDS: Final = 4 << 20
"""Bytes that the head, the checksums and what stands before a file may have."""
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,8}", re.ASCII)


class ArchiveWriter:
    """Writes a backup file by file. sizes: of what is in it, by name"""

    def __init__(self, file: BinaryIO, head: Mapping[str, Any]) -> None:
        """head: what made it"""
        self._zipped = gzip.GzipFile("", "wb", compresslevel=1, fileobj=file)
        self._tar = tarfile.open(fileobj=self._zipped, mode="w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - `close`
        self._sums: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._add_json(HEAD, {"format": FORMAT, **head})

    def add(self, name: str, file: BinaryIO, size: int) -> None:
        """Add the first bytes of a file. Raises OSError, also where it has fewer."""
        reading = _Summed(file)
        member = tarfile.TarInfo(name)
        member.size, member.mode, member.mtime = size, 0o600, int(time.time())
        self._tar.addfile(member, reading)  # type: ignore[arg-type]  # it is only read
        self._sums[name], self.sizes[name] = reading.sha256.hexdigest(), size

    def close(self) -> None:
        """End it. Without this it is no backup."""
        self._add_json(_SUMS, self._sums)
        self._tar.close()
        self._zipped.close()

    def _add_json(self, name: str, content: Any) -> None:
        written = json.dumps(content, indent=1).encode()
        self.add(name, BytesIO(written), len(written))


class _Summed:
    """A file that is read, and the checksum of what was."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.sha256.update(piece)
        return piece


class _Metered:
    """What comes out of a compressed file, no more than is expected: a small file can hold very much."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self.left = _MOST_OF_WORDS

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.left -= len(piece)
        if self.left < 0:
            raise ValueError
        return piece


def extract(file: Path, folder: Path, is_wanted: Callable[[str], bool]) -> dict[str, Any]:
    """Write the files of a backup into an empty folder, all of them verified. Returns its head.

    is_wanted: whether a backup has files of this name. Raises BackupError, StoreUnavailable.
    """
    head: dict[str, Any] = {}
    sums: dict[str, str] | None = None
    found: dict[str, str] = {}
    with _readable(file) as tar:
        for member, content in tar:
            if member.size > shutil.disk_usage(folder).free:
                raise BackupError("The disk has no room for what is in the backup.", remedy="Make room there.")
            if sums is not None:
                raise ValueError
            if member.name == HEAD and not found:
                head, found[HEAD] = _read_head(content(_MOST_OF_WORDS)), ""
            elif not found:
                raise ValueError
            elif member.name == _SUMS:
                sums = json.loads(content(_MOST_OF_WORDS))
            elif member.name in found or not _NAME.fullmatch(member.name) or not is_wanted(member.name):
                raise ValueError
            else:
                found[member.name] = _write(folder / member.name, content)
    found.pop(HEAD, None)
    if not isinstance(sums, dict) or {name: sum_ for name, sum_ in sums.items() if name != HEAD} != found:
        raise _damaged()
    return head


_Content = Callable[[int], bytes]


@contextmanager
def _readable(file: Path) -> Iterator[Iterator[tuple[tarfile.TarInfo, _Content]]]:
    """Yield the members of an archive and what reads them. Raises BackupError for whatever is wrong with it."""
    try:
        with file.open("rb") as opened, gzip.GzipFile("", "rb", fileobj=opened) as unzipped:
            yield _members(_Metered(unzipped))
    except OSError as error:
        if error.filename == str(file):
            raise BackupError(f"`{file}` cannot be read: {error.strerror}.", remedy="Name a backup.") from error
        raise _damaged() from error
    except (
        tarfile.TarError,
        zlib.error,
        ArithmeticError,
        EOFError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise _damaged() from error


def _members(metered: _Metered) -> Iterator[tuple[tarfile.TarInfo, _Content]]:
    with tarfile.open(fileobj=metered, mode="r|") as tar:  # type: ignore[call-overload]  # it is only read
        for _ in range(_MOST_FILES):
            metered.left = _MOST_OF_WORDS
            if (member := tar.next()) is None:
                while metered.read(_PIECE):  # the checksum of all of it stands at its end
                    pass
                return
            opened = tar.extractfile(member) if member.isreg() and not member.issparse() else None
            if opened is None or member.size < 0:
                raise ValueError  # a link, a folder, a device
            metered.left = member.size + _MOST_OF_WORDS
            yield member, opened.read
    raise ValueError


def _read_head(written: bytes) -> dict[str, Any]:
    given = dict(json.loads(written))
    head = {
        "format": int(given["format"]),
        "settings": {_plain(name): _plain(value) for name, value in dict(given.get("settings", {})).items()},
        **{name: _plain(given.get(name, "")) for name in ("made", "program")},
    }
    if head["format"] > FORMAT:
        raise BackupError(
            f"The backup has the format {head['format']}, and this version of the program reads {FORMAT}.",
            remedy="Restore it with the version that made it, or a later one.",
        )
    return head


def _plain(value: Any) -> Any:
    """Return a value that a terminal can show: a text without signs that would steer it."""
    return "".join(filter(str.isprintable, value)) if isinstance(value, str) else value


def _write(path: Path, content: _Content) -> str:
    """Write a file, and leave holes where it has only zeros. Returns its checksum."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sha256 = hashlib.sha256()
        with path.open("xb") as file:
            path.chmod(0o600)
            while piece := content(_PIECE):
                sha256.update(piece)
                if piece.strip(b"\0"):
                    file.write(piece)
                else:
                    file.seek(len(piece), 1)
            file.truncate()
            file.flush()
            fsync(file.fileno())
    except OSError as error:
        if error.filename is None and not error.errno:  # of the archive
            raise
        reason = error.strerror or type(error).__name__
        raise BackupError(f"The backup cannot be unpacked: {reason}.", remedy="Make room on the disk.") from error
    return sha256.hexdigest()


def _damaged() -> BackupError:
    return BackupError("The file is no backup, or it is damaged. Nothing was changed.", remedy="Take another backup.")
