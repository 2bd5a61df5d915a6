"""Refuses parameters and bodies in the words of the API: one check for addresses of the API and of pages.

A filter with a typing error must not pass for none, and of one value given twice nobody knows which was meant. What
mail tools and portals add to the address of a page is no filter: pages do not read it.
"""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from api.models.requests import REPEATED, SearchRequest, SimilarTo
from kb.errors import QueryError
from kb.issue import did_you_mean
from kb.notes.plain_yaml import read_data
from search.query import empty_question

_QUESTION: Final = '{"q": "phishing", "lang": "nl"}'
_BATCH: Final = '{"queries": [{"q": "phishing"}, {"q": "ransomware", "country": ["BE"]}]}'
"""Bodies as they should be."""
_OURS: Final = ("no_text", "no_question", "either", "too_long_together")
"""Errors of our own models in a body as a whole."""
_WORDS: Final = read_data("error_words.yaml", "api.models")
_RESEMBLES: Final = 0.8
"""Likeness from which a name is taken for another, misspelt: `contry`, and not `source` for `sort`."""
_UNREAD: Final = 50
"""Parameters that a page leaves unread at most."""


def check_parameters(
    given: QueryParams,
    names: Collection[str],
    several: Collection[str] = (),
    where_else: str = "",
    meant: Collection[str] | None = None,
) -> None:
    """Raise QueryError for a parameter that is none of these, and for one given twice that is not among `several`.

    where_else: what to do where no parameter belongs into the address
    meant: names that a wrong one must resemble, else it is left unread; None: none is
    """
    unread = 0
    for name in given:
        if name not in names:
            if meant is None or unread == _UNREAD or get_close_matches(name, meant, 1, _RESEMBLES):
                raise unknown_parameter(name, names, where_else)
            unread += 1
        elif name not in several and len(given.getlist(name)) > 1:
            message, values = f"`{name}` is given more than once.", {"value": name}
            raise QueryError(message, code="repeated_parameter", values=values, field=name, remedy="Give it once.")


def checked_parameters(*names: str, several: Collection[str] = (), meant: Collection[str] | None = None) -> Any:
    """Return the check as a dependency of a route."""

    async def check(request: Request) -> None:  # async: a plain function would cost a thread
        where_else = "Put it into the JSON of the body." if request.method == "POST" else ""
        check_parameters(request.query_params, names, several, where_else, meant)

    return Depends(check)


class Reads:
    """Reads an address into a model, as a dependency of a route. Raises QueryError.

    The framework would look for each member of the model by itself, and take as long for that as for all else.
    """

    def __init__(self, model: type[BaseModel]) -> None:
        self.model = model

    async def __call__(self, request: Request) -> BaseModel:  # async: a plain function would cost a thread
        """Return what is asked for."""
        given = request.query_params
        check_parameters(given, self.model.model_fields, REPEATED)
        try:
            return self.model.model_validate(
                {name: given.getlist(name) if name in REPEATED else given[name] for name in given}
            )
        except ValidationError as error:
            wrong = [{**each, "loc": ("query", *each["loc"])} for each in error.errors()]
            raise refused(RequestValidationError(wrong), request.url.path) from None


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
    named = [(_place(item["loc"][1:]), item) for item in error.errors()]
    for place, item in named:
        if (place, item["type"]) == ("queries", "missing"):
            return QueryError("There are no `queries`.", field="queries", remedy=f"Send for example {example}.")
        if item["type"] == "extra_forbidden":
            model = SimilarTo if item["loc"][-2] == "similar_to" else SearchRequest
            return unknown_parameter(place, model.model_fields)
        if (place, item["type"]) in (("q", "missing"), ("", "no_question")):
            return empty_question()
    first, wrong = named[0]
    if not first and wrong["type"] not in _OURS:
        remedy = f"Send for example {example} with `Content-Type: application/json`."
        return QueryError("The body is no JSON object, or not announced as one.", field="body", remedy=remedy)
    errors = (f"`{place or 'body'}`: {error_words(item)}" for place, item in named)
    remedy = "The OpenAPI description at /openapi.json says what each parameter accepts."
    return QueryError("; ".join(errors) + ".", field=first or "body", remedy=remedy)


def error_words(item: Mapping[str, Any]) -> str:
    """Return the words for an error of pydantic."""
    words = _WORDS.get(item["type"])
    return str(item["msg"]) if words is None else words.format(**item.get("ctx", {}))


def _place(parts: Sequence[int | str]) -> str:
    """Name a value; in a question among several, with the number of the question from 0."""
    among = parts[:1] == ("queries",)
    return ".".join(str(part)[:60] for part in parts if among or isinstance(part, str))
