"""Every error this product raises on purpose, named for what the reader must do about it.

    KbError
    ├── NoteError            fix the note (carries issues with path, line and code)
    ├── DocumentError        give another document: this one cannot be read
    ├── SettingsError        fix the settings
    ├── ModelError           fix the model files or the model's name
    ├── QueryError           ask differently (bad text, unknown filter value)
    ├── NotAuthenticated     send a key that is good, or none
    ├── TooMany              wait: more was asked than this caller may
    ├── IssuerUnavailable    retry later: who issues tokens does not answer
    ├── NotFound             nothing there, or nothing for this caller: the same answer
    ├── NotAllowed           use another method
    ├── WrongOrigin          ask with a program: a page of another site asked
    ├── TooLarge             send less
    ├── AddressTooLong       the same, in an address
    ├── TooSlow              send it faster
    ├── Overdue              retry later: the answer takes longer than callers may wait
    ├── IndexMissing         run `kb index`
    ├── IndexStale           run `kb index`: another model, chunking or schema made this index
    ├── IndexBusy            wait: another process is writing
    └── StoreUnavailable     retry later: the store does not answer

Message and remedy are English and go to every client, so they name no path, no content of a file and no foreign
exception. `internal` may: only the terminal prints it. Pages say it in the reader's language, in words for each code.
Foreign exceptions stop at `kb.store` and `kb.encoder` and become one of these.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from kb.issue import Issue

Code = Literal[
    "defect",
    "unavailable",
    "not_authenticated",
    "too_many",
    "no_page",
    "no_note",
    "not_allowed",
    "too_large",
    "refused",
    "control_characters",
    "empty",
    "repeated_parameter",
    "too_far",
    "too_long",
    "unknown_page",
    "unknown_parameter",
    "unknown_value",
]
"""What a page has words of its own for. Whatever only an operator can fix is the same to a reader."""


class KbError(Exception):
    """A failure with one clear message and, where there is one, its remedy.

    internal: a sentence for the operator alone: which file it is, what the system says of it
    code:     what a page says of it; each class has one, and a failure may have a narrower one
    values:   what differs from one failure of a code to the next
    """

    code: Code = "defect"

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        internal: str = "",
        code: Code | None = None,
        values: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.internal = internal
        self.code = code or self.code
        self.values = dict(values or {})

    def __str__(self) -> str:
        return " ".join(filter(None, (self.message, self.internal, self.remedy)))


class NoteError(KbError):
    """Notes that must be fixed before anything is indexed. `issues` holds all of them at once."""

    def __init__(self, message: str, issues: Sequence["Issue"] = (), *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.issues = tuple(issues)


class DocumentError(KbError):
    """A document that a note is to be begun from cannot be read. The message says why, without its name."""


class SettingsError(KbError):
    """A setting is unknown, out of bounds or contradicts another."""


class ModelError(KbError):
    """The encoder's files are missing, damaged, or of another model than asked for."""

    code = "unavailable"


class QueryError(KbError):
    """The question cannot be answered as asked. `field` names the parameter, `allowed` its known values.

    place: of several questions that were asked together, the number of this, from 0
    """

    code: Code = "refused"
    place: int | None = None

    def __init__(
        self,
        message: str,
        *,
        field: str = "q",
        allowed: Sequence[str] = (),
        remedy: str = "",
        code: Code | None = None,
        values: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy, code=code, values=values)
        self.field = field
        self.allowed = tuple(allowed)


@contextmanager
def placed(place: int) -> Iterator[None]:
    """Note in a QueryError which of several questions it is about."""
    try:
        yield
    except QueryError as error:
        error.place = place
        raise


class NotAuthenticated(KbError):
    """The caller's credentials are not good. Never answered as if there were none."""

    code = "not_authenticated"


class TooMany(KbError):
    """More was asked in a time than this caller may. `seconds`: after which more can be asked."""

    code = "too_many"

    def __init__(self, message: str, seconds: int = 60, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy, values={"seconds": seconds})
        self.seconds = seconds


class IssuerUnavailable(KbError):
    """The issuer of tokens does not answer, and nothing is known of its keys."""

    code = "unavailable"


class NotFound(KbError):
    """Nothing is there for this caller: not existing and not allowed are the same answer."""

    code = "no_note"


class NotAllowed(KbError):
    """What is there cannot be asked in that way."""

    code = "not_allowed"


class WrongOrigin(KbError):
    """A page of another site asks, by its reader's browser."""

    code = "not_allowed"


class TooLarge(KbError):
    """More was sent than is read."""

    code = "too_large"


class AddressTooLong(KbError):
    """An address has more than is read."""

    code = "too_large"


class TooSlow(KbError):
    """What is sent takes longer to arrive than is waited for."""

    code = "refused"


class Overdue(KbError):
    """The answer takes longer than a caller may wait."""

    code = "unavailable"


class IndexMissing(KbError):
    """There is no index yet."""

    code = "unavailable"


class IndexStale(KbError):
    """The index was made by another model, chunking or schema than these settings ask for."""

    code = "unavailable"


class IndexBusy(KbError):
    """Another process is writing the index. The message names it."""

    code = "unavailable"


class StoreUnavailable(KbError):
    """The store does not answer. Never answered as an empty result list."""

    code = "unavailable"
