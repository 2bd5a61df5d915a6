"""The tokenizer of questions gives what the library's own gives, whatever stands in a text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from kb.encoder.pieces import PieceTokenizer, counted
from tests.conftest import REPOSITORY

MOST = 64
ODD = (
    "<mask>",
    "</s>",
    "<unk>",
    "<s> x",
    "▁",
    "▁▁a",
    "\n\t",
    "ﬁ①",
    "e\u0301",
    "\u200b",
    "漢字かな",
    "Ελληνικά",
    "🙂",
    "\ue000\ue001",
)
TEXTS = st.lists(st.one_of(st.text(max_size=12), st.sampled_from([*ODD, " ", "phishing", "hameçonnage"])), max_size=12)


@pytest.fixture(scope="module")
def both(files):
    """Our tokenizer, and the library's."""
    path = files.path / "tokenizer.json"
    whole = Tokenizer.from_file(str(path))
    whole.enable_truncation(MOST)
    return PieceTokenizer(path, MOST), whole


def test_questions_and_notes_have_the_same_tokens(both):
    ours, whole = both
    questions = REPOSITORY / "tests" / "relevance" / "needs" / "queries.jsonl"
    texts = [json.loads(line)["text"] for line in questions.read_text("utf-8").splitlines()]
    for language in ("fr", "nl", "en"):
        texts += (REPOSITORY / "content" / "practices" / "be-baps" / f"{language}.md").read_text("utf-8").split("\n\n")
    assert [ours.encode(text) for text in texts] == [whole.encode(text).ids for text in texts]
    counts = [ours.count(text) for text in texts]
    assert counts == [counted(whole.encode(text)) for text in texts]
    assert max(counts) > MOST


@given(TEXTS)
def test_any_text_has_the_same_tokens(both, parts):
    ours, whole = both
    text = "".join(parts)
    assert ours.encode(text) == whole.encode(text).ids


def test_another_kind_of_tokenizer_is_left_to_the_library(tmp_path, files):
    described = json.loads((files.path / "tokenizer.json").read_text("utf-8"))
    path = tmp_path / "tokenizer.json"
    for change in (
        {"model": {"type": "WordPiece"}},
        {"model": {"type": "Unigram", "vocab": []}},
        {"pre_tokenizer": None},
    ):
        path.write_text(json.dumps({**described, **change}), encoding="utf-8")
        with pytest.raises(LookupError):
            PieceTokenizer(path, MOST)
