"""What narrows lists of notes and of changes, as the parameters of an address. Names are a promise (docs/openapi.json).

Values are checked where questions are (`search.query`), with what was probably meant; here they are only described.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from api.models.paging import cursor, no_cursor, place
from kb.errors import QueryError
from kb.notes.note import Kind
from kb.text.languages import Language
from search.browse.changes import BEGINNING, Place, since
from search.query import DEFAULT_LIMIT, EVIDENCE_LEVELS, MAX_LIMIT, STATUSES
from search.results import Change

SEVERAL: Final = ("note_lang", "country", "crime_type", "phase", "kind", "status", "evidence", "organisation")
"""Parameters that take several values."""
LANGUAGES: Final[dict[str, Any]] = {"enum": [*Language, None]}
"""Describes a language that need not be given."""


def _several(description: str, values: Iterable[str] = ()) -> Any:
    """A field for several values, of these only where there are some."""

    def described(schema: dict[str, Any]) -> None:
        if known := [*values]:
            schema["items"]["enum"] = known

    return Field([], description=f"{description} Repeatable.", json_schema_extra=described)


class ListParameters(BaseModel):
    """What narrows a list of notes, as the parameters of an address."""

    model_config = ConfigDict(extra="forbid")

    lang: str | None = Field(
        None,
        description="Language of the reader (`fr`, `nl`, `en`): decides which version of a note is shown, "
        "and is a hint for the question's language. Default: the first of `Accept-Language`, else the question's.",
        examples=["nl"],
        json_schema_extra=LANGUAGES,
    )
    note_lang: list[str] = _several("Only notes that exist in one of these languages.", Language)
    country: list[str] = _several(
        "Only notes that hold for one of these countries (`BE`, `NL`, `LU`, …) or areas (`BNL`, `EU`, …); "
        "a Benelux- or EU-wide note holds for `BE` too and says so in `applies_through`."
    )
    crime_type: list[str] = _several(
        "Only notes about one of these crime types or a narrower one (see `/v1/taxonomy`)."
    )
    phase: list[str] = _several("Only notes about one of these phases.")
    kind: list[str] = _several("`practice` or `strategy`. Default: both, in a list each.", Kind)
    status: list[str] = _several("Only notes of these statuses, e.g. `operational`, `annulled`, `in-force`.", STATUSES)
    evidence: list[str] = _several(
        "Only practices of these evidence levels, e.g. `independently-evaluated`.", EVIDENCE_LEVELS
    )
    organisation: list[str] = _several(
        "Only practices of these organisations, by name or abbreviation, e.g. `CCB`; one that no note names is refused."
    )
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=f"Notes per list, 1 to {MAX_LIMIT}.")
    cursor: str | None = Field(
        None, description="`next` of the answer before: the list goes on from there. All other parameters as before."
    )

    def filters(self) -> dict[str, Any]:
        """The keyword arguments of `search.query.search_query` that narrow a list."""
        return {
            "note_languages": self.note_lang,
            "countries": self.country,
            "crime_types": self.crime_type,
            "phases": self.phase,
            "kinds": self.kind,
            "statuses": self.status,
            "evidence": self.evidence,
            "organisations": self.organisation,
            "limit": self.limit,
        }

    def asked(self) -> dict[str, Any]:
        """What a cursor is tied to: all that makes the list, but where to begin."""
        return self.model_dump(exclude={"cursor", "explain", "group_by"}, exclude_none=True)


class ChangesParameters(BaseModel):
    """From when on changes are asked for, as the parameters of an address."""

    model_config = ConfigDict(extra="forbid")

    since: str | None = Field(
        None,
        description="Only what happened after this time: `until` of the last answer, or any with a time zone, such as "
        "`2026-11-27T09:30:00Z`. Default: everything.",
        examples=["2026-11-27T09:30:00Z"],
        json_schema_extra={"format": "date-time"},
    )
    limit: int = Field(200, ge=1, le=1000, description="Changes at most, 1 to 1,000.")
    cursor: str | None = Field(None, description="`next` of the answer before; all other parameters as before.")

    def begin(self) -> Place:
        """The place after which changes are asked for. Raises QueryError."""
        if self.cursor is None:
            return BEGINNING if self.since is None else since(_time("since", self.since))
        when, _, note_id = place(self.cursor, self._asked(), str).partition(" ")
        try:
            return _utc(when), note_id
        except (ValueError, OverflowError):
            raise no_cursor() from None

    def following(self, last: Change) -> str:
        """The cursor of what comes after a change."""
        return cursor(f"{last.when.isoformat()} {last.id}", self._asked())

    def _asked(self) -> dict[str, Any]:
        return self.model_dump(exclude={"cursor"})


def _utc(given: str) -> datetime:
    found = datetime.fromisoformat(given)
    if found.tzinfo is None:
        raise ValueError
    return found.astimezone(UTC)


def _time(field: str, given: str) -> datetime:
    try:
        return _utc(given)
    except (ValueError, OverflowError):
        raise QueryError(
            f"`{field}={given[:60]}` is no time with a time zone.", field=field,
            remedy="Write it like `2026-11-27T09:30:00Z`; in an address a `+` is written `%2B`.",
        ) from None  # fmt: skip
