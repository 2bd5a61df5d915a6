"""What all routes of the public API have in common: refusals of parameters that nobody reads, described errors."""

import json
from collections.abc import Callable, Iterator
from importlib.resources import files
from inspect import signature
from typing import Any, Final, get_args

from fastapi.params import Query
from pydantic import BaseModel

from api.auth.gate import IndexRouter
from api.models.filters import FILTER_HELP
from api.models.parameters import checked_parameters
from api.models.problems import MEDIA_TYPE

EXAMPLES: Final[dict[str, Any]] = json.loads(files("api.http").joinpath("examples.json").read_text("utf-8"))
"""`search`: an answer; `problems`: HTTP status -> a problem with it; `statuses`: what each means. A test reads all."""
_UNCHANGED: Final[Any] = {304: {"description": "`If-None-Match` names what would be answered."}}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of responses with these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": EXAMPLES["statuses"][str(status)],
            "content": {MEDIA_TYPE: {"schema": schema, "example": EXAMPLES["problems"][str(status)]}},
        }
        for status in statuses
    }


class PublicRouter(IndexRouter):
    """Routes that check the names of their parameters, and say in the OpenAPI description how they can fail.

    Answers to GET are conditional (304), but for those tagged `search`.
    """

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **given: Any) -> None:
        """Add a route."""
        names = tuple(_parameters(endpoint))
        posted = "POST" in given["methods"]
        statuses = [400, 401, *[404] * ("{note_id}" in path), *[408, 413] * posted, 429, 503]
        unchanged = {} if posted or given["tags"] == ["search"] else _UNCHANGED
        given["responses"] = (given["responses"] or {}) | unchanged | errors(*statuses)
        given["dependencies"] = [checked_parameters(*names, several=FILTER_HELP)]
        super().add_api_route(path, endpoint, **given)


def _parameters(endpoint: Callable[..., Any]) -> Iterator[str]:
    """Yield the parameters of an address that an endpoint reads: arguments, or the members of a model."""
    for name, parameter in signature(endpoint).parameters.items():
        kind, *marks = get_args(parameter.annotation) or (None,)
        if any(isinstance(mark, Query) for mark in marks):
            is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
            yield from kind.model_fields if is_model else (name,)
