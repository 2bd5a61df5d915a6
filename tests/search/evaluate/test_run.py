"""Runs on small collections: every figure that is promised, from the code that indexes and searches notes."""

import json
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from api.compose import temporary_index
from ingest.indexing.index import index_content
from kb.errors import SettingsError
from kb.notes.note import Kind
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from search.evaluate.collection import Document, read_collection
from search.evaluate.corpus import RememberingEncoder, notes_of
from search.evaluate.report import compared, table
from search.evaluate.run import Given, evaluate_content, evaluate_corpus, scattered

SUBJECTS = ("bank", "telephone", "fireworks", "password", "virus", "market")
LANGUAGES = [language.value for language in Language]


def add(path, *records):
    with path.open("a") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)


def judge(folder, *judgements):
    """Add judgements `query document`, each graded 1."""
    with (folder / "qrels.tsv").open("a") as file:
        file.writelines(judgement.replace(" ", "\t") + "\t1\n" for judgement in judgements)


@pytest.fixture
def folder(tmp_path):
    """Six documents in three languages whose words are the same in all, and a question for each."""
    place = tmp_path / "tests"
    place.mkdir()
    for subject, lang in product(SUBJECTS, LANGUAGES):
        document = {"_id": f"{subject}.{lang}", "text": f"{subject} {subject} x", "lang": lang, "group": subject}
        add(place / "corpus.jsonl", document)
        add(place / "queries.jsonl", {"_id": f"q-{subject}.{lang}", "text": f"{subject} x", "lang": lang})
        judge(place, f"q-{subject}.{lang} {subject}.{lang}")
    return place


@pytest.fixture
def run(folder, settings, fake_encoder):
    def run(say=print, seeds=(0,)):
        index = temporary_index(settings, fake_encoder)
        return evaluate_corpus(read_collection(folder), seeds, Given.RIGHT, index, say)

    return run


@pytest.fixture
def report(run):
    return run(seeds=(0, 1))


class View:
    """Answers what names a bank, and nothing else."""

    def kinds(self):
        return {"be-a": Kind.PRACTICE}

    def search(self, text, **_):
        hits = (SimpleNamespace(id="be-a"),)
        return SimpleNamespace(lists={Kind.PRACTICE: hits}, relevant="bank" in text, took_ms=1.0)


def test_off_topic_questions_and_real_ones_that_were_refused_are_counted(tmp_path):
    for number, text in enumerate(["bank", "a bank", "x", "bank y"]):
        add(tmp_path / "queries.jsonl", {"_id": f"q{number}", "text": text, "lang": "en"})
        judge(tmp_path, f"q{number} be-a")
    add(
        tmp_path / "offtopic.jsonl",
        {"_id": "far-1", "text": "apple tart recipe", "lang": "en"},
        {"_id": "near-1", "text": "parking fines"},
        {"_id": "3", "text": "bank x", "lang": "nl", "kind": "near"},
    )
    report = evaluate_content(read_collection(tmp_path), Given.RIGHT, SimpleNamespace(view=View), print)
    assert report["offtopic"] == {"far": 1.0, "near": 0.5, "refused": 0.25}
    assert any(line.startswith("nothing found") for line in table(report))


def test_a_corpus_is_reported_whole_scattered_and_by_direction(report):
    assert report["mixed"] == {"nDCG@10": pytest.approx(1.0), "R@5": pytest.approx(1.0)}
    figures = report["scattered"]
    assert figures.keys() == {"all", "same", "other", "gap"}
    assert figures["gap"] == pytest.approx(figures["same"] - figures["other"])
    assert report["directions"].keys() == {f"{asked}>{written}" for asked, written in product(LANGUAGES, LANGUAGES)}
    assert 0 < report["own_language@10"] < 1
    assert set(report["per_query"]) == {"mixed", "scattered-0", "scattered-1"}
    assert all(len(values) == 18 for values in report["per_query"].values())
    assert any("scattered" in line for line in table(json.loads(json.dumps(report))))


def test_a_report_does_not_differ_from_itself_and_is_better_than_a_worse_one(report):
    assert all("no difference" in line for line in compared(report, report))
    worse = {"per_query": {"mixed": {query: value - 0.3 for query, value in report["per_query"]["mixed"].items()}}}
    [line] = compared(report, worse)
    assert "-0.3000" in line
    assert "worse" in line
    other = {"per_query": {"mixed": {"other": 1.0}}}
    assert list(compared(report, other)) == ["The reports have no question in common."]


def test_a_corpus_is_taken_as_it_comes(folder, run):
    """With a question that the search refuses, a group of many documents, titles, and judgements of what is absent."""
    crowd = [{"_id": f"crowd{n}", "text": "bank x", "lang": "en", "group": "crowd"} for n in range(60)]
    titles = {"ransomware": "x", "malware": ""}
    titled = [{"_id": title, "title": title, "text": text, "lang": "en"} for title, text in titles.items()]
    add(folder / "corpus.jsonl", *crowd, *titled)
    asked = {"long": "x " * 2000, **{f"q-{title}": title for title in titles}}
    add(folder / "queries.jsonl", *({"_id": name, "text": text, "lang": "en"} for name, text in asked.items()))
    judge(folder, "long bank.fr", "q-bank.en gone.en", *(f"q-{title} {title}" for title in titles))
    messages = []
    report = run(messages.append)
    found = report["per_query"]["mixed"]
    assert (found["long"], found["q-ransomware"], found["q-malware"]) == (0, pytest.approx(1.0), pytest.approx(1.0))
    assert found["q-bank.en"] > 0  # the group of many leaves room for nine others
    assert any(line.startswith("`long` counts as answered with nothing") for line in messages)
    assert report["unknown_ids"] == ["gone.en"]
    (folder / "qrels.tsv").write_text("q-bank.en\tgone.en\t1\n")
    with pytest.raises(SettingsError, match="names a document of the corpus"):
        run()


def test_texts_of_nothing_are_answered_with_nothing(folder, run):
    corpus = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    (folder / "corpus.jsonl").unlink()
    add(folder / "corpus.jsonl", *({**document, "text": ""} for document in corpus))
    assert run()["mixed"]["nDCG@10"] == 0


def test_scattering_keeps_one_document_of_each_group_as_the_definition_draws_it():
    corpus = [
        Document.model_validate({"_id": f"{group}.{lang}", "text": "x", "lang": lang, "group": group})
        for lang, group in product(LANGUAGES, SUBJECTS)
    ]
    drawn = [" ".join(document.lang for document in scattered(corpus, seed).values()) for seed in (0, 1)]
    assert [*scattered(corpus, 0)] == list(SUBJECTS)
    assert drawn == ["fr en fr en fr nl", "en fr fr fr fr nl"]


def test_a_group_with_two_documents_in_one_language_loses_none():
    corpus = [
        Document.model_validate({"_id": name, "text": name, "lang": lang, "group": "g/1 x"})
        for name, lang in (("a", "fr"), ("b", "fr"), ("c", "nl"))
    ]
    notes, groups = notes_of(corpus)
    assert sorted(version.body for note in notes for version in note.versions.values()) == ["a", "b", "c"]
    assert set(groups.values()) == {"g/1 x"}


def test_notes_are_looked_for_in_the_list_of_their_kind(content, settings, fake_encoder, fake_searcher, tmp_path):
    content.practice("be-a", title="Bank")
    content.practice("nl-b", title="Virus")
    content.strategy("be-plan", title="Plan")
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    add(
        tmp_path / "queries.jsonl",
        {"_id": "q1", "text": "bank", "lang": "nl", "need": "n"},
        {"_id": "q2", "text": "plan", "lang": "fr", "need": "n"},
    )
    judge(tmp_path, "n be-a", "n be-plan", "n gone")
    report = evaluate_content(read_collection(tmp_path), Given.NONE, fake_searcher(), print)
    assert report["unknown_ids"] == ["gone"]
    assert report["needs"]["nl"] == {
        **dict.fromkeys(("P@1", "R@5", "R@5_low", "R@5_high"), 1.0),
        "nDCG@10": pytest.approx(1.0, abs=0.2),
    }
    assert report["needs"]["en"] == {"P@1": None, "R@5": None, "nDCG@10": None}


def test_a_remembering_encoder_gives_each_text_its_own_vector(fake_encoder):
    remembering = RememberingEncoder(fake_encoder)
    for texts in (["bank", "virus", "bank"], ["market", "virus"]):
        [(places, vectors)] = remembering.encode_many("passage", texts)
        assert np.array_equal(vectors[[*places]], fake_encoder.encode_passages(texts))
    for remembered, made in zip(remembering.encode_question("bank"), fake_encoder.encode_question("bank"), strict=True):
        assert np.array_equal(remembered, made)
