"""`docs/authors.md` names what the code knows, no more and no less, in each language."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

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
KINDS = {
    Language.FR: ("Pratiques", "Stratégies"), Language.NL: ("Praktijken", "Strategieën"),
    Language.EN: ("Practices", "Strategies"),
}  # fmt: skip


def part(heading: str) -> str:
    return TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[list[str]]:
    """Cells of every table row that tells of a name."""
    cells = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines() if line[:1] == "|"
    ]
    return [row for row in cells if row[0].startswith("`") and " " not in row[0]]


def fields(language: Language) -> dict[str, list[str]]:
    found = rows(part(PARTS[language]))
    assert len(found) == len({row[0] for row in found})
    return {row[0].strip("`"): row for row in found}


def inside(annotation: Any) -> Iterator[Any]:
    """An annotation and everything in it."""
    yield annotation
    for part in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from inside(part)


def walk(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool, tuple[str, ...]]]:
    """Dotted name, whether it is required, and its closed list of values, of every field at any depth."""
    for name, field in model.model_fields.items():
        found = list(inside(field.annotation))
        values = tuple(
            value for part in found if get_origin(part) is Literal for value in get_args(part) if value is not None
        )
        yield prefix + name, field.is_required(), values
        for part in found:
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from walk(part, f"{prefix}{name}.")


KNOWN = {kind: {name: (needed, values) for name, needed, values in walk(model)} for kind, model in MODELS.items()}


@pytest.mark.parametrize("language", Language)
def test_fields_are_the_models_fields_with_their_words(language: Language) -> None:
    found = fields(language)
    assert sorted(found) == sorted({name for known in KNOWN.values() for name in known})
    for name, row in found.items():
        words = field_words()[name][language]
        assert (row[1], row[4]) == (words.label, words.meaning)


@pytest.mark.parametrize("language", Language)
def test_fields_stand_in_the_table_of_the_notes_that_have_them(language: Language) -> None:
    tables = part(PARTS[language]).split("\n#### ")[1:]
    assert len(tables) == 5
    for kind, table in zip(("practice", "strategy"), tables[3:], strict=True):
        assert table.startswith(f"{KINDS[language][kind == 'strategy']}\n")
        (other,) = {"practice", "strategy"} - {kind}
        assert {row[0].strip("`") for row in rows(table)} == KNOWN[kind].keys() - KNOWN[other].keys()
    assert {row[0].strip("`") for row in rows(tables[0])} == KNOWN["practice"].keys() & KNOWN["translation"].keys()
    assert {row[0].strip("`") for row in rows(tables[1])} == KNOWN["translation"].keys() - KNOWN["practice"].keys()


def test_fields_say_when_they_are_required() -> None:
    for name, row in fields(Language.EN).items():
        needed = {known[name][0] for known in KNOWN.values() if name in known}
        if needed == {True}:
            assert row[2] == "yes", name
        elif needed == {False}:
            assert row[2] == (field_words()[name][Language.EN].when or "no"), name
        else:
            assert row[2] == "practice: yes; strategy: no", name


@pytest.mark.parametrize("language", Language)
def test_fields_name_their_values(language: Language) -> None:
    for name, row in fields(language).items():
        values = {value for known in KNOWN.values() if name in known for value in known[name][1]}
        assert not {f"`{value}`" for value in values} - set(re.findall(r"`[^`]+`", row[3])), name


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("title", "text, at most 200 characters"), ("owner", "text, at most 2000 characters"),
        ("reviewed", "day, YYYY-MM-DD"),
        ("questions", "list, at most 12: text, at least 15 characters, at most 140 characters"),
        ("adopted", "date: YYYY, YYYY-MM or YYYY-MM-DD"), ("sources.url", "web address, https://…"),
        ("countries", "list, at least 1: word of [countries](#countries)"), ("partners_private", "`true` or `false`"),
        ("sources", "list, at least 1: the fields below"), ("evidence", "the fields below"),
        ("targets.year", "whole number"),
        ("translation.of", "`fr`, `nl`, `en`"), ("legal_basis.country", "word of [countries](#countries)"),
    ],
)  # fmt: skip
def test_forms_of_values_are_told_in_words(name: str, values: str) -> None:
    assert fields(Language.EN)[name][3] == values


def test_headings_are_the_fixed_ones() -> None:
    wanted = [
        (*(names[language] for language in Language), f"`#{key}`{' *' if key in REQUIRED_SECTIONS[kind] else ''}")
        for kind in Kind
        for key, names in SECTIONS[kind].items()
    ]
    found = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \| (`#.*?) \|$", TEXT, re.MULTILINE)
    assert found == wanted


def test_words_are_those_of_the_vocabularies() -> None:
    text = part("Vocabulaires · Woordenlijsten · Vocabularies")
    schemes = {scheme.name: scheme for scheme in TAXONOMY.schemes()}
    tables = dict(one.split("\n", 1) for one in text.split("\n### ")[1:])
    assert tables.keys() == schemes.keys()
    for name, scheme in schemes.items():
        wanted = [[f"`{one}`", *(concept.label(language) for language in Language)] for one, concept in scheme.items()]
        assert [row[:4] for row in rows(tables[name])] == wanted


def test_links_lead_to_what_is_there() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= anchors


def test_what_is_written_around_the_marks_is_left_alone() -> None:
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
    table = text.split("\n### ")[1]
    told = [line.split("|", 2)[1:] for line in table.splitlines() if line.startswith("| `kb ")]
    known = get_command(app).commands  # type: ignore[attr-defined]  # it is a group
    assert {name for line in told for name in re.findall(r"`kb (\w+)", "|".join(line))} == known.keys() - FOR_OTHERS
    assert {"--fix", "--stale", "--similar"} <= set(re.findall(r"`kb lint (--\w+)`", table))
    assert "`.venv/bin/kb`" in table
    assert all(
        word in text.split("\n### ")[2] for word in ("`draft: true`", "`KB_DRAFTS=true`", "`kb preview ", "`kb diff ")
    )
    for command in re.findall(r"`kb ([^`]+)`", text):
        name, *arguments = shlex.split(command)
        known[name].make_context(name, arguments, resilient_parsing=not arguments)
