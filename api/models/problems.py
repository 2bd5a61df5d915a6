"""KbError -> HTTP status and problem JSON (RFC 9457): the table. One form for every error an API caller can meet."""

from typing import Any, Final

from pydantic import BaseModel, Field

from kb.errors import (
    AddressTooLong,
    DocumentError,
    IndexBusy,
    IndexMissing,
    IndexStale,
    IssuerUnavailable,
    KbError,
    ModelError,
    NotAllowed,
    NotAuthenticated,
    NoteError,
    NotFound,
    Overdue,
    QueryError,
    SettingsError,
    StoreUnavailable,
    TooLarge,
    TooMany,
    TooSlow,
    WrongOrigin,
)

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[dict[type[KbError], tuple[int, str]]] = {
    QueryError: (400, "The question cannot be answered as asked"),
    NotAuthenticated: (401, "The credentials are not good"),
    WrongOrigin: (403, "Not answered to pages of other sites"),
    NotFound: (404, "Not found"),
    NotAllowed: (405, "Not allowed here"),
    TooSlow: (408, "The request took too long to arrive"),
    TooLarge: (413, "The request is too large"),
    AddressTooLong: (414, "The address is too long"),
    TooMany: (429, "Too many requests"),
    NoteError: (422, "A note has errors"),
    DocumentError: (422, "A document cannot be read"),
    IndexMissing: (503, "There is no index"),
    IndexStale: (503, "The index does not fit the settings"),
    IndexBusy: (503, "The index is being written"),
    StoreUnavailable: (503, "The store does not answer"),
    IssuerUnavailable: (503, "The issuer of tokens does not answer"),
    Overdue: (503, "The answer takes too long"),
    ModelError: (503, "The encoder cannot be loaded"),
    SettingsError: (500, "A setting is wrong"),
    KbError: (500, "Something went wrong"),
}
"""Error class -> status and title. The nearest class in the error's ancestry counts."""


class Problem(BaseModel):
    """An error, as RFC 9457 writes it, with what the caller can do about it."""

    type: str = Field("about:blank", description="Kind of problem; `about:blank`: the status says it.")
    title: str = Field(description="What kind of problem it is, the same for all of its kind.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened this time.")
    remedy: str | None = Field(None, description="What to do about it.")
    field: str | None = Field(None, description="The parameter that is wrong.")
    allowed: list[str] | None = Field(None, description="The values it accepts; of organisations, the nearest.")


def problem(error: KbError) -> Problem:
    """Return the problem for an error."""
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    asked = error if isinstance(error, QueryError) else None
    return Problem(
        title=title,
        status=status,
        detail=error.message,
        remedy=error.remedy or None,
        field=asked.field if asked else None,
        allowed=list(asked.allowed) or None if asked else None,
    )


def headers(error: KbError) -> dict[str, str]:
    """Return the headers that an error's answer has besides."""
    if isinstance(error, NotAuthenticated):
        return {"WWW-Authenticate": 'Bearer realm="kb"'}
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooMany) else {}


def to_json(found: Problem) -> dict[str, Any]:
    """Return the body, without members that say nothing."""
    return found.model_dump(exclude_none=True)
