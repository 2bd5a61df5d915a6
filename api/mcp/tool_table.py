"""The tools that assistants have: what each is for, what it takes, what it answers. All of them only read.

Knows nothing of the protocol. What a tool reads, it reads through an `IndexView`: as far as its caller may see.
The words are in tools.yaml. Values are checked where questions are (`search.query`).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model

from api.exports.note_markdown import citation, linked_text
from api.mcp.answers import CompareAnswer, CoverageAnswer, NoteAnswer, NoteWriter, SearchAnswer, TaxonomyAnswer
from api.mcp.wording import TEXTS
from api.models.collection import CoverageResponse
from api.models.filters import FILTER_HELP, chosen, several
from api.models.parameters import error_words, unknown_parameter
from api.models.requests import LANGUAGES, Whole
from kb.errors import QueryError
from kb.notes.note import Kind
from kb.notes.taxonomy import Concept, Taxonomy
from kb.text.languages import Language
from search.query import FILTERS, MAX_CHARACTERS, empty_question, known_values, reader_language
from search.results import SearchResults
from search.view import IndexView

DEFAULT_LIMIT: Final = 5
MAX_LIMIT: Final = 20
"""Notes of a list that one answer may name."""
_TOLD: Final = {*NoteAnswer.model_fields, "contacts", "evidence", "related", "started"} - {"implements"}
"""Fields of a note that an answer tells by other names, or besides."""


class Asked(BaseModel):
    """What a tool takes. Other names are refused: a filter with a typing error must not pass for none."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else [] if value is None else value


Several = Annotated[list[str], BeforeValidator(_listed)]
"""Several values; one may stand by itself, and null for none."""
ReaderLanguage = Annotated[str | None, Field(json_schema_extra=LANGUAGES)]


class _Question(Asked):
    question: str = Field(json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS})
    language: ReaderLanguage = None


_FILTERS: Final[dict[str, Any]] = {
    name: (Several, several(name, words.assistants)) for name, words in FILTER_HELP.items() if words.assistants
}
_Filtered: Any = create_model("_Filtered", __base__=_Question, **_FILTERS)


class SearchAsked(_Filtered):
    """A question."""

    limit: Whole = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description=f"Notes per list, 1 to {MAX_LIMIT}.")


class NoteAsked(Asked):
    """A note."""

    id: str
    language: ReaderLanguage = None
    part: Whole = Field(1, ge=1)


class CompareAsked(Asked):
    """A crime type, or a power."""

    crime_type: str | None = None
    phase: str | None = None
    power: str | None = None
    country: Several = []
    language: ReaderLanguage = None


class CoverageAsked(Asked):
    """The collection, or what it has on a crime type."""

    crime_type: str | None = None


class TaxonomyAsked(Asked):
    """The vocabularies, or one of them."""

    scheme: str | None = None
    language: ReaderLanguage = None


def _refused(error: ValidationError, kind: type[Asked]) -> QueryError:
    """Return the refusal, in the words of the API, of what cannot be read as what a tool takes."""
    items = error.errors(include_url=False, include_input=False)
    names = [".".join(str(part) for part in item["loc"] if isinstance(part, str))[:60] for item in items]
    for name, item in zip(names, items, strict=True):
        if item["type"] == "extra_forbidden":
            return unknown_parameter(name, tuple(kind.model_fields))
        if (name, item["type"]) == ("question", "missing"):
            return empty_question()
    words = {"limit": f"it is a number from 1 to {MAX_LIMIT}", "part": "it is a number from 1"}
    errors = (f"`{name}`: {words.get(name, error_words(item))}" for name, item in zip(names, items, strict=True))
    return QueryError(
        f"{'; '.join(errors)}.", field=names[0], remedy="The tool's input schema says what each parameter takes."
    )


@dataclass(frozen=True)
class Tool:
    """A tool, with its texts of tools.yaml. read: (view, what is asked, what addresses begin with) -> its answer"""

    name: str
    title: str
    description: str
    parameters: Mapping[str, str]
    asked: type[Asked]
    read: Callable[[IndexView, Any, str], BaseModel]

    def call(self, view: IndexView, arguments: Mapping[str, Any], site: str) -> BaseModel:
        """Answer a caller. Raises KbError."""
        try:
            json.dumps(arguments, ensure_ascii=False).encode()
            asked = self.asked.model_validate(arguments)
        except (UnicodeEncodeError, RecursionError):
            message = "The arguments hold half a character, or are nested too deeply."
            raise QueryError(message, field="arguments") from None
        except ValidationError as error:
            raise _refused(error, self.asked) from None
        return self.read(view, asked, site)

    def input_schema(self, taxonomy: Taxonomy | None) -> dict[str, Any]:
        """Return the schema of what it takes, with the words of the vocabularies where there are some."""
        schema: dict[str, Any] = json.loads(_json_schema(self.asked), object_hook=_without_title)
        for name, description in self.parameters.items():
            schema["properties"][name]["description"] = description
        if taxonomy is None:
            return schema
        known = {name: [*narrows.values(taxonomy)] for name, narrows in FILTERS.items() if narrows.scheme}
        known["scheme"] = [scheme.name for scheme in taxonomy.schemes()]
        for name in known.keys() & schema["properties"].keys():
            described = schema["properties"][name]
            if described.get("type") == "array":
                described["items"]["enum"] = known[name]
            else:
                described["enum"] = known[name] if name in schema.get("required", ()) else [*known[name], None]
        return schema


@cache
def _json_schema(model: type[BaseModel]) -> str:
    return json.dumps(model.model_json_schema())


def _without_title(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of a schema without the title that pydantic makes of a name."""
    return {name: value for name, value in part.items() if name != "title" or not isinstance(value, str)}


def _search(view: IndexView, asked: SearchAsked, site: str) -> SearchAnswer:
    reader = reader_language(asked.language, "language")
    found = view.search(asked.question, reader=reader, **chosen(asked), limit=asked.limit)
    writer = NoteWriter(site)
    best = (each.note for each in found.at_a_glance.values() if each.note)
    cards = {card.id: card for card in view.cards(best, found.reader)}
    return SearchAnswer.model_validate(
        {
            "relevant": found.relevant,
            "statement": _statement(found),
            "language": found.reader,
            "filters": found.filters,
            "at_a_glance": [
                writer.glance(country, cards.get(each.note or ""), each, found.reader)
                for country, each in found.at_a_glance.items()
                if each.note or each.contacts
            ],
            **{kind.folder: map(writer.hit, found.lists.get(kind, ())) for kind in Kind},
        }
    )


def _statement(found: SearchResults) -> str:
    if found.relevant:
        return "Relevant notes were found. `level` says of each how well it answers; those of level `low` do not."
    if found.hits:
        return (
            "Nothing relevant was found. The notes listed are only the nearest there are: say that nothing was found, "
            "and do not present them as an answer."
        )
    return "Nothing relevant was found: no note passes the filters." if found.filters else "Nothing was found."


def _note(view: IndexView, asked: NoteAsked, site: str) -> NoteAnswer:
    note = view.note(asked.id, reader_language(asked.language, "language"))
    payload = note.payload
    text, cited = linked_text(note, site, note.lang), citation(note, note.lang, site).text
    facts = NoteWriter(site).facts(note.id, payload, note.lang)
    own = {name: value for name, value in payload["fields"].items() if value and name not in _TOLD}
    return NoteAnswer.model_validate(
        {
            **facts,
            "resource": f"note://{note.id}/{note.lang}",
            "available_languages": payload["languages"],
            "original_language": payload["original"],
            **{name: [linked.id for linked in links] for name, links in vars(note.links).items()},
            "part": asked.part,
            "quoted": {**payload, "fields": own, "text": text, "citation": cited},
        }
    )


def _compare(view: IndexView, asked: CompareAsked, site: str) -> CompareAnswer:
    language = reader_language(asked.language, "language") or Language.EN
    wanted = known_values(
        "country", (FILTERS["country"].meant(each, view.taxonomy) for each in asked.country), view.taxonomy.countries
    )
    if asked.power and not asked.crime_type and not asked.phase:
        found = view.compare_powers(asked.power, language)
    elif asked.crime_type and not asked.power:
        found = view.compare(asked.crime_type, asked.phase, language)
    else:
        message = "Practices are compared by `crime_type`, with or without `phase`; powers by `power` alone."
        raise QueryError(message, field="crime_type", remedy="Give `crime_type`, or `power`.")
    columns = [column for column in found if not wanted or column.country in wanted]
    writer = NoteWriter(site)
    return CompareAnswer.model_validate(
        {
            "crime_type": asked.crime_type,
            "phase": asked.phase,
            "power": asked.power,
            "language": language,
            "countries": map(writer.column, columns),
        }
    )


def _coverage(view: IndexView, asked: CoverageAsked, _: str) -> CoverageAnswer:
    crime_type = asked.crime_type
    if crime_type is not None:
        known_values("crime_type", [crime_type], view.taxonomy.crime_types)
    chart = view.practice_map()
    cells: dict[str, dict[str, dict[str, int]]] = {}
    for (crime, phase, countries), cell in chart.cells.items():
        if cell.practices and crime_type in (None, crime):
            country = countries[0] if len(countries) == 1 else "others"
            cells.setdefault(crime, {}).setdefault(phase, {})[country] = cell.practices
    gaps: dict[str, dict[str, int]] = {}
    for gap in chart.gaps:
        if crime_type in (None, gap.crime_type):
            gaps.setdefault(gap.crime_type, {})[gap.phase] = gap.elsewhere
    counts = dict(CoverageResponse.of(view.coverage(date.today().isoformat()), view.guidance()))
    return CoverageAnswer.model_validate({**counts, "map": cells, "gaps": gaps})


def _taxonomy(view: IndexView, asked: TaxonomyAsked, _: str) -> TaxonomyAnswer:
    schemes = {scheme.name: scheme for scheme in view.taxonomy.schemes()}
    language = reader_language(asked.language, "language") or Language.EN
    if asked.scheme is None:
        return TaxonomyAnswer(
            {
                name: ", ".join(f"{concept.id} ({concept.label(language)})" for concept in scheme.values())
                for name, scheme in schemes.items()
            }
        )
    known_values("scheme", [asked.scheme], schemes)
    lines = (_concept(concept, language) for concept in schemes[asked.scheme].values())
    return TaxonomyAnswer({asked.scheme: "".join(f"\n{line}" for line in lines)})


def _concept(concept: Concept, language: Language) -> str:
    """Return a concept in a line: its id, its names, what is broader, what it is."""
    names = ", ".join(concept.names(language))
    broader = f"broader: {concept.broader}" if concept.broader else ""
    return " | ".join(filter(None, (f"{concept.id}: {names}", broader, concept.definitions.get(language))))


TOOLS: Final[Mapping[str, Tool]] = {
    name: Tool(name, **TEXTS["tools"][name], asked=asked, read=read)
    for name, asked, read in (
        ("search_practices", SearchAsked, _search),
        ("get_note", NoteAsked, _note),
        ("compare_countries", CompareAsked, _compare),
        ("list_coverage", CoverageAsked, _coverage),
        ("taxonomy", TaxonomyAsked, _taxonomy),
    )
}
"""The tools by name."""
