"""`docs/authors.md` names what the code knows, no more and no less, in each language."""

import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from api.cli.main import app
from ingest.authoring.guide import filled
from kb.content.reader import read_taxonomy
from kb.notes.field_words import field_words
from kb.notes.note import REQUIRED_SECTIONS, SECTIONS, Kind
from kb.text.languages import Language

REPOSITORY = Path(__file__).parents[2]
TEXT = (REPOSITORY / "docs" / "authors.md").read_text(encoding="utf-8")
TABLE = Path(__file__).with_name("authors_fields.yaml")
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
PARTS = {Language.FR: "Français", Language.NL: "Nederlands", Language.EN: "English"}


def part(heading):
    return TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def fields(text):
    """Return mark, label, values and content of every field of the nested lists by its dotted name."""
    found = {}
    above = []
    pattern = r"^( *)- `([\w.]+)`([^*\n]*(?:\\\*[^*\n]*)?) \*\*(.+?)\*\*(?: \((.*?)\))?\. (.+)\.$"
    for indent, name, *item in re.findall(pattern, text, re.MULTILINE):
        above = [*above[: len(indent) // 2], name]
        # A field of two kinds of note stands in the list of each.
        assert found.setdefault(".".join(above), item) == item
    return found


FIELDS = {language: fields(part(heading)) for language, heading in PARTS.items()}


@pytest.mark.parametrize("language", Language)
def test_every_field_has_its_words_in_the_list_of_the_notes_that_have_it(language):
    words = {name: (each[language].label, each[language].sentence) for name, each in field_words().items()}
    assert {name: (label, content) for name, (_, label, _, content) in FIELDS[language].items()} == words
    lists = [fields(text) for text in part(PARTS[language]).split("\n#### ")[1:]]
    own = ("questions", "translation.of", "reviewed", "evidence", "targets", "power")
    for group, name in zip(lists, own, strict=True):
        assert [name in other for other in lists] == [other is group for other in lists]


@pytest.mark.parametrize(("name", "mark", "values"), yaml.safe_load(TABLE.read_text("utf-8")))
def test_fields_say_whether_they_are_required_and_what_they_take(name, mark, values):
    assert FIELDS[Language.EN][name][::2] == [mark, values]


def test_values_that_differ_by_kind_name_it():
    assert FIELDS[Language.FR]["status"][2].startswith("pratique\N{NO-BREAK SPACE}: `proposed`, ")
    assert "; stratégie\N{NO-BREAK SPACE}: `draft`, " in FIELDS[Language.FR]["status"][2]


def test_headings_are_the_fixed_ones():
    wanted = [
        (*(names[language] for language in Language), f"`#{key}`{' *' if key in REQUIRED_SECTIONS[kind] else ''}")
        for kind in Kind
        for key, names in SECTIONS[kind].items()
    ]
    assert re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \| (`#.*?) \|$", TEXT, re.MULTILINE) == wanted


def test_words_are_those_of_the_vocabularies():
    for scheme in TAXONOMY.schemes():
        table = TEXT.split(f"\n### {scheme.name}\n", 1)[1].split("\n#", 1)[0]
        wanted = [(key, " | ".join(map(concept.label, Language))) for key, concept in scheme.items()]
        assert re.findall(r"^\| `([\w.-]+)`(?: ⊂ .*?)? \| (.*) \|$", table, re.MULTILINE) == wanted


def test_text_around_the_marks_stays():
    page = "Mine.\n<!-- generated: headings -->\nold\n<!-- end -->\nMine, too.\n"
    made = filled(page, TAXONOMY)
    assert made.startswith("Mine.\n<!-- generated: headings -->\n")
    assert made.endswith("<!-- end -->\nMine, too.\n")
    assert "Probleem" in made
    assert "old" not in made
    assert filled(made, TAXONOMY) == made
    with pytest.raises(KeyError, match="heading"):
        filled(page.replace("headings", "heading"), TAXONOMY)


FOR_OTHERS = {"mcp", "stats", "eval", "keys", "feedback", "audit", "doctor", "backup", "restore"}
"""Commands of those who run a server or measure the search."""


@pytest.mark.parametrize("language", Language)
def test_commands_are_those_of_the_terminal(language):
    text = part(PARTS[language])
    known = get_command(app).commands
    table = "\n".join(line for line in text.splitlines() if line.startswith("| `kb "))
    assert set(re.findall(r"`kb (\w+)", table)) == known.keys() - FOR_OTHERS
    assert {"--fix", "--stale", "--similar"} <= set(re.findall(r"`kb lint (--\w+)`", table))
