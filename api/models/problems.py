"""KbError -> problem JSON (RFC 9457): the table of kinds. One form for every error an API caller can meet."""

from typing import Any, Final, NamedTuple

from pydantic import BaseModel, Field
from pydantic.config import JsonDict

from kb import errors

MEDIA_TYPE: Final = "application/problem+json"

PATH: Final = "/problems"
"""The page that says what each kind of problem means. A kind stands there under its code."""


class ProblemKind(NamedTuple):
    """What problems of a kind have in common. Code and status are a promise.

    remedy: what a caller can do, as the page says it
    """

    code: str
    status: int
    title: str
    remedy: str


_LATER: Final = "Ask again later; if it stays, tell the operator."
_OPERATOR: Final = "Tell the operator, who finds the remedy in the log."
KINDS: Final[dict[type[errors.KbError], ProblemKind]] = {
    kind: ProblemKind(*told)
    for kind, told in {
        errors.QueryError: (
            "invalid-request",
            400,
            "The question cannot be answered as asked",
            "Change what `field` names: `allowed` lists what it accepts, `remedy` says what was probably meant.",
        ),
        errors.NotAuthenticated: (
            "not-authenticated",
            401,
            "The credentials are not good",
            "Send a key or a token that is good, or none for what is public.",
        ),
        errors.WrongOrigin: (
            "wrong-origin",
            403,
            "Not answered to pages of other sites",
            "Ask with a program, or from a site that the operator names in `KB_CORS_ORIGINS`.",
        ),
        errors.NotFound: (
            "not-found",
            404,
            "Not found",
            "Search for it. What does not exist and what you may not see get the same answer.",
        ),
        errors.NotAllowed: (
            "method-not-allowed",
            405,
            "Not allowed here",
            "Use one of the methods that the header `Allow` lists.",
        ),
        errors.TooSlow: ("too-slow", 408, "The request took too long to arrive", "Send it again, all at once."),
        errors.TooLarge: ("body-too-large", 413, "The request is too large", "Send less, in several requests."),
        errors.AddressTooLong: (
            "address-too-long",
            414,
            "The address is too long",
            "Send the question as JSON with `POST`.",
        ),
        errors.TooMany: (
            "too-many-requests",
            429,
            "Too many requests",
            "Wait for as many seconds as the header `Retry-After` says.",
        ),
        errors.NoteError: ("invalid-note", 422, "A note has errors", "Mend the note, as `kb lint` says."),
        errors.DocumentError: ("unreadable-document", 422, "A document cannot be read", "Give another document."),
        errors.BackupError: ("backup-failed", 422, "A backup cannot be made or put back", "Use another file."),
        errors.IndexMissing: ("index-missing", 503, "There is no index", _LATER),
        errors.IndexStale: ("index-stale", 503, "The index does not fit the settings", _LATER),
        errors.IndexBusy: ("index-busy", 503, "The index is being written", _LATER),
        errors.StoreUnavailable: ("store-unavailable", 503, "The store does not answer", _LATER),
        errors.IssuerUnavailable: ("issuer-unavailable", 503, "The issuer of tokens does not answer", _LATER),
        errors.Overdue: ("overdue", 503, "The answer takes too long", "Ask again later, or for less."),
        errors.ModelError: ("encoder-unavailable", 503, "The encoder cannot be loaded", _LATER),
        errors.SettingsError: ("invalid-settings", 500, "A setting is wrong", _OPERATOR),
        errors.KbError: (
            "defect",
            500,
            "Something went wrong",
            "Tell the operator the time of the answer, and its header `X-Request-ID`.",
        ),
    }.items()
}
"""Error class -> the kind of its problems. The nearest class in the error's ancestry counts."""


def _left_out(description: str) -> Any:
    """Return a member that is left out where there is nothing to say: with a default clients would take it as there."""

    def without_default(schema: JsonDict) -> None:
        schema.pop("default")

    return Field(None, description=description, json_schema_extra=without_default)


class Problem(BaseModel):
    """An error, as RFC 9457 writes it, with what the caller can do about it."""

    type: str = Field(description="The page that says what kind of problem it is, relative to this server.")
    code: str = Field(description="What kind of problem it is, in a word that stays the same.")
    title: str = Field(description="What kind of problem it is, the same for all of its kind.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time.")
    remedy: str | None = _left_out("What to do about it.")
    field: str | None = _left_out("The parameter that is wrong.")
    allowed: list[str] | None = _left_out("The values it accepts; of organisations, the nearest.")


def problem(error: errors.KbError) -> Problem:
    """Return the problem for an error."""
    kind = next(KINDS[each] for each in type(error).__mro__ if each in KINDS)
    asked = error if isinstance(error, errors.QueryError) else None
    return Problem(
        type=f"{PATH}#{kind.code}",
        code=kind.code,
        title=kind.title,
        status=kind.status,
        detail=error.message,
        remedy=error.remedy or None,
        field=asked.field if asked else None,
        allowed=list(asked.allowed) or None if asked else None,
    )


def headers(error: errors.KbError) -> dict[str, str]:
    """Return the headers that an error's answer has besides."""
    if isinstance(error, errors.NotAuthenticated):
        return {"WWW-Authenticate": 'Bearer realm="kb"'}
    return {"Retry-After": str(error.values["seconds"])} if isinstance(error, errors.TooMany) else {}
