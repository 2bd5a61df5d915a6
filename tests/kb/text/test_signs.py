"""Signs of word processors are told and repaired where a program reads them; typography of running text stays."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb.issue import Issue
from kb.notes.markdown import MarkdownError, parse
from kb.notes.note import Kind
from kb.notes.note_file import NotePath, note_file
from kb.text.languages import Language
from kb.text.signs import first_sign, plain_signs

TABLE = yaml.safe_load(Path(__file__).with_name("signs.yaml").read_text("utf-8"))
WHERE = NotePath(Kind.PRACTICE, "be-a", Language.FR, "practices/be-a/fr.md")
SIGNS = st.text(st.sampled_from("aé:-#[]{}(),\"'|> \n\u00a0\u202f\u00ad\u200b\u200d\u0301“”„«»‘’–‑👨"), max_size=40)


def whole(front="status: x", body="Text."):
    return f"---\n{front}\n---\n\n{body}\n"


def text_of(row):
    return whole(**{name: row[name] for name in ("front", "body") if name in row})


@pytest.mark.parametrize("row", TABLE["told"], ids=ascii)
def test_what_programs_would_read_otherwise_is_told_and_repaired(row):
    text, part = text_of(row), "front" if "front" in row else "body"
    assert plain_signs(text) == whole(**{part: row["after"]})
    at, kind = first_sign(text)
    assert kind == row["kind"]
    issue = note_file(text.encode(), WHERE)
    assert (issue.code, issue.line) == ("KB120", text.count("\n", 0, at) + 1)
    repaired = note_file(plain_signs(text).encode(), WHERE)
    assert not isinstance(repaired, Issue), repaired


@pytest.mark.parametrize("row", TABLE["kept"], ids=ascii)
def test_typography_of_running_text_stays(row):
    text = text_of(row)
    assert plain_signs(text) == text
    assert first_sign(text) is None


@given(front=SIGNS, body=SIGNS)
def test_what_is_repaired_needs_no_second_repair(front, body):
    plain = plain_signs(whole(front, body))
    assert plain_signs(plain) == plain


@given(body=SIGNS)
def test_a_repair_of_the_body_leaves_the_fields(body):
    try:
        before = parse(whole(body=body))
    except MarkdownError:
        return
    assert parse(plain_signs(whole(body=body))).front == before.front
