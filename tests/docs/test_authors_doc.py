"""`docs/authors.md` names what the code knows, no more and no less, in each language."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

import pytest
from pydantic import BaseModel
from typer.main import get_command

from api.cli.main import app
from ingest.authoring.guide import filled
from kb.content.reader import read_taxonomy
from kb.notes.field_words import field_words
from kb.notes.front_matter import LanguageFields, PracticeFields, StrategyFields, TranslationFields
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, Kind
from kb.text.languages import Language

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docs" / "authors.md").read_text(encoding="utf-8")
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
PARTS = {Language.FR: "Français", Language.NL: "Nederlands", Language.EN: "English"}
MODELS: dict[str, type[LanguageFields]] = {
    "practice": PracticeFields,
    "strategy": StrategyFields,
    "translation": TranslationFields,
}


def part(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of every table row about a concept."""
    cells = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines() if line[:1] == "|"
    ]
    return [row for row in cells if re.fullmatch(r"`[\w.-]+`( ⊂.*)?", row[0])]


class Item(NamedTuple):
    mark: str
    label: str
    values: str
    content: str


def fields(text: str) -> dict[str, Item]:
    """Return every field of the nested lists by its dotted name."""
    found: dict[str, Item] = {}
    above: list[str] = []
    pattern = r"^( *)- `([\w.]+)`([^*\n]*(?:\\\*[^*\n]*)?) \*\*(.+?)\*\*(?: \((.*?)\))?\. (.+)\.$"
    for indent, name, mark, label, values, content in re.findall(pattern, text, re.MULTILINE):
        above = [*above[: len(indent) // 2], name]
        assert ".".join(above) not in found
        found[".".join(above)] = Item(mark, label, values, content)
    return found


def inside(annotation: Any) -> Iterator[Any]:
    """Yield an annotation and everything in it."""
    yield annotation
    for argument in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from inside(argument)


def walk(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """Yield dotted name, whether it is required, and its closed list of values, of every field at any depth."""
    for name, field in model.model_fields.items():
        found = list(inside(field.annotation))
        values = (value for each in found if get_origin(each) is Literal for value in get_args(each))
        yield prefix + name, field.is_required(), tuple(value for value in values if value is not None)
        for each in found:
            if isinstance(each, type) and issubclass(each, BaseModel):
                yield from walk(each, f"{prefix}{name}.")


KNOWN = {kind: {name: (needed, values) for name, needed, values in walk(model)} for kind, model in MODELS.items()}
FIELDS = {language: fields(part(heading)) for language, heading in PARTS.items()}


@pytest.mark.parametrize("language", Language)
def test_fields_are_the_models_fields_with_their_words_and_values(language: Language) -> None:
    assert sorted(FIELDS[language]) == sorted({name for known in KNOWN.values() for name in known})
    for name, item in FIELDS[language].items():
        words = field_words()[name][language]
        content = f"{words.meaning} ({words.when})" if words.when else words.meaning
        assert (item.label, item.content) == (words.label, content)
        values = {value for known in KNOWN.values() if name in known for value in known[name][1]}
        assert not {f"`{value}`" for value in values} - set(re.findall(r"`[^`]+`", item.values)), name


@pytest.mark.parametrize("language", Language)
def test_fields_are_in_the_list_of_the_notes_that_have_them(language: Language) -> None:
    practice, strategy, translation = (KNOWN[kind].keys() for kind in MODELS)
    lists = [fields(text).keys() for text in part(PARTS[language]).split("\n#### ")[1:]]
    every = practice & translation
    wanted = [every, translation - practice, (practice & strategy) - every, practice - strategy, strategy - practice]
    assert lists == wanted


def test_required_fields_have_a_star() -> None:
    for name, item in FIELDS[Language.EN].items():
        needed = {known[name][0] for known in KNOWN.values() if name in known}
        assert item.mark == (r" \* practice" if len(needed) == 2 else r" \*" if needed == {True} else ""), name


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("title", "text, at most 200 characters"),
        ("owner", "text"),
        ("reviewed", "day, YYYY-MM-DD"),
        ("questions", "list, at most 12: text, at least 15 characters, at most 140 characters"),
        ("adopted", "date: YYYY, YYYY-MM or YYYY-MM-DD"),
        ("sources.url", "web address"),
        ("countries", "list: [countries](#countries)"),
        ("partners_private", "`true` or `false`"),
        ("sources", "list"),
        ("evidence", ""),
        ("targets.year", "whole number"),
        ("translation.of", "`fr`, `nl`, `en`"),
        ("legal_basis.country", "[countries](#countries)"),
    ],
)
def test_forms_of_values_are_said_in_words(name: str, values: str) -> None:
    assert FIELDS[Language.EN][name].values == values


def test_headings_are_the_fixed_ones() -> None:
    wanted = [
        (*(names[language] for language in Language), f"`#{key}`{' *' if key in REQUIRED_SECTIONS[kind] else ''}")
        for kind in Kind
        for key, names in SECTIONS[kind].items()
    ]
    assert re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \| (`#.*?) \|$", TEXT, re.MULTILINE) == wanted


def test_words_are_those_of_the_vocabularies() -> None:
    tables = dict(
        table.split("\n", 1) for table in part("Vocabulaires · Woordenlijsten · Vocabularies").split("\n### ")[1:]
    )
    assert tables.keys() == {scheme.name for scheme in TAXONOMY.schemes()}
    for scheme in TAXONOMY.schemes():
        wanted = [[key, *(concept.label(language) for language in Language)] for key, concept in scheme.items()]
        assert [[row[0].split("`")[1], *row[1:]] for row in rows(tables[scheme.name])] == wanted


def test_text_around_the_marks_stays() -> None:
    page = "Mine.\n<!-- generated: headings -->\nold\n<!-- end -->\nMine, too.\n"
    made = filled(page, TAXONOMY)
    assert made.startswith("Mine.\n<!-- generated: headings -->\n")
    assert made.endswith("<!-- end -->\nMine, too.\n")
    assert "Probleem" in made
    assert "old" not in made
    assert filled(made, TAXONOMY) == made
    with pytest.raises(KeyError, match="heading"):
        filled(page.replace("headings", "heading"), TAXONOMY)


FOR_OTHERS = {"mcp", "stats", "eval", "keys"}
"""Commands of those who run a server or measure the search."""


@pytest.mark.parametrize("language", Language)
def test_commands_are_those_of_the_terminal(language: Language) -> None:
    text = part(PARTS[language])
    known = get_command(app).commands  # type: ignore[attr-defined]  # it is a group
    table = "\n".join(line for line in text.splitlines() if line.startswith("| `kb "))
    assert set(re.findall(r"`kb (\w+)", table)) == known.keys() - FOR_OTHERS
    assert {"--fix", "--stale", "--similar"} <= set(re.findall(r"`kb lint (--\w+)`", table))
    for command in re.findall(r"`kb ([^`]+)`", text):
        name, *arguments = shlex.split(command)
        known[name].make_context(name, arguments, resilient_parsing=not arguments)
