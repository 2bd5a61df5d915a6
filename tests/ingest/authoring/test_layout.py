"""The layout of notes: what is read of them stays as it was, and a note laid out stays as it is."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.authoring.layout import laid_out
from kb.issue import Issue
from kb.notes.markdown import to_html
from kb.notes.note import Kind, Note
from kb.notes.note_file import NoteFile, NotePath, assemble, note_file
from kb.text.languages import Language
from tests.ingest.damaged import damages

REPOSITORY = Path(__file__).parents[3]
FILES = sorted((REPOSITORY / "content").glob("[ps]*s/*/*.md"))
TIDY = """---
title: A note
summary: What it is.
status: pilot
---

## Problem

Text.
"""


def where(path):
    kind = Kind.PRACTICE if path.parts[-3] == "practices" else Kind.STRATEGY
    return NotePath(kind, path.parts[-2], Language(path.stem), "/".join(path.parts[-3:]))


def html(body, kind):
    """A body as pages show it, code apart; blanks at the end of a line show nowhere else."""
    parts = re.split(r"(<pre>.*?</pre>)", to_html(body, kind), flags=re.DOTALL)
    return [part if part.startswith("<pre>") else re.sub(r"[ \t]+\n", "\n", part) for part in parts]


def without_lines(note):
    """All that is read of a note but where it stands and how its source is broken into lines."""
    versions: dict[Any, Any] = {}
    for language, version in note.versions.items():
        links = tuple(replace(link, line=0) for link in version.links)
        cut = [
            replace(section, line=0, blocks=tuple(replace(block, lines=(0, 0)) for block in section.blocks))
            for section in version.sections
        ]
        moved = replace(version, body="", body_line=0, sections=tuple(cut), links=links)
        versions[language] = (moved, html(version.body, note.kind))
    return replace(note, versions=versions)


def read(files):
    """What is read of a note's files; of those with errors, their front matter, and the codes and words of these."""
    good = [one for one in files if isinstance(one, NoteFile)]
    note, problems = assemble(good)
    if note is not None:
        return without_lines(note)
    told = sorted((one.code, one.message, one.path) for one in problems)
    return told, [(one.where, one.parsed.front, html(one.parsed.body, one.where.kind)) for one in good]


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda path: path.name)
def test_a_real_note_says_the_same_after_it_and_stays_as_it_is(folder):
    paths = sorted(folder.glob("*.md"))
    before = [path.read_text("utf-8") for path in paths]
    after = [laid_out(text, where(path).kind) for path, text in zip(paths, before, strict=True)]
    assert [laid_out(text, where(path).kind) for path, text in zip(paths, after, strict=True)] == after
    old, new = (
        read([note_file(text.encode(), where(path)) for path, text in zip(paths, texts, strict=True)])
        for texts in (before, after)
    )
    assert isinstance(old, Note)
    assert old == new


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_damaged_note_says_the_same_after_it_or_cannot_be_read(data):
    path = data.draw(st.sampled_from(FILES))
    damaged = data.draw(damages(path.read_text("utf-8")))
    old = note_file(damaged, where(path))
    if isinstance(old, Issue):
        return
    laid = laid_out(damaged.decode(), where(path).kind)
    new = note_file(laid.encode(), where(path))
    assert laid_out(laid, where(path).kind) == laid
    assert read([old]) == read([new])


MARKS = st.text(st.sampled_from("ab #-*`~>|\n\n\n\t  1.[]()_\\{}o:"), max_size=120)


@settings(max_examples=400, deadline=None)
@given(MARKS)
def test_any_body_reads_the_same_after_it(body):
    laid = laid_out(f"---\ntitle: t\n---\n{body}", Kind.STRATEGY)
    assert laid_out(laid, Kind.STRATEGY) == laid
    assert laid.startswith("---\ntitle: t\n---\n")
    assert html(laid.removeprefix("---\ntitle: t\n---\n"), Kind.STRATEGY) == html(body, Kind.STRATEGY)


@pytest.mark.parametrize(
    "untidy",
    [
        TIDY.replace("\n", "\r\n"),
        "\ufeff" + TIDY,
        TIDY.rstrip("\n"),
        TIDY + "\n\n",
        TIDY.replace("Text.", "Text.  \t"),
        TIDY.replace("## Problem\n\n", "## Problem\n"),
        TIDY.replace("## Problem\n\n", "\n\n## Problem\n\n\n\n"),
        TIDY.replace("---\n\n##", "---\n##"),
        TIDY.replace("status: pilot\n", "").replace("title:", "status: pilot\ntitle:"),
        TIDY.replace("pilot\n", "pilot \t\n\n\n"),
        TIDY.replace("---\n", "---  \n"),
    ],
)
def test_what_hands_and_editors_leave_is_put_right(untidy):
    assert untidy != TIDY
    assert laid_out(untidy, Kind.PRACTICE) == TIDY


def test_comments_go_with_the_field_below_them_and_values_stay_as_they_are_written():
    text = (
        "---\n# yaml-language-server: $schema=x\n# of status\nstatus: 'pilot'   # as told\n# of the title\n"
        'title: "A"\nunknown: [ 1,2 ]\nsummary: >-\n  One  \n\n  two.\n# at the end\n\n# tlp: clear\n---\n'
    )
    assert laid_out(text, Kind.PRACTICE) == (
        '---\n# yaml-language-server: $schema=x\n# of the title\ntitle: "A"\nsummary: >-\n  One  \n\n  two.\n'
        "# of status\nstatus: 'pilot'   # as told\nunknown: [ 1,2 ]\n# at the end\n\n# tlp: clear\n---\n"
    )


def test_lists_and_headings_stand_apart_and_breaks_code_and_tables_stay():
    body = (
        "Text\n- one\n- two\n\n\n  more\n## H\n```\na  \n\n\nb\n```\nbroken  \nline  \n1. x\n\n| a |\n|---|\n| b |\n\n"
        "In 2016 or\n2016. no list\n"
    )
    laid = laid_out(f"---\ntitle: t\n---\n{body}", Kind.PRACTICE)
    assert laid == (
        "---\ntitle: t\n---\n\nText\n\n- one\n- two\n\n  more\n\n## H\n\n```\na  \n\n\nb\n```\nbroken  \nline\n\n1. x\n"
        "\n| a |\n|---|\n| b |\n\nIn 2016 or\n2016. no list\n"
    )


@pytest.mark.parametrize("body", ["\nA `code\t\nspan` in\n## H\n", "\n```\nno end\n\n\n"])
def test_a_body_that_would_read_otherwise_stays(body):
    assert laid_out(f"---\nsummary: s\ntitle: t\n---\n{body}", Kind.PRACTICE).endswith(f"---\n{body}")


def test_fields_that_would_say_something_else_stay():
    front = '---\nsummary: "a\n# b"\ntitle: t\n---\n'
    assert laid_out(front + "Text.  \n", Kind.PRACTICE) == front + "\nText.\n"
