"""Test collections: read as they stand, or refused with file, line and remedy."""

import json
from pathlib import Path

import pytest

from api.evaluation.collection import read_collection
from kb.errors import SettingsError
from kb.languages import Language

QUERIES = [
    {"_id": "q1", "text": "Hoe?", "lang": "nl", "need": "n"},
    {"_id": "q2", "text": "How?", "lang": "en", "need": "n"},
    {"_id": "q3", "text": "Comment ?", "lang": "fr"},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "queries.jsonl", QUERIES)
    (tmp_path / "qrels.tsv").write_text("query-id\tdoc-id\tgrade\nn\tbe-baps\t2\nq3\tlu-misp\t1\nq2\tnl-lmio\t3\n")
    return tmp_path


def write(path: Path, records: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def test_judgements_may_name_a_question_or_its_need(folder: Path) -> None:
    tests = read_collection(folder)
    assert [query.lang for query in tests.queries] == [Language.NL, Language.EN, Language.FR]
    assert [dict(tests.judged(query)) for query in tests.queries] == [
        {"be-baps": 2}, {"nl-lmio": 3}, {"lu-misp": 1},
    ]  # fmt: skip
    assert tests.corpus == tests.offtopic == ()


def test_a_document_without_group_is_its_own(folder: Path) -> None:
    write(
        folder / "corpus.jsonl",
        [{"_id": "a.fr", "text": "x", "lang": "fr", "group": "a"}, {"_id": "b", "text": "y", "lang": "en"}],
    )
    assert [document.joined for document in read_collection(folder).corpus] == ["a", "b"]


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        (
            "queries.jsonl",
            '{"_id": "q1", "text": "x", "lang": "nl"}\n{"_id": "q2", "text": "x", "lang": "de"}\n',
            ":2: `lang`",
        ),
        ("queries.jsonl", '{"_id": "q1", "text": "x", "lang": "nl"}\n\nnonsense\n', ":3: not a line of JSON"),
        ("corpus.jsonl", '{"_id": "a", "lang": "nl"}\n', ":1: `text`"),
        ("qrels.tsv", "query-id\tdoc-id\tgrade\nq1\tbe-baps\n", ":2: not three columns"),
        ("qrels.tsv", "query-id\tdoc-id\tgrade\nq1\tbe-baps\thigh\n", ":2: not three columns"),
        ("qrels.tsv", "query-id\tdoc-id\tgrade\nother\tbe-baps\t1\n", "judges a question"),
    ],
)
def test_what_is_malformed_is_said_with_its_place(folder: Path, file: str, text: str, said: str) -> None:
    (folder / file).write_text(text)
    with pytest.raises(SettingsError) as failure:
        read_collection(folder)
    assert file in str(failure.value)
    assert said in str(failure.value)


@pytest.mark.parametrize("file", ["queries.jsonl", "qrels.tsv"])
def test_what_is_missing_is_said(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(SettingsError, match=file):
        read_collection(folder)
    with pytest.raises(SettingsError, match="no folder"):
        read_collection(folder / "nothing")
