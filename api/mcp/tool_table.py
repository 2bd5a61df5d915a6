"""The tools that assistants have: what each is for, what it takes, what it answers. All of them only read.

Knows nothing of the protocol. What a tool reads, it reads through an `IndexView`: as far as its caller may see.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from pydantic import BaseModel

from api.exports.note_markdown import citation, linked_text
from api.mcp.answers import CompareAnswer, CoverageAnswer, NoteAnswer, SearchAnswer, TaxonomyAnswer
from api.mcp.asked import Asked, CompareAsked, CoverageAsked, NoteAsked, SearchAsked, TaxonomyAsked, checked
from api.models.collection import SchemeOut
from api.models.filters import chosen
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.query import known_values, reader_language
from search.view import IndexView


@dataclass(frozen=True)
class Tool:
    """A tool. read: (view, what is asked, what addresses begin with) -> its answer, or a KbError."""

    name: str
    title: str
    description: str
    asked: type[Asked]
    answer: type[BaseModel]
    read: Callable[[IndexView, Any, str], BaseModel]

    def call(self, view: IndexView, arguments: Mapping[str, Any], site: str) -> BaseModel:
        """Answer a caller. Raises KbError."""
        asked = checked(self.asked, arguments)
        return self.read(view, asked, site)


def input_schema(tool: Tool, taxonomy: Taxonomy | None) -> dict[str, Any]:
    """Return the schema of what a tool takes, with the words of the vocabularies where there are some."""
    schema = deepcopy(_schema(tool.asked))
    known: dict[str, list[str]] = {}
    if taxonomy:
        known = {
            "country": [*taxonomy.countries],
            "crime_type": [*taxonomy.crime_types],
            "phase": [*taxonomy.phases],
            "scheme": [scheme.name for scheme in taxonomy.schemes()],
        }
    for name, values in known.items():
        described = schema["properties"].get(name)
        if described is not None and described.get("type") == "array":
            described["items"]["enum"] = values
        elif described is not None:
            described["enum"] = values if name in schema.get("required", ()) else [*values, None]
    return schema


def output_schema(tool: Tool) -> dict[str, Any]:
    """Return the schema of what a tool answers."""
    return deepcopy(_schema(tool.answer))


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    asked = issubclass(model, Asked)
    found: dict[str, Any] = _without_titles(model.model_json_schema(mode="validation" if asked else "serialization"))
    return found


def _without_titles(schema: Any) -> Any:
    """Return a schema without the titles that pydantic makes of names."""
    if isinstance(schema, list):
        return [_without_titles(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_titles(part) for name, part in schema.items() if name != "title" or not isinstance(part, str)
    }


def _search(view: IndexView, asked: SearchAsked, site: str) -> SearchAnswer:
    found = view.search(
        asked.question,
        reader=reader_language(asked.language, "language"),
        **chosen(asked),
        limit=asked.limit,
    )
    return SearchAnswer.of(found, site, view.sources((*found.practices, *found.strategies)))


def _note(view: IndexView, asked: NoteAsked, site: str) -> NoteAnswer:
    note = view.note(asked.id, reader_language(asked.language, "language"))
    return NoteAnswer.of(note, site, linked_text(note, site, note.lang), citation(note, note.lang, site).text)


def _compare(view: IndexView, asked: CompareAsked, site: str) -> CompareAnswer:
    language = reader_language(asked.language, "language") or Language.EN
    found = view.compare(asked.crime_type, asked.phase, language)
    wanted = known_values("country", (country.upper() for country in asked.country), tuple(view.taxonomy.countries))
    columns = [column for column in found.columns if not wanted or column.country in wanted]
    cards = [
        card
        for column in columns
        for card in (*(practice.card for practice in column.practices), *column.strategies, *column.overarching)
    ]
    return CompareAnswer.of(found, columns, language, site, view.sources(cards))


def _coverage(view: IndexView, asked: CoverageAsked, _: str) -> CoverageAnswer:
    if asked.crime_type is not None:
        known_values("crime_type", [asked.crime_type], view.taxonomy.crime_types)
    found = view.coverage(date.today().isoformat())
    return CoverageAnswer.of(found, view.practice_map(), asked.crime_type)


def _taxonomy(view: IndexView, asked: TaxonomyAsked, _: str) -> TaxonomyAnswer:
    schemes = {scheme.name: scheme for scheme in view.taxonomy.schemes()}
    wanted = schemes if asked.scheme is None else known_values("scheme", [asked.scheme], schemes)
    return TaxonomyAnswer(schemes={name: SchemeOut.of(schemes[name]) for name in wanted})


TOOLS: Final[Mapping[str, Tool]] = {
    tool.name: tool
    for tool in (
        Tool(
            "search_practices",
            "Search practices and strategies",
            "Find practices of police and prosecution services against online crime, and the strategy documents they "
            "serve, in Belgium, the Netherlands, Luxembourg and the countries and areas around them. Ask in French, "
            "Dutch or English: notes in all three are found. Answers two lists, best first, each note with the passage "
            "that answers best, its evidence level, legal outcome, handling label (TLP), page and sources. Where "
            "`relevant` is false nothing was found, whatever the lists hold.",
            SearchAsked,
            SearchAnswer,
            _search,
        ),
        Tool(
            "get_note",
            "Read a note",
            "Read one practice or strategy document whole: its text in Markdown, its fields (organisations, legal "
            "basis, evaluations, sources), what it is linked with in other countries, and how to cite it.",
            NoteAsked,
            NoteAnswer,
            _note,
        ),
        Tool(
            "compare_countries",
            "Compare countries",
            "Put the practices of countries against one crime type side by side: approach, legal basis, partners, "
            "results, evidence, effort and risks, as far as each note says, and the strategies behind them. The "
            "Benelux countries are there even if they have no practice.",
            CompareAsked,
            CompareAnswer,
            _compare,
        ),
        Tool(
            "list_coverage",
            "What is covered and what is missing",
            "Count what the collection has by country, language, status and evidence level; map practices by crime "
            "type, phase and Benelux country; name the gaps. What is missing here may exist in reality.",
            CoverageAsked,
            CoverageAnswer,
            _coverage,
        ),
        Tool(
            "taxonomy",
            "The vocabularies",
            "Crime types, phases, countries and areas, and consultation bodies, with labels in French, Dutch and "
            "English, definitions, and what is broader and narrower. Their ids are the values of other tools' filters.",
            TaxonomyAsked,
            TaxonomyAnswer,
            _taxonomy,
        ),
    )
}
"""The tools by name."""
