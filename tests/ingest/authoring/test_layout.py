"""The layout of notes: what is read of them stays as it was, and a note laid out stays as it is."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ingest.authoring.layout import laid_out
from kb.notes.markdown import sections, to_html
from kb.notes.note import Kind
from kb.notes.note_file import NoteFile, note_file, note_path
from tests.ingest.damaged import damages

REPOSITORY = Path(__file__).parents[3]
FILES = sorted((REPOSITORY / "content").glob("[ps]*s/*/*.md"))
LAYOUTS = yaml.safe_load(Path(__file__).with_name("layouts.yaml").read_text("utf-8"))
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


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_damaged_note_says_the_same_after_it(data):
    path = data.draw(st.sampled_from(FILES))
    damaged = data.draw(damages(path.read_text("utf-8")))
    assume(isinstance(note_file(damaged, where(path)), NoteFile))
    assert_same(damaged.decode(), where(path))


MARKS = st.text(st.sampled_from("ab #-*`~>|\n\n\n\t  1.[]()_\\{}o:"), max_size=120)


@settings(max_examples=400)
@given(MARKS)
def test_any_body_reads_the_same_after_it(body):
    laid = laid_out(f"---\ntitle: t\n---\n{body}", Kind.STRATEGY)
    assert laid_out(laid, Kind.STRATEGY) == laid
    assert laid.startswith("---\ntitle: t\n---\n")
    assert html(laid.removeprefix("---\ntitle: t\n---\n"), Kind.STRATEGY) == html(body, Kind.STRATEGY)


@pytest.mark.parametrize(("tidy", "left"), LAYOUTS["left"])
def test_what_hands_and_editors_leave_is_put_right(tidy, left):
    untidy = TIDY.replace(tidy, left)
    assert untidy != TIDY
    assert laid_out(untidy, Kind.PRACTICE) == TIDY


@pytest.mark.parametrize(("before", "after"), LAYOUTS["rules"].values(), ids=LAYOUTS["rules"])
def test_a_note_is_laid_out_by_the_rules(before, after):
    assert laid_out(before, Kind.PRACTICE) == after
