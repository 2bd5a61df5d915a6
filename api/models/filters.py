"""The filters of lists, as outsiders know them: one table for addresses, bodies, pages, terminal and assistants.

`search.query.FILTERS` says how each narrows a list and which values it takes; filters.yaml what people read about it.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import Field

from kb.notes.plain_yaml import read_data
from search.query import FILTERS


class FilterHelp(NamedTuple):
    """The sentences about a filter.

    description: in the OpenAPI description
    assistants:  in the schema of tools; empty: not offered to assistants
    terminal:    in the help of `kb search`
    """

    description: str
    assistants: str
    terminal: str


_WRITTEN: Final = read_data("filters.yaml", "api.models")
FILTER_HELP: Final[Mapping[str, FilterHelp]] = {name: FilterHelp(**_WRITTEN[name]) for name in FILTERS}
"""Parameter, each of which may be given several times -> the sentences about it."""


def several(name: str, description: str) -> Any:
    """Return a field for several values of a filter, which are listed where no vocabulary of the index has them."""
    fixed = FILTERS[name].fixed
    listed: dict[str, Any] = {"items": {"type": "string", "enum": [*fixed]}} if fixed else {}
    return Field([], description=description, json_schema_extra=listed)


def chosen(given: Any) -> dict[str, list[str]]:
    """Return the keyword arguments of `search.query.search_query` that narrow a list. given: a model with the fields"""
    return {name: getattr(given, name) for name in FILTERS if hasattr(given, name)}
