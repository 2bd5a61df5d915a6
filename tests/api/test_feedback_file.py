"""What readers say of notes is kept whole, by several writers at once, while editors close what they have read."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.feedback_file import MOST_BYTES, FeedbackFile, FeedbackKind
from kb.errors import NotFound, StoreUnavailable


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "feedback.jsonl"


@pytest.fixture
def file(path):
    return FeedbackFile(path)


def say(file, text):
    file.add("be-a", "nl", FeedbackKind.ERROR, text)


def test_what_arrives_while_others_are_closed_is_not_lost(file, path):
    say(file, "first")
    with ThreadPoolExecutor(8) as at_once:
        for number in range(200):
            at_once.submit(say, FeedbackFile(path), f"line\n{number}")
            at_once.submit(lambda: FeedbackFile(path).close([each.id for each in file.all()]))
    assert {each.text for each in file.all()} == {"first", *(f"line\n{number}" for number in range(200))}
    left = [each.id for each in file.all() if each.closed is None]
    assert [each.id for each in file.close(left)] == left
    assert all(each.closed for each in file.all())


def test_all_are_closed_or_none(file, path):
    say(file, "one")
    (one,) = file.all()
    before = path.read_bytes()
    with pytest.raises(NotFound, match="`other`"):
        file.close([one.id, "other"])
    assert path.read_bytes() == before
    assert file.close([one.id, one.id]) == (one,)
    assert file.close([one.id]) == ()


def test_half_a_line_spoils_no_other(file, path):
    say(file, "one")
    path.write_bytes(path.read_bytes() + b'{"id": "12')
    say(file, "two")
    assert [each.text for each in file.all()] == ["one", "two"]


def test_a_full_file_takes_no_more_but_can_be_closed(file, path):
    say(file, "one")
    with path.open("ab") as writing:
        writing.write(b"\n" * MOST_BYTES)
    with pytest.raises(StoreUnavailable, match="full"):
        say(file, "two")
    assert [each.text for each in file.close([file.all()[0].id])] == ["one"]


def test_a_file_that_cannot_be_written_names_no_path_to_callers(file, path):
    path.mkdir(parents=True)
    for attempt in (file.all, lambda: say(file, "one")):
        with pytest.raises(StoreUnavailable) as caught:
            attempt()
        assert "feedback.jsonl" not in caught.value.message + caught.value.remedy
        assert "feedback.jsonl" in caught.value.internal
