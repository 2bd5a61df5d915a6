"""The schema of front matter: it accepts every note of the collection, and refuses nothing that lint accepts."""

from pathlib import Path

import jsonschema
import pytest

from ingest.lint import check, errors
from kb.content.reader import read_collection, read_taxonomy
from kb.notes.markdown import parse
from kb.notes.schema import note_schema

CONTENT = Path(__file__).parents[3] / "content"
TAXONOMY = read_taxonomy([CONTENT])
SCHEMA = note_schema(TAXONOMY)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def front(path):
    return parse(path.read_text("utf-8")).front


def test_it_is_a_schema_that_refers_to_nothing_outside_of_it():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert all(one.startswith("#/$defs/") for one in references(SCHEMA))


def references(schema):
    if isinstance(schema, dict):
        return [one for name, value in schema.items() for one in ([value] if name == "$ref" else references(value))]
    return [one for value in schema for one in references(value)] if isinstance(schema, list) else []


def test_every_note_of_the_collection_is_valid():
    notes = [*CONTENT.glob("practices/*/*.md"), *CONTENT.glob("strategies/*/*.md")]
    assert len(notes) > 400
    assert [str(one) for one in notes if not VALIDATOR.is_valid(dict(front(one)))] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("crime_types", ["fishing"]),
        ("countries", ["XX"]),
        ("countries", []),
        ("phases", "prevention"),
        ("status", "running"),
        ("tlp", "purple"),
        ("started", "last year"),
        ("reviewed", "2026"),
        ("title", ""),
        ("title", "x" * 201),
        ("evidence", {"level": "untested"}),
        ("evidence", {"level": "sure", "effect": "none"}),
        ("sources", []),
        ("sources", [{"url": "nowhere", "title": "T", "publisher": "P", "accessed": "2026-01-01"}]),
        ("organisations", [{"name": "CCB", "role": "boss"}]),
        ("no_counterpart", ["XX"]),
        ("unknown", 1),
        ("legal_basis", [{"country": "XX"}]),
        ("questions", ["short"]),
        ("attack", ["1566"]),
        ("summary", None),
    ],
)
def test_what_the_schema_refuses_lint_refuses(content, field, value):
    file = CONTENT / "practices" / "be-baps" / "fr.md"
    good = dict(front(file))
    bad = {**good, field: value}
    assert VALIDATOR.is_valid(good)
    assert not VALIDATOR.is_valid(bad)

    def errors_of(fields):
        content.practice("be-baps", "fr", parse(file.read_text("utf-8")).body, **fields)
        found = check(read_collection([content.root]), TAXONOMY, "2026-11-25")
        return {(one.code, one.message) for one in errors(found)}

    assert errors_of(bad) - errors_of(good)


def test_fields_and_words_are_named_in_three_languages():
    practice = SCHEMA["$defs"]["practice"]["properties"]
    assert practice["crime_types"]["title"] == "Crime types"
    assert "fr: Types de criminalité." in practice["crime_types"]["description"]
    items = practice["crime_types"]["items"]
    assert items["enumDescriptions"][items["enum"].index("phishing")] == "hameçonnage / phishing / phishing"
    source = SCHEMA["$defs"]["practice-Source"]["properties"]["accessed"]
    assert "nl: Gelezen op." in source["description"]
