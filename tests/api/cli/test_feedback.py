"""`kb feedback`, as an editor types it."""

import pytest

from api.cli.console import out
from api.feedback_file import MOST_BYTES, FeedbackFile, FeedbackKind


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "feedback.jsonl"


@pytest.fixture
def said(path):
    """Feedback on three notes, the first of which has the newest."""
    file = FeedbackFile(path)
    file.add("be-a", "nl", FeedbackKind.ERROR, "The [red]number[/red] is old.\nIt changed.")
    file.add("be-b", "fr", FeedbackKind.NOT_USEFUL, "Trop court.")
    file.add("be-c", "fr", FeedbackKind.USEFUL, "")
    file.add("be-a", "en", FeedbackKind.USEFUL, "Thanks.")
    return [each.id for each in file.all()]


def test_what_is_open_is_listed_by_note_the_newest_last(kb, said, monkeypatch):
    monkeypatch.setattr(out, "width", 40)
    lines = kb("feedback", "list").stdout.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == ["be-b", "be-c", "be-a"]
    assert [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "] == [
        *(said[1], said[2]),
        *(said[0], said[3]),
    ]
    assert lines[-4:-2] == ["    The [red]number[/red] is old.", "    It changed."]
    assert lines[-2].endswith("UTC  en  useful")


def test_what_is_closed_is_listed_with_all_only(kb, said):
    assert said[0] in kb("feedback", "close", said[0], said[3]).stderr
    assert "be-a" not in kb("feedback", "list").stdout
    everything = kb("feedback", "list", "--all").stdout
    assert all(each in everything for each in said)
    assert everything.count(", closed 20") == 2
    assert "already" in kb("feedback", "close", said[0]).stderr


def test_one_that_is_not_there_closes_none(kb, said, path):
    before = path.read_bytes()
    done = kb("feedback", "close", said[0], "12345678")
    assert (done.exit_code, "`12345678`" in done.stderr, path.read_bytes()) == (1, True, before)


def test_that_there_is_none_is_said(kb):
    done = kb("feedback", "list")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "There is no open feedback." in done.stderr


def test_a_full_file_is_made_known(kb, said, path):
    with path.open("ab") as file:
        file.write(b"\n" * MOST_BYTES)
    done = kb("feedback", "list")
    assert said[0] in done.stdout
    assert "is full: move it away" in done.stderr.replace("\n", " ")
