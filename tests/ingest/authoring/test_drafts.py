"""A new note has all fields and headings, and lint names what is missing; a translation begins with what it renders."""

import re
from datetime import date

import pytest

from ingest.authoring.drafts import skeleton, translation
from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy
from kb.notes.field_words import field_words
from kb.notes.markdown import parse, sections
from kb.notes.note import SECTIONS, Kind
from kb.notes.schema import FORMS
from kb.text.languages import Language

TODAY = date(2026, 11, 27)
GIVEN = {
    "title": "Een scherm: tegen phishing",
    "countries": ["BE"],
    "crime_types": ["phishing"],
    "phases": ["prevention"],
}
BODY = (
    "## Problem\n\nPeople receive messages.\n\n### A part of it\n\nMore.\n\n```\n## Approach\n```\n\n"
    "## Approach\n\n- Block. {#o1}\n"
)


def issues(content):
    return [*check(read_collection([content.root]), read_taxonomy([content.root]), TODAY.isoformat())]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", Language)
def test_a_new_note_has_every_field_and_heading(content, kind, language):
    text = skeleton(kind, language, GIVEN, read_taxonomy([content.root]), TODAY)
    parsed = parse(text)
    required = {name for name, field in FORMS[kind].model_fields.items() if field.is_required()}
    assert required | GIVEN.keys() | {"licence", "draft"} == parsed.front.keys()
    assert parsed.front["draft"] is True
    assert {name: parsed.front[name] for name in GIVEN} == GIVEN
    for name in FORMS[kind].model_fields:
        assert f"\n{name}:" in text or f"\n# {name}:" in text
        assert field_words()[name][language].label in text
    headings = [section.heading for section in sections(parsed.body, 1, kind)]
    assert headings == [names[language] for names in SECTIONS[kind].values()]
    assert max(map(len, text.splitlines())) <= 150


FILLED = """
summary: What it is.
  - name: A bank
    role: lead
started: 2022
authors: [A unit]
status: pilot
tlp: clear
  - url: https://example.org
    title: A page
    publisher: An issuer
    accessed: 2026-11-27
  level: untested
  effect: unknown
"""


def test_lint_names_what_is_not_filled_in_yet(content):
    text = skeleton(Kind.PRACTICE, Language.EN, GIVEN, read_taxonomy([content.root]), TODAY)
    file = content.practice("be-shield")
    file.write_text(text, "utf-8")
    lines = text.splitlines()
    found = [issue for issue in issues(content) if issue.code in ("KB109", "KB112")]
    missing = {lines[issue.line - 1].split(":")[0].strip(" -") for issue in found}
    assert {line.split(":")[0].strip(" -") for line in FILLED.strip().splitlines()} <= missing

    for line in FILLED.strip("\n").splitlines():
        empty = f"\n{line.partition(':')[0]}:"
        assert empty in text
        text = text.replace(empty, f"\n{line}  # ", 1)
    file.write_text(text, "utf-8")
    assert [issue for issue in issues(content) if issue.level == "error"] == []
    assert "KB205" in {issue.code for issue in issues(content)}  # headings without text are still named


def test_a_translation_has_the_original_text_under_its_own_headings(content):
    questions = ["Who blocks\nfalse sites?"]
    file = content.practice(
        "be-a", body=BODY, title="A: shield", summary="First.\nSecond: line.\n", questions=questions
    )
    [note] = read_collection([content.root]).notes
    text = translation(note, Language.NL)
    assert f'source_revision: "{note.original_version.revision}"' in text
    assert "# Titel (Engels): A: shield\ntitle:\n" in text
    assert "# Samenvatting (Engels): First. Second: line.\nsummary:\n" in text
    assert "#   - Who blocks false sites?\nquestions:\n" in text
    translated = BODY.replace("## Problem", "## Probleem").replace("\n\n## Approach", "\n\n## Aanpak")
    assert text.endswith(translated)
    filled_in = re.sub(r"^(title|summary):$", r"\1: Een scherm.", text.replace("\nquestions:\n", "\n"), flags=re.M)
    file.with_name("nl.md").write_text(filled_in, "utf-8")
    [note] = read_collection([content.root]).notes
    assert not note.is_stale(Language.NL)
    assert [issue for issue in issues(content) if issue.level == "error"] == []
