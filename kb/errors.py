"""Every error this product raises on purpose; each class says what the reader must do about it.

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
    "signed_out",
    "too_many",
    "too_many_keys",
    "other_site",
    "no_page",
    "no_note",
    "no_utf_8",
    "not_comparable",
    "feedback_incomplete",
    "feedback_too_long",
    "feedback_unavailable",
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
"""Errors that pages have words of their own for. Whatever only an operator can fix is the same to a reader."""


class KbError(Exception):
    """A failure with one clear message and, where there is one, its remedy.

    internal: a sentence for the operator alone: which file it is, what the system says of it
    code:     what a page says of it; each class has one, and a failure may have a narrower one
    values:   what differs from one failure of a code to the next
    who:      who was refused, as logs name callers, where that is known; for the security log alone
    """

    code: Code = "defect"
    who = ""

    def __init_subclass__(cls, code: Code | None = None) -> None:
        cls.code = code or cls.code

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
    """Fix the notes before anything is indexed. `issues` has all of them at once, with path, line and code."""

    def __init__(self, message: str, issues: Sequence["Issue"] = (), *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.issues = tuple(issues)


class DocumentError(KbError):
    """Give another document: a note cannot be begun from this. The message says why, without its name."""


class SettingsError(KbError):
    """Fix the settings: one is unknown, out of bounds or contradicts another."""


class ModelError(KbError, code="unavailable"):
    """Fix the model's name or its files: they are missing, damaged, or of another model than asked for."""


class QueryError(KbError, code="refused"):
    """Ask differently: `field` names the parameter that cannot be answered, `allowed` its known values.

    place: of several questions that were asked together, the number of this, from 0
    """

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


class NotAuthenticated(KbError, code="not_authenticated"):
    """Send a key that is good, or none: bad credentials are never answered as if there were none. `signed_out`: the
    cookie of a reader had it.
    """


class TooMany(KbError, code="too_many"):
    """Wait: more was asked in a time than this caller may. Its value `seconds`: after which more can be asked."""


class BackupError(KbError):
    """Give another file, or another place: this is no backup, or must not be written or put back there."""


class IssuerUnavailable(KbError, code="unavailable"):
    """Retry later: the issuer of tokens does not answer, and nothing is known of its keys."""


class NotFound(KbError, code="no_note"):
    """Nothing is there for this caller: not existing and not allowed are the same answer."""


class NotAllowed(KbError, code="not_allowed"):
    """Use another method: what is there cannot be asked in that way."""


class WrongOrigin(KbError, code="other_site"):
    """Ask with a program, or on a page of this server: a page of another site asks, by its reader's browser."""


class TooLarge(KbError, code="too_large"):
    """Send less: more was sent than is read."""


class AddressTooLong(KbError, code="too_large"):
    """Send less in the address: it has more than is read."""


class TooSlow(KbError, code="refused"):
    """Send it faster: it takes longer to arrive than is waited for."""


class Overdue(KbError, code="unavailable"):
    """Retry later: the answer takes longer than a caller may wait."""


class IndexMissing(KbError, code="unavailable"):
    """Run `kb index`: there is no index yet."""


class IndexStale(KbError, code="unavailable"):
    """Run `kb index`: another model, chunking or schema made the index than these settings ask for."""


class IndexBusy(KbError, code="unavailable"):
    """Wait: another process is writing the index. The message names it."""


class StoreUnavailable(KbError, code="unavailable"):
    """Retry later: the store does not answer. Never answered as an empty result list."""
