"""Refuses parameters and bodies in the words of the API: one check for addresses of the API and of pages.

A filter with a typing error must not pass for none, and of one value given twice nobody knows which was meant.
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

_QUESTION: Final = '{"q": "phishing", "lang": "nl"}'
_BATCH: Final = '{"queries": [{"q": "phishing"}, {"q": "ransomware", "country": ["BE"]}]}'
"""Bodies as they should be."""
_OURS: Final = ("no_text", "no_question", "either", "too_long_together")
"""Errors of our own models in a body as a whole."""
_WORDS: Final = {
    "bool_type": "it is `true` or `false`",
    "bool_parsing": "it is `true` or `false`",
    "int_type": "it is a whole number",
    "int_parsing": "it is a whole number",
    "string_type": "it is a text, in quotation marks",
    "list_type": "it is a list",
    "less_than_equal": "it is at most {le}",
    "greater_than_equal": "it is at least {ge}",
    "string_too_long": "it has at most {max_length:,} characters",
    "too_long": "it has at most {max_length} entries",
    "too_short": "it has at least {min_length} of them",
    "model_type": "it is an object: a name and a value in braces",
    "model_attributes_type": "it is an object: a name and a value in braces",
    "missing": "it is missing",
}
"""Type of a validation error of pydantic -> our words; other errors keep its own."""


def check_parameters(
    given: QueryParams, names: Collection[str], several: Collection[str] = (), where_else: str = ""
) -> None:
    """Raise QueryError for a parameter that is none of these, and for one given twice that is not among `several`.

    where_else: what to do where no parameter belongs into the address
    """
    for name in given:
        if name not in names:
            raise unknown_parameter(name, names, where_else)
        if name not in several and len(given.getlist(name)) > 1:
            message, values = f"`{name}` is given more than once.", {"value": name}
            raise QueryError(message, code="repeated_parameter", values=values, field=name, remedy="Give it once.")


def checked_parameters(*names: str, several: Collection[str] = ()) -> Any:
    """Return the check as a dependency of a route."""

    async def check(request: Request) -> None:  # async: a plain function would cost a thread
        where_else = "Put it into the JSON of the body." if request.method == "POST" else ""
        check_parameters(request.query_params, names, several, where_else)

    return Depends(check)


def unknown_parameter(name: str, names: Collection[str], where_else: str = "") -> QueryError:
    """Return the refusal of a parameter that nobody reads."""
    return QueryError(
        f"There is no parameter `{name[:60]}`.",
        code="unknown_parameter",
        values={"value": name},
        field=name[:60],
        allowed=tuple(names),
        remedy=did_you_mean(name, names) if names else where_else or "Leave it out: nothing is chosen here.",
    )


def refused(error: RequestValidationError, path: str) -> QueryError:
    """Return the refusal of a request in which the framework found errors. path: that of the request"""
    example = _BATCH if path.endswith("/batch") else _QUESTION
    items = error.errors()
    places = [_place(item["loc"][1:]) for item in items]
    for place, item in zip(places, items, strict=True):
        if (place, item["type"]) == ("queries", "missing"):
            return QueryError("There are no `queries`.", field="queries", remedy=f"Send for example {example}.")
        if item["type"] == "extra_forbidden":
            return unknown_parameter(
                place, (SimilarTo if item["loc"][-2] == "similar_to" else SearchRequest).model_fields
            )
        if (place, item["type"]) in (("q", "missing"), ("", "no_question")):
            return empty_question()
    if not places[0] and items[0]["type"] not in _OURS:
        remedy = f"Send for example {example} with `Content-Type: application/json`."
        return QueryError("The body is no JSON object, or not announced as one.", field="body", remedy=remedy)
    errors = (f"`{place or 'body'}`: {error_words(item)}" for place, item in zip(places, items, strict=True))
    remedy = "The OpenAPI description at /openapi.json says what each parameter accepts."
    return QueryError("; ".join(errors) + ".", field=places[0] or "body", remedy=remedy)


def error_words(item: Mapping[str, Any]) -> str:
    """Return the words for an error of pydantic."""
    words = _WORDS.get(item["type"])
    return str(item["msg"]) if words is None else words.format(**item.get("ctx", {}))


def _place(parts: Sequence[int | str]) -> str:
    """Name a value; in a question among several, with the number of the question from 0."""
    among = parts[:1] == ("queries",)
    return ".".join(str(part)[:60] for part in parts if among or isinstance(part, str))
