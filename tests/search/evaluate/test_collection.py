"""Test collections: read as they stand, or refused with file, line and remedy."""

import json
import re
from pathlib import Path

import pytest
import yaml

from kb.errors import SettingsError
from kb.text.languages import Language
from search.evaluate.collection import read_collection

MALFORMED = yaml.safe_load(Path(__file__).with_name("malformed.yaml").read_text("utf-8"))
QUERIES = [
    {"_id": "q1", "text": "Hoe?", "lang": "nl", "need": "n"},
    {"_id": "q2", "text": "How?", "lang": "en", "need": "n"},
    {"_id": "q3", "text": "Comment ?", "lang": "fr"},
]


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "queries.jsonl", QUERIES)
    (tmp_path / "qrels.tsv").write_text("query-id\tdoc-id\tgrade\nn\tbe-baps\t2\nq3\tlu-misp\t1\nq2\tnl-lmio\t3\n")
    return tmp_path


def write(path, records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def test_judgements_may_name_a_question_or_its_need(folder):
    tests = read_collection(folder)
    assert [query.lang for query in tests.queries] == [Language.NL, Language.EN, Language.FR]
    assert [dict(tests.judged(query)) for query in tests.queries] == [{"be-baps": 2}, {"nl-lmio": 3}, {"lu-misp": 1}]
    assert tests.corpus == tests.offtopic == ()


def test_a_title_may_be_absent_or_null_and_a_document_without_group_is_its_own(folder):
    titled = {"_id": "a.fr", "text": "x", "lang": "fr", "title": None, "group": "a"}
    write(folder / "corpus.jsonl", [titled, {"_id": "b", "text": "y", "lang": "en"}])
    corpus = read_collection(folder).corpus
    assert [(document.title, document.joined) for document in corpus] == [(None, "a"), (None, "b")]


@pytest.mark.parametrize(("file", "text", "message"), MALFORMED)
def test_what_is_malformed_is_named_with_its_place(folder, file, text, message):
    (folder / file).write_text(text)
    with pytest.raises(SettingsError, match=f"{re.escape(file)}.*{re.escape(message)}"):
        read_collection(folder)


@pytest.mark.parametrize("file", ["queries.jsonl", "qrels.tsv"])
def test_what_is_missing_is_named(folder, file):
    (folder / file).unlink()
    with pytest.raises(SettingsError, match=file):
        read_collection(folder)
    with pytest.raises(SettingsError, match="no folder"):
        read_collection(folder / "nothing")


def test_texts_may_hold_any_mark_of_a_line_break(folder):
    text = "a\u2028b\u2029c\x85d\x1ce"
    record = json.dumps({"_id": "a", "text": text, "lang": "fr"}, ensure_ascii=False)
    (folder / "corpus.jsonl").write_bytes(f"\ufeff{record}\r\n\r\n".encode())
    assert [document.text for document in read_collection(folder).corpus] == [text]


@pytest.mark.parametrize(
    "qrels",
    [
        "n\tbe-baps\t2\nq3\tlu-misp\t1\n",
        "\nquery-id\tdoc-id\tscore\nn\tbe-baps\t2.0\nq3\tlu-misp\t1\n",
        "n 0 be-baps 2\nq3 0 lu-misp 1\n",
        "n\t0\tbe-baps\t2\r\nq3\tQ0\tlu-misp\t1\r\n",
    ],
)
def test_judgements_are_read_with_and_without_header_and_as_trec_writes_them(folder, qrels):
    (folder / "qrels.tsv").write_text(qrels, newline="")
    tests = read_collection(folder)
    assert [dict(tests.judged(query)) for query in tests.queries] == [{"be-baps": 2}, {"be-baps": 2}, {"lu-misp": 1}]


def test_ids_may_be_numbers_and_languages_capitals(folder):
    (folder / "queries.jsonl").write_text('{"_id": 7, "text": "x", "lang": "NL"}\n')
    (folder / "qrels.tsv").write_text("7\tbe-baps\t1\n")
    [query] = read_collection(folder).queries
    assert (query.id, query.lang) == ("7", Language.NL)
