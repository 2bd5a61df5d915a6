"""What readers say of notes, in a file of the data directory: the server adds to it, `kb feedback` reads and closes.

Lines of JSON, only ever appended: a feedback, or which ones an editor has closed. Nothing says whose a feedback is.
"""

import secrets
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from kb.errors import NotFound, StoreUnavailable
from kb.files import append_line

MOST_BYTES: Final = 10_000_000
"""Size of the file from which on no feedback is taken."""


class FeedbackKind(StrEnum):
    """What a reader may say of a note."""

    USEFUL = "useful"
    NOT_USEFUL = "not_useful"
    ERROR = "error"


class Feedback(BaseModel):
    """Describes what somebody said of a note.

    read: the language of the version that was read; closed: when an editor closed it; None: it is open
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    when: datetime
    note: str
    read: str
    kind: FeedbackKind
    text: str
    closed: datetime | None = None


class _Closing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    when: datetime
    closes: tuple[str, ...]


_LINE: Final = TypeAdapter[Feedback | _Closing](Feedback | _Closing)


class FeedbackFile:
    """All feedback of an installation. Safe to share between threads and processes.

    Raises StoreUnavailable where the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def is_full(self) -> bool:
        """Return whether no more is taken until somebody moves the file away."""
        with suppress(OSError):
            return self._path.stat().st_size >= MOST_BYTES
        return False

    def all(self) -> tuple[Feedback, ...]:
        """Return all that was said, the oldest first. Half a line, left by a full disk, counts for none."""
        known: dict[str, Feedback] = {}
        for line in self._lines():
            try:
                said = _LINE.validate_json(line)
            except ValidationError:
                continue
            if isinstance(said, Feedback):
                known[said.id] = said
                continue
            for each in known.keys() & said.closes:
                known[each] = known[each].model_copy(update={"closed": said.when})
        return tuple(known.values())

    def damaged_lines(self) -> list[int]:
        """Return the numbers of lines that count for none."""
        found = []
        for number, line in enumerate(self._lines(), 1):
            try:
                _LINE.validate_json(line)
            except ValidationError:
                found.append(number)
        return found

    def add(self, note: str, read: str, kind: FeedbackKind, text: str) -> None:
        """Keep what somebody says of a note."""
        if self.is_full:
            raise _unavailable("The file of feedback is full.")
        said = Feedback(id=secrets.token_hex(8), when=_now(), note=note, read=read, kind=kind, text=text)
        self._append(said)

    def close(self, ids: Collection[str]) -> tuple[Feedback, ...]:
        """Close these, all or none, and return those that were open.

        Raises NotFound where one is not there.
        """
        known = {each.id: each for each in self.all()}
        if missing := [each for each in ids if each not in known]:
            raise NotFound(f"There is no feedback `{missing[0][:40]}`.", remedy="`kb feedback list --all` shows all.")
        was_open = tuple(known[each] for each in dict.fromkeys(ids) if known[each].closed is None)
        if was_open:
            self._append(_Closing(when=_now(), closes=tuple(each.id for each in was_open)))
        return was_open

    def _lines(self) -> list[bytes]:
        try:
            return self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unavailable("The file of feedback cannot be read.", f"`{self._path}`: {error}.") from error

    def _append(self, line: BaseModel) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            append_line(self._path, line.model_dump_json(exclude_none=True).encode())
        except OSError as error:
            raise _unavailable("The file of feedback cannot be written.", f"`{self._path}`: {error}.") from error


def _now() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


def _unavailable(message: str, internal: str = "") -> StoreUnavailable:
    remedy = "Try again later; if it persists, tell the operator of this server."
    return StoreUnavailable(message, remedy=remedy, internal=internal, code="feedback_unavailable")
