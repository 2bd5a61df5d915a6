"""The layout of notes: what is read of them stays as it was, and a note laid out stays as it is."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ingest.authoring.layout import laid_out
from kb.notes.markdown import sections, to_html
from kb.notes.note import Kind
from kb.notes.note_file import NoteFile, note_file, note_path
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
    return note_path(path.relative_to(REPOSITORY / "content"), str(path))


def html(body, kind):
    """A body as pages show it, code apart; blanks at the end of a line show nowhere else."""
    parts = re.split(r"(<pre>.*?</pre>)", to_html(body, kind), flags=re.DOTALL)
    return [part if part.startswith("<pre>") else re.sub(r"[ \t]+\n", "\n", part) for part in parts]


def read(text, place):
    """All that is read of a file, but the lines on which it stands."""
    file = note_file(text.encode(), place)
    return (
        file.parsed.front,
        html(file.parsed.body, place.kind),
        [
            (section.path, section.anchor, section.level, [(block.text, block.objective) for block in section.blocks])
            for section in sections(file.parsed.body, 1, place.kind)
        ],
    )


def assert_same(text, place):
    laid = laid_out(text, place.kind)
    assert laid_out(laid, place.kind) == laid
    assert read(laid, place) == read(text, place)


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda path: path.name)
def test_a_real_note_says_the_same_after_it_and_stays_as_it_is(folder):
    for path in folder.glob("*.md"):
        assert_same(path.read_text("utf-8"), where(path))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_damaged_note_says_the_same_after_it(data):
    path = data.draw(st.sampled_from(FILES))
    damaged = data.draw(damages(path.read_text("utf-8")))
    assume(isinstance(note_file(damaged, where(path)), NoteFile))
    assert_same(damaged.decode(), where(path))


def test_an_empty_line_that_comes_last_goes():
    assert laid_out("---\nsummary: >-\n  a\n\ntitle: t\n---\n", Kind.STRATEGY) == (
        "---\ntitle: t\nsummary: >-\n  a\n---\n"
    )


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
        "---\n# yaml-language-server: $schema=x\n# of status\nstatus: 'pilot'   # as said\n# of the title\n"
        'title: "A"\nunknown: [ 1,2 ]\nsummary: >-\n  One  \n\n  two.\n# at the end\n\n# tlp: clear\n---\n'
    )
    assert laid_out(text, Kind.PRACTICE) == (
        '---\n# yaml-language-server: $schema=x\n# of the title\ntitle: "A"\nsummary: >-\n  One  \n\n  two.\n'
        "# of status\nstatus: 'pilot'   # as said\nunknown: [ 1,2 ]\n# at the end\n\n# tlp: clear\n---\n"
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
