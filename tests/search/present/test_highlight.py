"""The best sentence: the nearest one, if it is nearer than all others by enough; and whether it is the right one."""

import json
from pathlib import Path

import numpy as np
import pytest

from ingest.chunking.chunk import sentence_spans
from ingest.indexing.statistics import centred
from kb.store.records import SentenceVectors
from kb.text.languages import Language
from search.present.highlight import STANDS_OUT, PassageRecord, best_sentence
from search.results import Highlight

CASES = Path(__file__).with_name("best_sentences.jsonl").read_text(encoding="utf-8")
LABELLED = [json.loads(line) for line in CASES.splitlines()]
"""Passages of the collection, each with questions in another language and which of its sentences answer each best."""
QUESTION = np.array([1, 0], np.float32)


def kept(*nearness):
    rows = np.array([(cosine, (1 - cosine**2) ** 0.5) for cosine in nearness], np.float32)
    return as_kept(SentenceVectors(tuple((place, place + 1) for place in range(len(nearness))), rows))


def as_kept(sentences, text=""):
    """The passage that has these sentences, as it is read from a record."""
    fields = {"text": text, "heading": "", "anchor": "", "language": "en", "mentions": []}
    return PassageRecord.of({**fields, "sentences": sentences and sentences.to_json()})


def test_the_nearest_sentence_is_chosen():
    assert best_sentence(QUESTION, kept(0.3, 0.8, 0.6)) == Highlight(1, 2)
    assert best_sentence(-QUESTION, kept(0.3, 0.8, 0.6)) == Highlight(0, 1)


def test_none_is_chosen_where_none_stands_out_or_there_is_only_one():
    assert best_sentence(QUESTION, kept(0.8, 0.8 - STANDS_OUT / 2)) is None
    assert best_sentence(QUESTION, as_kept(None)) is None


def test_a_sentence_that_says_that_nothing_was_found_must_be_much_nearer():
    text = "No evaluation was found. The police spoke to 300 people."
    spans = sentence_spans(text)
    for nearness, place in (((0.75, 0.7), 1), ((0.85, 0.7), 0)):
        rows = np.array([(cosine, (1 - cosine**2) ** 0.5) for cosine in nearness], np.float32)
        assert best_sentence(QUESTION, as_kept(SentenceVectors(spans, rows), text)) == Highlight(*spans[place])


@pytest.mark.parametrize("reader", Language)
def test_a_question_in_one_language_marks_a_sentence_in_the_version_shown(searcher, reader):
    question = "l'extension enregistre-t-elle les sites que quelqu'un visite, données anonymisées"
    hits = searcher.view().search(question, reader=reader, organisation=["CCB"]).practices
    passage = next(hit.passage for hit in hits if hit.id == "be-safeonweb-extension")
    assert passage.lang is reader
    assert passage.highlight is not None
    assert tuple(passage.highlight) in sentence_spans(passage.text)
    if reader is Language.NL:
        assert "houdt de extensie niet bij welke sites" in passage.text[slice(*passage.highlight)]


def test_the_sentence_marked_is_mostly_the_right_one(encoder):
    """Encoded and centred as indexing does. The figures of docs/decisions/0009-best-sentence.md are of these."""
    spans = [sentence_spans(passage["text"]) for passage in LABELLED]
    texts = [
        passage["text"][start:end].rstrip(".")
        for passage, places in zip(LABELLED, spans, strict=True)
        for start, end in places
    ]
    asked = [(place, question) for place, passage in enumerate(LABELLED) for question in passage["questions"]]
    read = [[question["q"] for _, question in asked], texts]
    questions, sentences = (np.stack([encoder.encode_question(text)[0] for text in some]) for some in read)
    mean = encoder.mean_share * sentences.mean(axis=0)
    rows = iter(centred(sentences, mean))
    kept = [
        as_kept(SentenceVectors(places, np.stack([next(rows) for _ in places])), passage["text"])
        for passage, places in zip(LABELLED, spans, strict=True)
    ]
    found = [
        (best_sentence(vector, kept[place]), [spans[place][best] for best in question["best"]])
        for (place, question), vector in zip(asked, centred(questions, mean), strict=True)
    ]
    assert len(found) == 134
    marked = [(span, best) for span, best in found if span]
    assert len(marked) >= 0.88 * len(found)
    assert sum(span in best for span, best in marked) >= 0.88 * len(marked)
