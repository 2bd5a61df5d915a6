"""A new note has all fields and headings, and lint names what is missing; a translation begins with what it renders."""

from datetime import date
from pathlib import Path

import pytest

from ingest.authoring.drafts import MODELS, skeleton, translation
from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy
from kb.notes.field_words import field_words
from kb.notes.markdown import parse, sections
from kb.notes.note import SECTIONS, Kind
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
def test_a_new_note_has_every_field_and_heading_and_says_what_belongs_there(content, kind, language):
    text = skeleton(kind, language, GIVEN, read_taxonomy([content.root]), TODAY)
    parsed = parse(text)
    required = {name for name, field in MODELS[kind].model_fields.items() if field.is_required()}
    assert required | GIVEN.keys() | {"licence"} == parsed.front.keys()
    assert {name: parsed.front[name] for name in GIVEN} == GIVEN
    for name in MODELS[kind].model_fields:
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


def test_what_is_not_known_yet_is_named_with_its_line_until_it_is_filled_in(content):
    text = skeleton(Kind.PRACTICE, Language.EN, GIVEN, read_taxonomy([content.root]), TODAY)
    file = Path(content.root, "practices", "be-shield", "en.md")
    file.parent.mkdir(parents=True)
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


def test_a_translation_names_its_original_and_has_its_text_under_headings_of_its_own(content):
    content.practice(
        "be-a", body=BODY, title="A: shield", summary="First.\nSecond: line.\n", questions=["Who blocks\nfalse sites?"]
    )
    [note] = read_collection([content.root]).notes
    text = translation(note, Language.NL)
    assert f'source_revision: "{note.original_version.revision}"' in text
    assert "# Titel (Engels): A: shield\ntitle:\n" in text
    assert "# Samenvatting (Engels): First. Second: line.\nsummary:\n" in text
    assert "#   - Who blocks false sites?\nquestions:\n" in text
    translated = BODY.replace("## Problem", "## Probleem").replace("\n\n## Approach", "\n\n## Aanpak")
    assert text.endswith(translated)


def test_a_translation_that_is_filled_in_is_up_to_date(content):
    file = content.practice("be-a", body=BODY)
    [note] = read_collection([content.root]).notes
    text = translation(note, Language.FR)
    text = text.replace("title:\n", "title: Un bouclier\n").replace("summary:\n", "summary: Ce que c'est.\n")
    Path(file).with_name("fr.md").write_text(text, "utf-8")
    [note] = read_collection([content.root]).notes
    assert not note.is_stale(Language.FR)
    assert [issue for issue in issues(content) if issue.level == "error"] == []
