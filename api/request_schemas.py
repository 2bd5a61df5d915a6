"""What is asked of `/v1/search`, as parameters or as JSON. Field names are a promise (docs/openapi.json).

Values are checked where questions are (`search.query`), with what was probably meant; here they are only described.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from kb.languages import Language
from kb.note import Kind
from search.query import (
    DEFAULT_LIMIT,
    EVIDENCE_LEVELS,
    GROUPINGS,
    MAX_CHARACTERS,
    MAX_LIMIT,
    SORTINGS,
    STATUSES,
)

SEVERAL: Final = ("note_lang", "country", "crime_type", "phase", "kind", "status", "evidence", "organisation")
"""Parameters that take several values."""
LANGUAGES: Final[dict[str, Any]] = {"enum": [*Language, None]}
"""Describes a language that need not be given."""
_READABLE: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
_SAYING_SOMETHING: Final = r"[^\s\u001c-\u001f\u0085]"


def _several(description: str, values: Iterable[str] = ()) -> Any:
    """A field for several values, of these only where there are some."""

    def described(schema: dict[str, Any]) -> None:
        if known := [*values]:
            schema["items"]["enum"] = known

    return Field([], description=f"{description} Repeatable.", json_schema_extra=described)


class SearchParameters(BaseModel):
    """A search, as the parameters of an address."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        description="The question, in French, Dutch or English, as one would ask a colleague. "
        "At most 2,000 characters.",
        examples=["hoe blokkeren we phishingsites"],
        json_schema_extra={
            "minLength": 1, "maxLength": MAX_CHARACTERS,
            "allOf": [{"pattern": _READABLE}, {"pattern": _SAYING_SOMETHING}],
        },
    )  # fmt: skip
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
    sort: str = Field(
        "relevance",
        description="`relevance`, or `date`: the relevant notes only, the latest first, by `since`.",
        examples=["date"],
        json_schema_extra={"enum": [*SORTINGS]},
    )
    group_by: str | None = Field(
        None,
        description="`country`: the relevant practices once more in `by_country`, in a list for each country.",
        examples=["country"],
        json_schema_extra={"enum": [*GROUPINGS, None]},
    )
    explain: bool = Field(False, description="Whether each hit says why it is one, in `explanation`.")

    @model_validator(mode="before")
    @classmethod
    def _is_text(cls, data: Any) -> Any:
        """JSON can spell half a character (a lone surrogate), which no answer could repeat and no encoder can read."""
        try:
            json.dumps(data, ensure_ascii=False, default=str).encode()
        except (UnicodeEncodeError, RecursionError):
            raise PydanticCustomError("no_text", "holds half a character, or is nested too deeply") from None
        return data

    def parameters(self) -> dict[str, Any]:
        """The keyword arguments of `search.query.search_query`."""
        return {
            "reader": self.lang,
            "note_languages": self.note_lang,
            "countries": self.country,
            "crime_types": self.crime_type,
            "phases": self.phase,
            "kinds": self.kind,
            "statuses": self.status,
            "evidence": self.evidence,
            "organisations": self.organisation,
            "limit": self.limit,
            "sort": self.sort,
            "group_by": self.group_by,
            "explain": self.explain,
        }


def _several_or_one(schema: dict[str, Any]) -> None:
    """Describes what JSON may say where an address repeats a parameter: a list, or one value by itself."""
    schema["examples"] = [{"q": "comment bloquer les sites d'hameçonnage", "lang": "fr", "country": ["BE", "NL"]}]
    for described in schema["properties"].values():
        if described.get("type") == "array":
            listed = {name: described.pop(name) for name in ("type", "items")}
            described["anyOf"] = [listed, listed["items"]]


class SearchRequest(SearchParameters):
    """A search, as JSON."""

    model_config = ConfigDict(strict=True, json_schema_extra=_several_or_one)

    @field_validator(*SEVERAL, mode="before")
    @classmethod
    def _one_of_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("limit", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """In JSON, 10.0 is a whole number."""
        return int(value) if isinstance(value, float) and value.is_integer() else value
