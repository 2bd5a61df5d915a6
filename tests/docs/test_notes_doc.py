"""`docs/notes.md` names fields and codes that there are, and its example is a clean collection."""

import re
from pathlib import Path
from typing import Any

from ingest.lint import RULES, check
from kb.content.reader import read_collection, read_taxonomy
from kb.issue import Level
from kb.notes.field_words import field_words

TEXT = (Path(__file__).parents[2] / "docs" / "notes.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"^`content/([a-z0-9/.-]+\.md)`\n\n```markdown\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_standard_names_are_those_of_fields() -> None:
    table = TEXT.split("\n### Standard names\n", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"`([a-z_.]+)`", table.split("|---|---|", 1)[1])
    assert len(named) == len(set(named)) > 30
    assert set(named) <= field_words().keys()


def test_codes_exist_and_no_error_is_forgotten() -> None:
    named = set(re.findall(r"KB\d{3}", TEXT))
    assert named <= {rule.code for rule in RULES}
    assert {rule.code for rule in RULES if rule.level is Level.ERROR} <= named
    listed = re.search(r"A \*\*warning\*\* \(([^)]*)\)", TEXT)
    assert listed is not None
    assert listed[1].split(", ") == [rule.code for rule in RULES if rule.level is Level.WARNING]


def test_example_is_clean(content: Any) -> None:
    files = EXAMPLE.findall(TEXT)
    assert len(files) == 3
    for path, text in files:
        place = content.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    collection = read_collection([content.root])
    problems = check(collection, read_taxonomy([content.root]), "2026-11-25")
    assert [str(one) for one in problems if one.code != "KB407"] == []  # counterparts are notes that are not here
    assert len(collection.notes) == 2
