"""What is asked of `/v1`: of searches, lists and changes. Field names are a promise (docs/openapi.json).

Values are checked where questions are (`search.query`), with what was probably meant; here they are only described.
"""

import json
from datetime import UTC, datetime
from math import ceil
from typing import Annotated, Any, Final, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model, field_validator, model_validator
from pydantic_core import PydanticCustomError

from api.models.answers import HitOut
from api.models.filters import FILTER_HELP, chosen, several
from api.models.paging import cursor, no_cursor, place
from kb.errors import QueryError
from kb.text.languages import Language
from search.browse.changes import BEGINNING, Place, since
from search.query import (
    DEFAULT_LIMIT,
    GROUPINGS,
    MAX_CHARACTERS,
    MAX_LIMIT,
    MAX_OFFSET,
    MAX_PASTED,
    SORTINGS,
    known_values,
)
from search.rank.texts import PART, parts
from search.results import Change

LANGUAGES: Final[dict[str, Any]] = {"enum": [*Language, None]}
"""Describes a language that need not be given."""
MAX_QUERIES: Final = 50
MAX_TOGETHER: Final = 40_000
"""Searches of one batch, and characters of all their questions."""
REPEATED: Final = (*FILTER_HELP, "not_meant", "fields")
"""Parameters that may be given several times."""
_SAME_LIST: Final = ("cursor", "explain", "group_by", "fields")
"""Parameters that do not change a list, or where in it to begin."""
_READABLE: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
_SAYING_SOMETHING: Final = r"[^\s\u001c-\u001f\u0085]"


def _readable(most: int) -> dict[str, Any]:
    """Describes a text that says something."""
    return {"minLength": 1, "maxLength": most, "allOf": [{"pattern": _READABLE}, {"pattern": _SAYING_SOMETHING}]}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number, which may be written 10.0 in JSON."""


class _Reader(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lang: str | None = Field(
        None,
        description="Language of the reader (`fr`, `nl`, `en`): decides which version of a note is shown, "
        "and is a hint for the question's language. Default: the first of `Accept-Language`, else the question's.",
        examples=["nl"],
        json_schema_extra=LANGUAGES,
    )


_FILTERS: Final[dict[str, Any]] = {
    name: (list[str], several(name, f"{words.description} Repeatable.")) for name, words in FILTER_HELP.items()
}
_Filtered: Any = create_model("_Filtered", __base__=_Reader, **_FILTERS)


class ListParameters(_Filtered):
    """What narrows a list of notes, as the parameters of an address."""

    limit: Whole = Field(
        DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=f"Notes per list, 1 to {MAX_LIMIT}; otherwise {DEFAULT_LIMIT}."
    )
    cursor: str | None = Field(
        None, description="`next` of the answer before: the list goes on from there. All other parameters as before."
    )

    def filters(self) -> dict[str, Any]:
        """Return the keyword arguments of `search.query.search_query` that narrow a list."""
        return {**chosen(self), "limit": self.limit}

    def asked(self) -> dict[str, Any]:
        """Return what a cursor is tied to: all that makes the list, but where to begin."""
        given = vars(self).items()
        return {name: value for name, value in given if value is not None and name not in _SAME_LIST}


class SearchOptions(ListParameters):
    """What a search says besides what is asked."""

    sort: str = Field(
        "relevance",
        description="`relevance`, also if not given, or `date`: the relevant notes only, the latest first, by `since`.",
        examples=["date"],
        json_schema_extra={"enum": [*SORTINGS]},
    )
    group_by: str | None = Field(
        None,
        description="`country`: the relevant practices once more in `by_country`, in a list for each country.",
        examples=["country"],
        json_schema_extra={"enum": [*GROUPINGS, None]},
    )
    not_meant: list[str] = Field(
        [],
        description="What the question was taken for and does not mean: `kind:value` of `query.understood`, such as "
        "`country:BE`; what it was not taken for changes nothing. Repeatable.",
        examples=[["country:BE"]],
    )
    explain: bool = Field(False, description="Whether each hit says why it is one, in `explanation`.")
    fields: list[str] = Field(
        [],
        description="Members of hits that are wanted, such as `id`, `title` and `level`; hits then have no others. "
        "Default: all. Repeatable.",
        examples=[["id", "title", "level", "countries"]],
        json_schema_extra={"items": {"type": "string", "enum": [*HitOut.model_fields]}},
    )

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
        """Return the keyword arguments of `IndexView.search`. accepted: the language of a reader who names none

        Raises QueryError.
        """
        known_values("fields", self.fields, HitOut.model_fields)
        return {
            **self.filters(),
            "reader": accepted if self.lang is None else self.lang,
            "offset": self._begin(),
            "sort": self.sort,
            "group_by": self.group_by,
            "explain": self.explain,
            "not_meant": self.not_meant,
        }

    def following(self) -> str | None:
        """Return the cursor of the answer after this one, as far as lists can be read."""
        end = self._begin() + self.limit
        return cursor(end, self.asked()) if end <= MAX_OFFSET else None

    def _begin(self) -> int:
        return 0 if self.cursor is None else place(self.cursor, self.asked(), int)


def questions_in(text: str, *, pasted: bool) -> int:
    """Return how many short questions a text costs as much as; one if it is too long to be answered."""
    if not pasted:
        return max(1, ceil(min(len(text), MAX_CHARACTERS) / PART))
    return len(parts(text)) if len(text) <= MAX_PASTED else 1


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
        """Return what is asked, in words."""
        return self.q


class SimilarTo(BaseModel):
    """What notes are sought that are like: either a note, or a text, such as the description of an incident."""

    model_config = ConfigDict(extra="forbid", strict=True)

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


def _as_json(schema: dict[str, Any]) -> None:
    """Describes a search as JSON: with a list, or one value by itself, where an address repeats a parameter."""
    schema["examples"] = [{"q": "comment bloquer les sites d'hameçonnage", "lang": "fr", "country": ["BE", "NL"]}]
    for described in schema["properties"].values():
        if described.get("type") == "array":
            listed = {name: described.pop(name) for name in ("type", "items")}
            described["anyOf"] = [listed, listed["items"]]


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

    @field_validator(*REPEATED, mode="before")
    @classmethod
    def _one_of_several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    def parameters(self, accepted: Language | None) -> dict[str, Any]:
        """Return the keyword arguments of `IndexView.search`."""
        found = super().parameters(accepted)
        if self.similar_to is not None:
            found |= {"pasted": self.similar_to.text is not None, "similar_to": self.similar_to.note}
        return found

    @property
    def questions(self) -> int:
        """Return how many short questions it costs as much as; one if it is too long to be answered."""
        return questions_in(self.text, pasted=self.similar_to is not None and self.similar_to.text is not None)

    @property
    def text(self) -> str:
        """Return what is asked, in words."""
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
        if (given := sum(len(search.text) for search in self.queries)) > MAX_TOGETHER:
            raise PydanticCustomError(
                "too_long_together", f"the questions have {given:,} characters together, of at most {MAX_TOGETHER:,}"
            )
        return self


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
        """Return the place after which changes are asked for. Raises QueryError."""
        if self.cursor is not None:
            when, _, note_id = place(self.cursor, self._asked(), str).partition(" ")
            return _utc(when, no_cursor()), note_id
        if self.since is None:
            return BEGINNING
        message = f"`since={self.since[:60]}` is no time with a time zone."
        remedy = "Write it like `2026-11-27T09:30:00Z`; in an address a `+` is written `%2B`."
        return since(_utc(self.since, QueryError(message, field="since", remedy=remedy)))

    def following(self, last: Change) -> str:
        """Return the cursor of what comes after a change."""
        return cursor(f"{last.when.isoformat()} {last.id}", self._asked())

    def _asked(self) -> dict[str, Any]:
        return self.model_dump(exclude={"cursor"})


def _utc(given: str, refusal: QueryError) -> datetime:
    """Return a time that has a time zone. Raises the refusal for any other text."""
    try:
        found = datetime.fromisoformat(given)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise refusal
