"""What is written, relabelled, kept and deleted follows from hashes alone."""

from datetime import UTC, datetime

import pytest

from ingest.indexing.plan import Plan, Target, plan
from kb.content.reader import read_collection, read_taxonomy
from kb.store.journal import NO_JOURNAL


def test_a_plan_tells_new_texts_from_new_fields_and_from_what_is_gone():
    indexed = dict.fromkeys(("same", "text", "fields", "both", "gone"), ("1", "1"))
    wanted = {"new": ("1", "1"), "same": ("1", "1"), "text": ("2", "1"), "fields": ("1", "2"), "both": ("2", "2")}
    assert plan(wanted, indexed) == Plan(("both", "new", "text"), ("fields",), ("same",), ("gone",))
    assert plan(wanted, indexed).changes
    assert not plan(wanted, wanted).changes


def now(content):
    """The hashes of the note `a`."""
    notes, taxonomy = read_collection([content.root]).notes, read_taxonomy([content.root])
    return Target.of("r", notes, taxonomy, NO_JOURNAL, datetime.now(UTC)).versions["a/en"]


@pytest.mark.parametrize(
    ("change", "text_changes", "fields_change"),
    [
        ({}, False, False),
        ({"tlp": "green"}, False, True),
        ({"summary": "Another."}, False, True),
        ({"authors": ["Somebody"]}, False, True),
        ({"contact": "x"}, False, True),
        ({"title": "Another"}, True, True),
        ({"body": "## Problem\n\nOther.\n\n## Approach\n\nText.\n"}, True, True),
    ],
)
def test_only_title_and_body_make_a_version_be_encoded_anew(content, change, text_changes, fields_change):
    content.practice("a")
    before = now(content)
    content.practice("a", **change)
    after = now(content)
    assert (before[0] != after[0], before[1] != after[1]) == (text_changes, fields_change)


def test_a_passage_that_moves_to_other_lines_is_relabelled(content):
    path = content.practice("a")
    before = now(content)
    path.write_text(path.read_text("utf-8").replace("---\n", "---\n# a comment\n", 1), "utf-8")
    after = now(content)
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)
