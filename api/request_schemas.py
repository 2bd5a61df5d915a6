"""What is asked of `/v1/search`, as parameters or as JSON. Field names are a promise (docs/openapi.json)."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from search.query import DEFAULT_LIMIT, MAX_LIMIT

Several = Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
"""One value or a list of values."""


class SearchRequest(BaseModel):
    """A search, as JSON or as the parameters of an address."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"q": "comment bloquer les sites d'hameçonnage", "lang": "fr", "country": ["BE", "NL"]}]
        },
    )

    q: str = Field(
        description="The question, in French, Dutch or English, as one would ask a colleague. "
        "At most 2,000 characters.",
        examples=["hoe blokkeren we phishingsites"],
    )
    lang: str | None = Field(
        None,
        description="Language of the reader (`fr`, `nl`, `en`): decides which version of a note is shown, "
        "and is a hint for the question's language. Default: the question's.",
        examples=["nl"],
    )
    note_lang: Several = Field([], description="Only notes that exist in one of these languages. Repeatable.")
    country: Several = Field(
        [],
        description="Only notes that hold for one of these countries (`BE`, `NL`, `LU`, …) or areas (`BNL`, `EU`, …); "
        "a Benelux- or EU-wide note holds for `BE` too and says so in `applies_through`. Repeatable.",
    )
    crime_type: Several = Field(
        [], description="Only notes about one of these crime types or a narrower one (see `/v1/taxonomy`). Repeatable."
    )
    phase: Several = Field([], description="Only notes about one of these phases. Repeatable.")
    kind: Several = Field([], description="`practice` or `strategy`. Default: both, in a list each.")
    status: Several = Field(
        [], description="Only notes of these statuses, e.g. `operational`, `annulled`, `in-force`. Repeatable."
    )
    evidence: Several = Field(
        [], description="Only practices of these evidence levels, e.g. `independently-evaluated`. Repeatable."
    )
    organisation: Several = Field(
        [], description="Only practices of these organisations, by name or abbreviation, e.g. `CCB`. Repeatable."
    )
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=f"Notes per list, 1 to {MAX_LIMIT}.")
    sort: str = Field(
        "relevance",
        description="`relevance`, or `date`: the relevant notes only, the latest first, by `since`.",
        examples=["date"],
    )
    group_by: str | None = Field(
        None,
        description="`country`: the relevant practices once more in `by_country`, in a list for each country.",
        examples=["country"],
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
