"""Every error this product raises on purpose, named for what the reader must do about it.

    KbError
    ├── NoteError            mend the note (carries problems with path, line and code)
    ├── SettingsError        mend the settings
    ├── ModelError           mend the model files or the model's name
    ├── QueryError           ask differently (bad text, unknown filter value)
    ├── NotFound             the id does not exist, or is not for this caller: the same answer
    ├── IndexMissing         run `kb index`
    ├── IndexStale           run `kb index`: another model, chunking or schema made this index
    ├── IndexBusy            wait: another process is writing
    └── StoreUnavailable     retry later: the store does not answer

Refuses to carry tracebacks or foreign exceptions: those stop at `kb.engines` and become one of these.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.problem import Problem


class KbError(Exception):
    """A failure with one clear message and, where there is one, its remedy."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class NoteError(KbError):
    """Notes that must be mended before anything is indexed. `problems` holds all of them at once."""

    def __init__(self, message: str, problems: Sequence["Problem"] = (), *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.problems = tuple(problems)


class SettingsError(KbError):
    """A setting is unknown, out of bounds or contradicts another."""


class ModelError(KbError):
    """The encoder's files are missing, damaged, or of another model than asked for."""


class QueryError(KbError):
    """The question cannot be answered as asked. `field` names the parameter, `allowed` its known values."""

    def __init__(self, message: str, *, field: str = "q", allowed: Sequence[str] = (), remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.field = field
        self.allowed = tuple(allowed)


class NotFound(KbError):
    """No such note for this caller: not existing and not allowed are the same answer."""


class IndexMissing(KbError):
    """There is no index yet."""


class IndexStale(KbError):
    """The index was made by another model, chunking or schema than these settings ask for."""


class IndexBusy(KbError):
    """Another process is writing the index. The message names it."""


class StoreUnavailable(KbError):
    """The store does not answer. Never to be shown as an empty result list."""
