"""What `CONTRIBUTING.md` and `docs/notes.md` show is true: a clean example, messages, codes, fields."""

import re
from pathlib import Path

import pytest

from api.locales.lint_words import forms
from ingest.lint import RULES, check
from kb.content.reader import read_collection, read_taxonomy
from kb.issue import Level
from kb.notes.field_words import field_words
from kb.text.languages import Language
from tests.contributing import EXAMPLE, PARTS

NOTES = (Path(__file__).parents[2] / "docs" / "notes.md").read_text(encoding="utf-8")
MESSAGE = re.compile(r"^ *content/(\S+\.md:\d+:\d+: KB\d{3} `(\S+)` .* `(\S+)`\s?\?)$", re.MULTILINE)


def lint(root, language, *files):
    """Return the messages about notes, as an author would read them in a folder `content`, in a language."""
    for path, text in files:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    issues = check(read_collection([root]), read_taxonomy([root]), "2026-11-25")
    # The counterparts of these notes are notes of the collection, which is not here.
    return [issue.line_in(forms(language)).replace(f"{root}/", "") for issue in issues if issue.code != "KB407"]


@pytest.mark.parametrize("language", PARTS)
def test_contributing_is_whole_and_shows_a_clean_note_and_a_message(language, content):
    ((path, text),) = EXAMPLE.findall(PARTS[language])
    assert path.endswith(f"/{language}.md")
    assert lint(content.root, Language(language), (path, text)) == []
    ((message, wrong, right),) = MESSAGE.findall(PARTS[language])
    assert lint(content.root, Language(language), (path, text.replace(f"[{right}", f"[{wrong}", 1))) == [message]
    assert PARTS[language].count("\n### ") == 9
    assert re.findall(r"^(\d)\. ", PARTS[language], re.MULTILINE) == list("123456")


def test_the_form_of_notes_has_every_code_and_fields_that_exist():
    table = NOTES.split("\n### Standard names\n", 1)[1].split("\n## ", 1)[0]
    fields = re.findall(r"`([a-z_.]+)`", table.split("|---|---|", 1)[1])
    assert len(fields) == len(set(fields)) > 30
    assert set(fields) <= field_words().keys()
    named = set(re.findall(r"KB\d{3}", NOTES))
    assert named <= {rule.code for rule in RULES}
    assert {rule.code for rule in RULES if rule.level is Level.ERROR} <= named
