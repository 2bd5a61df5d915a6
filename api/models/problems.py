"""KbError -> HTTP status and problem JSON (RFC 9457): the table. One form for every error an API caller can meet."""

from typing import Final

from pydantic import BaseModel, Field

from kb import errors

MEDIA_TYPE: Final = "application/problem+json"

STATUS: Final[dict[type[errors.KbError], tuple[int, str]]] = {
    errors.QueryError: (400, "The question cannot be answered as asked"),
    errors.NotAuthenticated: (401, "The credentials are not good"),
    errors.WrongOrigin: (403, "Not answered to pages of other sites"),
    errors.NotFound: (404, "Not found"),
    errors.NotAllowed: (405, "Not allowed here"),
    errors.TooSlow: (408, "The request took too long to arrive"),
    errors.TooLarge: (413, "The request is too large"),
    errors.AddressTooLong: (414, "The address is too long"),
    errors.TooMany: (429, "Too many requests"),
    errors.NoteError: (422, "A note has errors"),
    errors.DocumentError: (422, "A document cannot be read"),
    errors.BackupError: (422, "A backup cannot be made or put back"),
    errors.IndexMissing: (503, "There is no index"),
    errors.IndexStale: (503, "The index does not fit the settings"),
    errors.IndexBusy: (503, "The index is being written"),
    errors.StoreUnavailable: (503, "The store does not answer"),
    errors.IssuerUnavailable: (503, "The issuer of tokens does not answer"),
    errors.Overdue: (503, "The answer takes too long"),
    errors.ModelError: (503, "The encoder cannot be loaded"),
    errors.SettingsError: (500, "A setting is wrong"),
    errors.KbError: (500, "Something went wrong"),
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


def problem(error: errors.KbError) -> Problem:
    """Return the problem for an error."""
    status, title = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    asked = error if isinstance(error, errors.QueryError) else None
    return Problem(
        title=title,
        status=status,
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
