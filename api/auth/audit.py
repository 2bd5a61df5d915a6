"""The audit log: who was shown which restricted note, and when. Lines of JSON, only ever appended.

Each line names the SHA-256 of the line before it (`before`), also across files where one was renamed, so that what is
changed or taken out later breaks the chain. The hash of the last line also stands in a small file beside it: else the
end could be cut off unseen. Lines of earlier versions name none, and stand before the chain.

Holds no question, no address and no key: `who` is the id of a key, or the subject of a token.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

from filelock import FileLock

from kb.errors import SettingsError, StoreUnavailable
from kb.files import append_line
from kb.text.languages import Language

_TAIL: Final = 32_768
"""Bytes at the end of the file in which the last line stands, but for one that is longer."""
_PATIENCE: Final = 10
"""Seconds to wait for other processes that write it."""


class AuditLog:
    """The log in a file. Safe to share between threads and processes, and with whoever renames the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._head = head_file(path)
        self._lock = Lock()
        self._between_processes = FileLock(
            path.with_suffix(".lock"), _PATIENCE, thread_local=False, poll_interval=0.002
        )

    def write(self, who: str, route: str, note_ids: Iterable[str], version: Language | None, request: str = "") -> str:
        """Append that somebody is about to be shown notes: all of a version of them, or that they are there (None).
        Returns the hash of the last line. request: its number

        Raises StoreUnavailable if it cannot be written and flushed, so that nothing is shown.
        """
        try:
            with self._lock, self._between_processes:
                before, lines = self._last(), []
                when = datetime.now(UTC).isoformat(timespec="milliseconds")
                for note_id in note_ids:
                    shown = {"when": when, "who": who, "note": note_id, "read": version, "route": route}
                    line = json.dumps({**shown, "request": request, "before": before}).encode()
                    before = _hash(line)
                    lines.append(line)
                append_line(self._path, b"\n".join(lines), flushed=True)
                self._remember(before)
                return before or ""
        except OSError as error:
            raise _unwritable(error) from error

    def check(self) -> None:
        """Raise StoreUnavailable if it cannot be written. Writes nothing."""
        place = self._path if self._path.exists() else self._path.parent
        if self._path.is_dir() or not os.access(place, os.W_OK):
            raise _unwritable(PermissionError(0, "it is no file that this server may write"))
        if not os.statvfs(self._path.parent).f_bavail:
            raise _unwritable(OSError(0, "the disk is full"))

    def _last(self) -> str | None:
        """Return the hash of the line that was written last; None if there never was one."""
        head = known_head(self._path)
        if not self._path.is_file():
            return head  # it was renamed, or is a pipe
        with suppress(FileNotFoundError):  # who renames it may do so at any moment
            with self._path.open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
                last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
            if head and _hash(last) == head:
                return head
            *_, end = (None, *(line.hash for line in _lines(self._path)))
            # After a power cut the file may be ahead of what is known of it; where it lacks that, its end was cut off.
            return end if head is None or any(line.before == head for line in _lines(self._path)) else head
        return head

    def _remember(self, last: str | None) -> None:
        descriptor = os.open(self._head, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.pwrite(descriptor, f"{last}\n".encode(), 0)
        finally:
            os.close(descriptor)


class Line(NamedTuple):
    """A whole line of the log. before: the hash that it names; is_chained: whether it names one, or that none was."""

    path: Path
    number: int
    hash: str
    before: str | None
    is_chained: bool
    when: str


class Break(NamedTuple):
    """Where the chain is broken, and what that means."""

    path: Path
    number: int
    meaning: str


class Verified(NamedTuple):
    """What became of a chain.

    lines: how many there are; unchained: how many of them are of earlier versions, before the chain
    begins_with: the hash that the first names; last: that of the last
    """

    lines: int
    unchained: int
    begins_with: str | None
    last: str | None
    breaks: tuple[Break, ...]


def verify(paths: Sequence[Path], head: str | None) -> Verified:
    """Look at files that follow each other, in any order. head: the hash that must be in them; None: any

    Raises SettingsError where one cannot be read. What is no whole line counts for nothing: nobody was shown anything.
    """
    try:
        files = [lines for path in dict.fromkeys(paths) if (lines := [*_lines(path)])]
    except OSError as error:
        raise SettingsError(
            f"`{error.filename}` cannot be read: {error.strerror}.", remedy="Name other files."
        ) from error
    lines = [line for each in _in_order(files) for line in each]
    chained = next((place for place, line in enumerate(lines) if line.is_chained), len(lines))
    breaks = []
    for line, last in zip(lines[max(chained, 1) :], lines[max(chained, 1) - 1 :], strict=False):
        if line.before != last.hash:
            meaning = "what stood before it was changed or taken out" if line.is_chained else "it was put in"
            breaks.append(Break(line.path, line.number, meaning))
    last = lines[-1] if lines else Line(paths[-1], 0, "", None, False, "")
    if head and head != last.hash and head not in {line.before for line in lines}:
        breaks.append(Break(last.path, last.number, "it was changed, or what stood after it was taken out"))
    begins_with = lines[chained].before if chained < len(lines) and not chained else None
    return Verified(len(lines), chained, begins_with, last.hash or None, tuple(breaks))


def head_file(path: Path) -> Path:
    """Return where the hash of the last line of a log stands."""
    return path.with_suffix(".head")


def known_head(path: Path) -> str | None:
    """Return the hash of the line that was written last into a log, if that is known."""
    with suppress(OSError, ValueError):
        text = head_file(path).read_text("ascii").strip()
        if len(bytes.fromhex(text)) == sha256().digest_size:
            return text
    return None


def _lines(path: Path) -> Iterator[Line]:
    """Yield the whole lines of a file. Raises OSError."""
    with path.open("rb") as file:
        for number, read in enumerate(file, 1):
            text = read.rstrip(b"\n")
            entry: Any = None
            with suppress(ValueError, RecursionError):
                entry = json.loads(text)
            if isinstance(entry, Mapping):
                named, when = entry.get("before"), str(entry.get("when", ""))
                if not isinstance(named, str | None):
                    named = ""  # no hash: nothing stood before it
                yield Line(path, number, _hash(text), named, "before" in entry, when)


def _in_order(files: Iterable[list[Line]]) -> Iterator[list[Line]]:
    """Yield each file after the one that it follows; those that follow none in the order of time.

    Of several that follow the same one, all but the first stand where they do not fit.
    """
    files = sorted(files, key=lambda lines: lines[0].when)
    ends = {lines[-1].hash for lines in files}
    following: dict[str | None, list[list[Line]]] = {}
    for lines in files:
        following.setdefault(lines[0].before if lines[0].before in ends else None, []).append(lines)
    waiting = following.pop(None, [])
    while waiting:
        lines = waiting.pop(0)
        yield lines
        waiting = following.pop(lines[-1].hash, []) + waiting


def _hash(line: bytes) -> str:
    return sha256(line).hexdigest()


def _unwritable(error: OSError) -> StoreUnavailable:
    why = error.strerror or type(error).__name__
    return StoreUnavailable(
        f"The audit log cannot be written: {why}. Restricted notes are shown to nobody until it can.",
        remedy="Tell the operator of this server.",
    )
