"""The filters of lists, as outsiders know them: one table for addresses, bodies, pages, terminal and assistants.

`search.query.FILTERS` says how each narrows a list and which values it takes; here stands what people read about it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import Field

from kb.notes.field_words import field_words
from kb.text.languages import Language
from search.query import FILTERS


@dataclass(frozen=True)
class FilterHelp:
    """The sentences about a filter.

    description: in the OpenAPI description
    assistants:  in the schema of tools; empty: not offered to assistants
    terminal:    in the help of `kb search`
    """

    description: str
    assistants: str
    terminal: str

    @classmethod
    def of_choice(cls, name: str) -> "FilterHelp":
        """Return the sentences about a field of notes that lists can be narrowed by, out of the words for authors."""
        words = field_words()[name][Language.EN]
        sentence = f"Only notes with one of these values of `{name}`: {words.meaning}."
        return cls(sentence, sentence, f"Only notes with this {words.label.lower()}.")


_WRITTEN: Final[Mapping[str, FilterHelp]] = {
    "note_lang": FilterHelp(
        "Only notes that exist in one of these languages.",
        "",
        "Only notes that exist in this language.",
    ),
    "country": FilterHelp(
        "Only notes that hold for one of these countries (`BE`, `NL`, `LU`, …) or areas (`BNL`, `EU`, …); "
        "a Benelux- or EU-wide note holds for `BE` too and says so in `applies_through`.",
        "Only notes that hold for one of these countries (`BE`, `NL`, `LU`, …) or areas (`BNL`, `EU`, …). Leave it out "
        "to see what all countries do.",
        "Only notes for this country, e.g. BE.",
    ),
    "crime_type": FilterHelp(
        "Only notes about one of these crime types or a narrower one (see `/v1/taxonomy`).",
        "Only notes about one of these crime types or a narrower one.",
        "Only notes on this crime type.",
    ),
    "phase": FilterHelp(
        "Only notes about one of these phases.",
        "Only notes about one of these phases of the work against crime.",
        "Only notes on this phase.",
    ),
    "kind": FilterHelp(
        "`practice` or `strategy`. Default: both, in a list each.",
        "`practice`, or `strategy` for strategy documents. Default: both.",
        "practice or strategy.",
    ),
    "status": FilterHelp(
        "Only notes of these statuses, e.g. `operational`, `annulled`, `in-force`.",
        "Only notes of these statuses.",
        "Only notes of this status.",
    ),
    "evidence": FilterHelp(
        "Only practices of these evidence levels, e.g. `independently-evaluated`.",
        "Only practices of these evidence levels.",
        "Only practices of this evidence level.",
    ),
    "organisation": FilterHelp(
        "Only practices of these organisations, by name or abbreviation, e.g. `CCB`; one that no note names is "
        "refused.",
        "Only practices of these organisations, by name or abbreviation, e.g. `CCB`.",
        "Only practices of this organisation.",
    ),
}

FILTER_HELP: Final[Mapping[str, FilterHelp]] = {
    name: _WRITTEN[name] if name in _WRITTEN else FilterHelp.of_choice(name) for name in FILTERS
}
"""Parameter, each of which may be given several times -> the sentences about it."""


def parameter_fields() -> dict[str, Any]:
    """Return the fields of a pydantic model whose members narrow a list, as parameters of an address."""
    return {name: (list[str], several(name, f"{words.description} Repeatable.")) for name, words in FILTER_HELP.items()}


def argument_fields() -> dict[str, Any]:
    """Return the fields of a pydantic model whose members narrow a list, as arguments of a tool."""
    return {
        name: (list[str], several(name, words.assistants)) for name, words in FILTER_HELP.items() if words.assistants
    }


def several(name: str, description: str) -> Any:
    """Return a field for several values of a filter, which are listed where no vocabulary of the index has them."""
    return Field([], description=description, json_schema_extra=_listed(name))


def _listed(name: str) -> Callable[[dict[str, Any]], None]:
    def described(schema: dict[str, Any]) -> None:
        if fixed := FILTERS[name].fixed:
            schema["items"]["enum"] = [*fixed]

    return described


def chosen(given: Any) -> dict[str, list[str]]:
    """Return the keyword arguments of `search.query.search_query` that narrow a list. given: a model with the fields"""
    return {name: getattr(given, name) for name in FILTERS if hasattr(given, name)}
