"""What is asked of `/v1/search`, as parameters or as JSON. Field names are a promise (docs/openapi.json).

Values are checked where questions are (`search.query`), with what was probably meant; here they are only described.
"""

import json
from collections.abc import Callable
from math import ceil
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from api.models.list_filters import SEVERAL, ListParameters
from api.models.paging import cursor, place
from kb.text.languages import Language
from search.query import (
    GROUPINGS,
    MAX_CHARACTERS,
    MAX_OFFSET,
    MAX_PASTED,
    SORTINGS,
)
from search.understand.encoding import PART, parts

MAX_QUERIES: Final = 50
MAX_TOGETHER: Final = 40_000
"""Searches of one batch, and characters of all their questions."""
_READABLE: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
_SAYING_SOMETHING: Final = r"[^\s\u001c-\u001f\u0085]"


def _readable(most: int) -> dict[str, Any]:
    """Describes a text that says something."""
    return {"minLength": 1, "maxLength": most, "allOf": [{"pattern": _READABLE}, {"pattern": _SAYING_SOMETHING}]}


def _one_of(*names: str) -> Callable[[dict[str, Any]], None]:
    """Describes an object that has just one of these members."""

    def described(schema: dict[str, Any]) -> None:
        schema["oneOf"] = [
            {"required": [one], "properties": {name: {"type": "null"} for name in names if name != one}}
            for one in names
        ]
        for one, case in zip(names, schema["oneOf"], strict=True):
            case["properties"][one] = {"not": {"type": "null"}}

    return described


class SearchOptions(ListParameters):
    """What a search says besides what is asked."""

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
            raise PydanticCustomError(
                "no_text", "holds half a character (`\\ud800` without its second half), or is nested too deeply"
            ) from None
        return data

    def parameters(self, accepted: Language | None) -> dict[str, Any]:
        """The keyword arguments of `search.query.search_query`. accepted: a language for a reader who names none."""
        return {
            **self.filters(),
            "reader": self.lang or accepted,
            "offset": self._begin(),
            "sort": self.sort,
            "group_by": self.group_by,
            "explain": self.explain,
        }

    def following(self) -> str | None:
        """The cursor of the answer after this one, as far as lists can be read."""
        end = self._begin() + self.limit
        return cursor(end, self.asked()) if end <= MAX_OFFSET else None

    def _begin(self) -> int:
        return 0 if self.cursor is None else place(self.cursor, self.asked(), int)


class SearchParameters(SearchOptions):
    """A search, as the parameters of an address."""

    q: str = Field(
        description="The question, in French, Dutch or English, as one would ask a colleague. "
        "At most 2,000 characters.",
        examples=["hoe blokkeren we phishingsites"],
        json_schema_extra=_readable(MAX_CHARACTERS),
    )

    @property
    def text(self) -> str:
        """What is asked, in words."""
        return self.q


class SimilarTo(BaseModel):
    """What notes are sought that are like: a note, or a text, such as the description of an incident."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_one_of("note", "text"))

    note: str | None = Field(None, description="The id of a note.", examples=["be-baps"])
    text: str | None = Field(
        None,
        description=f"A text in French, Dutch or English, of at most {MAX_PASTED:,} characters. It is kept nowhere.",
        json_schema_extra=_readable(MAX_PASTED),
    )

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.note is None) == (self.text is None):
            raise PydanticCustomError("either", "gives either `note` or `text`")
        return self


def _several_or_one(schema: dict[str, Any]) -> None:
    """Describes what JSON may say where an address repeats a parameter: a list, or one value by itself."""
    schema["examples"] = [{"q": "comment bloquer les sites d'hameçonnage", "lang": "fr", "country": ["BE", "NL"]}]
    for described in schema["properties"].values():
        if described.get("type") == "array":
            listed = {name: described.pop(name) for name in ("type", "items")}
            described["anyOf"] = [listed, listed["items"]]


def _as_json(schema: dict[str, Any]) -> None:
    """Describes a search as JSON: with lists, and with a question or what is to be like."""
    _several_or_one(schema)
    _one_of("q", "similar_to")(schema)


class SearchRequest(SearchOptions):
    """A search, as JSON: either with `q` or with `similar_to`."""

    model_config = ConfigDict(strict=True, json_schema_extra=_as_json)

    q: str | None = Field(
        None, description=SearchParameters.model_fields["q"].description, json_schema_extra=_readable(MAX_CHARACTERS)
    )
    similar_to: SimilarTo | None = Field(
        None, description="Instead of a question: what the notes are to be like. A note itself is not among the hits."
    )

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.q is None and self.similar_to is None:
            raise PydanticCustomError("no_question", "neither `q` nor `similar_to` is given")
        if self.q is not None and self.similar_to is not None:
            raise PydanticCustomError("either", "gives both `q` and `similar_to`: leave one out")
        return self

    @field_validator(*SEVERAL, mode="before")
    @classmethod
    def _one_of_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("limit", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """In JSON, 10.0 is a whole number."""
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def parameters(self, accepted: Language | None) -> dict[str, Any]:
        """See `SearchOptions.parameters`."""
        found = super().parameters(accepted)
        if self.similar_to is not None:
            found |= {"pasted": self.similar_to.text is not None, "similar_to": self.similar_to.note}
        return found

    @property
    def questions(self) -> int:
        """How many short questions it costs as much as; one if it is too long to be answered."""
        if self.similar_to is None or self.similar_to.text is None:
            return max(1, ceil(min(len(self.text), MAX_CHARACTERS) / PART))
        return len(parts(self.text)) if len(self.text) <= MAX_PASTED else 1

    @property
    def text(self) -> str:
        """See `SearchParameters.text`."""
        return self.q or (self.similar_to and self.similar_to.text) or ""


class BatchRequest(BaseModel):
    """Several searches, whose questions are encoded together."""

    model_config = ConfigDict(extra="forbid", strict=True)

    queries: list[SearchRequest] = Field(
        description=f"Searches, at most {MAX_QUERIES}, with at most {MAX_TOGETHER:,} characters together.",
        min_length=1,
        max_length=MAX_QUERIES,
    )

    @model_validator(mode="after")
    def _not_too_long(self) -> Self:
        if (given := sum(len(one.text) for one in self.queries)) > MAX_TOGETHER:
            raise PydanticCustomError(
                "too_long_together", f"the questions have {given:,} characters together, of at most {MAX_TOGETHER:,}"
            )
        return self
