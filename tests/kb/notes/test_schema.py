"""The schema of front matter: it accepts every note of the collection, and refuses nothing that lint accepts."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from ingest.lint import check, errors
from kb.content.reader import read_collection, read_taxonomy
from kb.notes.markdown import parse
from kb.notes.schema import note_schema

CONTENT = Path(__file__).parents[3] / "content"
REFUSED = Path(__file__).with_name("refused_values.yaml")
TAXONOMY = read_taxonomy([CONTENT])
SCHEMA = note_schema(TAXONOMY)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def front(path):
    return parse(path.read_text("utf-8")).front


def test_every_note_of_the_collection_is_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    notes = [*CONTENT.glob("practices/*/*.md"), *CONTENT.glob("strategies/*/*.md")]
    assert len(notes) > 400
    assert [path for path in notes if not VALIDATOR.is_valid(front(path))] == []


@pytest.mark.parametrize(("field", "value"), yaml.safe_load(REFUSED.read_text("utf-8")))
def test_what_the_schema_refuses_lint_refuses(content, field, value):
    file = CONTENT / "practices" / "be-baps" / "fr.md"
    good = front(file)
    bad = {**good, field: value}
    assert VALIDATOR.is_valid(good)
    assert not VALIDATOR.is_valid(bad)

    def errors_of(fields):
        content.practice("be-baps", "fr", parse(file.read_text("utf-8")).body, **fields)
        found = check(read_collection([content.root]), TAXONOMY, "2026-11-25")
        return {(issue.code, issue.message) for issue in errors(found)}

    assert errors_of(bad) - errors_of(good)
