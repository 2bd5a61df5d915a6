"""Whether the parameters of an address are those that somebody reads: one check for the API and for pages.

A filter with a typing error must not pass for none, and of one value given twice nobody knows which was meant. What the
framework finds wrong with values and bodies is told in our own form here, too.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import QueryParams

from api.models.requests import SearchRequest, SimilarTo
from kb.errors import QueryError
from kb.issue import did_you_mean
from search.query import empty_question


def check_parameters(
    given: QueryParams, names: Collection[str], several: Collection[str] = (), where_else: str = ""
) -> None:
    """Raises QueryError for a parameter that is none of these, and for one given twice that is not among `several`.

    where_else: what to do where no parameter belongs into the address
    """
    for name in given:
        if name not in names:
            raise unknown_parameter(name, names, where_else)
        if name not in several and len(given.getlist(name)) > 1:
            raise QueryError(
                f"`{name}` is given more than once.", code="repeated_parameter", values={"value": name}, field=name,
                remedy="Give it once.",
            )  # fmt: skip


def checked_parameters(*names: str, several: Collection[str] = ()) -> Any:
    """The check as a dependency of a route."""

    async def check(request: Request) -> None:  # async: a plain function would cost a thread
        where_else = "Put it into the JSON of the body." if request.method == "POST" else ""
        check_parameters(request.query_params, names, several, where_else)

    return Depends(check)


def unknown_parameter(name: str, names: Collection[str], where_else: str = "") -> QueryError:
    """The refusal of a parameter that nobody reads."""
    nowhere = where_else or "Leave it out: nothing is chosen here."
    return QueryError(
        f"There is no parameter `{name[:60]}`.", code="unknown_parameter", values={"value": name},
        field=name[:60], allowed=tuple(names),
        remedy=did_you_mean(name, names) if names else nowhere,
    )  # fmt: skip


def refused(error: RequestValidationError, path: str) -> QueryError:
    """What the framework found wrong with a request to a path."""
    example = _BATCH if path.endswith("/batch") else _QUESTION
    items = error.errors()
    places = [_place(item["loc"][1:]) for item in items]
    for place, item in zip(places, items, strict=True):
        if (place, item["type"]) == ("queries", "missing"):
            return QueryError(
                "There are no `queries`.", field="queries",
                remedy=f"Send for example {example}.",
            )  # fmt: skip
        if item["type"] == "extra_forbidden":
            return unknown_parameter(place, _beside(place))
        if (place, item["type"]) in (("q", "missing"), ("", "no_question")):
            return empty_question()
    if not places[0] and items[0]["type"] not in _OURS:
        return QueryError(
            "The body is no JSON object, or not announced as one.", field="body",
            remedy=f"Send for example {example} with `Content-Type: application/json`.",
        )  # fmt: skip
    told = (f"`{place or 'body'}`: {wrong(item)}" for place, item in zip(places, items, strict=True))
    return QueryError(
        "; ".join(told) + ".", field=places[0] or "body",
        remedy="The OpenAPI description at /openapi.json says what each parameter accepts.",
    )  # fmt: skip


_QUESTION: Final = '{"q": "phishing", "lang": "nl"}'
_BATCH: Final = '{"queries": [{"q": "phishing"}, {"q": "ransomware", "country": ["BE"]}]}'
"""Bodies as they should be."""
_OURS: Final = ("no_text", "no_question", "either", "too_long_together")
"""What our own models find wrong with a body as a whole."""


_WRONG: Final = {
    "bool_type": "it is `true` or `false`", "bool_parsing": "it is `true` or `false`",
    "int_type": "it is a whole number", "int_parsing": "it is a whole number",
    "string_type": "it is a text, in quotation marks", "list_type": "it is a list",
    "less_than_equal": "it is at most {le}", "greater_than_equal": "it is at least {ge}",
    "string_too_long": "it has at most {max_length:,} characters",
    "too_long": "it has at most {max_length} entries", "too_short": "it has at least {min_length} of them",
    "model_type": "it is an object: a name and a value in braces",
    "model_attributes_type": "it is an object: a name and a value in braces", "missing": "it is missing",
}  # fmt: skip
"""What the framework finds wrong with a value, by its own name for it; what is not here is told in its words."""


def wrong(item: Mapping[str, Any]) -> str:
    """What is wrong with a value. item: as pydantic tells of it."""
    ours = _WRONG.get(item["type"])
    return str(item["msg"]) if ours is None else ours.format(**item.get("ctx", {}))


def _place(parts: Sequence[int | str]) -> str:
    """The name of a value; of a question among several, with the number that it has from 0."""
    among = parts[:1] == ("queries",)
    return ".".join(str(part)[:60] for part in parts if among or isinstance(part, str))


def _beside(place: str) -> tuple[str, ...]:
    """The names that could have stood where an unknown one does."""
    around = place.split(".")[:-1]
    if around[-1:] == ["similar_to"]:
        return tuple(SimilarTo.model_fields)
    return tuple(SearchRequest.model_fields)
