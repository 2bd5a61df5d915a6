"""A new note: all fields, what belongs into them, and what is not known yet is told by lint with its line."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.authoring.drafts import MODELS, skeleton
from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy
from kb.issue import Issue
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


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", Language)
def test_it_has_every_field_and_heading_and_says_what_belongs_there(
    content: Any, kind: Kind, language: Language
) -> None:
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


def issues(content: Any) -> list[Issue]:
    taxonomy = read_taxonomy([content.root])
    return list(check(read_collection([content.root]), taxonomy, TODAY.isoformat()))


def test_what_is_not_known_yet_is_named_with_its_line_until_it_is_filled_in(content: Any) -> None:
    text = skeleton(Kind.PRACTICE, Language.EN, GIVEN, read_taxonomy([content.root]), TODAY)
    file = Path(content.root, "practices", "be-shield", "en.md")
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    lines = text.splitlines()
    missing = {
        lines[one.line - 1].split(":")[0].strip(" -") for one in issues(content) if one.code in ("KB109", "KB112")
    }
    assert {"summary", "name", "role", "started", "url", "title", "authors", "status", "level", "effect"} <= missing
    assert "tlp" in missing

    filled = text
    for empty, value in (
        ("summary:\n", "summary: What it is.\n"),
        ("  - name:", "  - name: A bank"), ("    role:", "    role: lead"),
        ("\nstarted:\n", "\nstarted: 2022\n"), ("\nauthors:\n", "\nauthors: [A unit]\n"),
        ("\nstatus:\n", "\nstatus: pilot\n"), ("\ntlp:\n", "\ntlp: clear\n"),
        ("  - url:", "  - url: https://example.org"), ("    title:", "    title: A page"),
        ("    publisher:", "    publisher: An issuer"), ("    accessed:", "    accessed: 2026-11-27"),
        ("  level:", "  level: untested"), ("  effect:", "  effect: unknown"),
    ):  # fmt: skip
        assert empty in filled
        filled = filled.replace(empty, value, 1)
    file.write_text(filled, "utf-8")
    assert [one for one in issues(content) if one.level == "error"] == []
    assert {one.code for one in issues(content)} >= {"KB205"}  # headings without text are still named
