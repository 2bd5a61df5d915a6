"""What is asked of `/v1/search`, as parameters or as JSON. Field names are a promise (docs/openapi.json)."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from search.query import DEFAULT_LIMIT, MAX_LIMIT

Several = Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
"""One value or a list of values."""

DESCRIPTIONS = {
    "q": "The question, in French, Dutch or English, as one would ask a colleague. At most 2,000 characters.",
    "lang": "Language of the reader (`fr`, `nl`, `en`): decides which version of a note is shown, "
    "and is a hint for the question's language. Default: the question's.",
    "note_lang": "Only notes that exist in one of these languages. Repeatable.",
    "country": "Only notes that hold for one of these countries (`BE`, `NL`, `LU`, …) or areas (`BNL`, `EU`, …); "
    "a Benelux- or EU-wide note holds for `BE` too and says so in `applies_through`. Repeatable.",
    "crime_type": "Only notes about one of these crime types or a narrower one (see `/v1/taxonomy`). Repeatable.",
    "phase": "Only notes about one of these phases. Repeatable.",
    "kind": "`practice` or `strategy`. Default: both, in a list each.",
    "status": "Only notes of these statuses, e.g. `operational`, `annulled`, `in-force`. Repeatable.",
    "evidence": "Only practices of these evidence levels, e.g. `independently-evaluated`. Repeatable.",
    "organisation": "Only practices of these organisations, by name or abbreviation, e.g. `CCB`. Repeatable.",
    "limit": f"Notes per list, 1 to {MAX_LIMIT}.",
    "sort": "`relevance`, or `date`: the relevant notes only, the latest first, by `since`.",
    "group_by": "`country`: the relevant practices once more in `by_country`, in a list for each country.",
    "explain": "Whether each hit says why it is one, in `explanation`.",
}
"""Parameter -> what it means, for GET and POST alike."""


class SearchRequest(BaseModel):
    """A search, as JSON. The same parameters as `GET /v1/search`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"q": "comment bloquer les sites d'hameçonnage", "lang": "fr", "country": ["BE", "NL"]}]
        },
    )

    q: str = Field(description=DESCRIPTIONS["q"])
    lang: str | None = Field(None, description=DESCRIPTIONS["lang"])
    note_lang: Several = Field([], description=DESCRIPTIONS["note_lang"])
    country: Several = Field([], description=DESCRIPTIONS["country"])
    crime_type: Several = Field([], description=DESCRIPTIONS["crime_type"])
    phase: Several = Field([], description=DESCRIPTIONS["phase"])
    kind: Several = Field([], description=DESCRIPTIONS["kind"])
    status: Several = Field([], description=DESCRIPTIONS["status"])
    evidence: Several = Field([], description=DESCRIPTIONS["evidence"])
    organisation: Several = Field([], description=DESCRIPTIONS["organisation"])
    limit: int = Field(DEFAULT_LIMIT, description=DESCRIPTIONS["limit"])
    sort: str = Field("relevance", description=DESCRIPTIONS["sort"])
    group_by: str | None = Field(None, description=DESCRIPTIONS["group_by"])
    explain: bool = Field(False, description=DESCRIPTIONS["explain"])

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
