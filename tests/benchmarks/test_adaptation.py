"""What `make alignment` learns from: pairs of one note, what counts as right beside it, and what each batch holds."""

import json
import random
from pathlib import Path

import numpy as np
import torch

from benchmarks import adaptation
from benchmarks.adaptation import BATCH, COUNTERPART, NEEDED, NOISE, USEFUL, Need, Texts, among, batch, wanted
from kb.content.reader import read_collection
from kb.text.languages import Language

CONTENT = (Path("content"),)
SHIELD, DUTCH, PHISHNEMO, OTHER = "be-baps", "nl-anti-phishing-shield", "be-phishnemo", "be-cvd-safe-harbour"


def notes(*ids):
    found = {note.id: note for note in read_collection(CONTENT, note_ids=set(ids)).notes}
    return [found[each] for each in ids]


def texts_of(note):
    languages = {language: ["one", "two"] for language in Language}
    vectors = {language: np.eye(2, dtype=np.float32) for language in Language}
    return Texts(note, languages, vectors, languages, vectors)


def test_a_counterpart_is_a_little_right_and_what_is_linked_is_left_open():
    draw = random.Random(1)
    right = wanted([texts_of(note).pair(draw) for note in notes(SHIELD, DUTCH, PHISHNEMO, OTHER)])
    assert torch.equal(right.diag(), torch.ones(4))
    assert torch.allclose(right[0, 1], torch.tensor(COUNTERPART))
    assert torch.allclose(right[1, 0], torch.tensor(COUNTERPART))
    assert right[0, 2].isnan()
    assert right[0, 3] == right[3, 0] == 0


def test_a_need_says_of_every_note_how_far_it_answers():
    shield, dutch, phishnemo = notes(SHIELD, DUTCH, PHISHNEMO)
    need = Need(texts_of(shield), {SHIELD: 1.0, DUTCH: USEFUL}, [(Language.FR, "a"), (Language.NL, "b")], np.eye(2))
    draw = random.Random(1)
    right = wanted([need.pair(draw), *(texts_of(note).pair(draw) for note in (dutch, phishnemo))])
    assert torch.allclose(right[0], torch.tensor([1.0, USEFUL, 0.0]))
    drawn = {need.pair(random.Random(seed))[1:3] for seed in range(40)}
    assert drawn == {(Language.FR, "a"), (Language.NL, "b")}


def test_a_batch_has_no_note_twice_and_notes_that_answer_its_needs_too(monkeypatch):
    found = [texts_of(note) for note in read_collection(CONTENT).notes[:60]]
    ids = [each.note.id for each in found]
    asked = [(Language.FR, "a"), (Language.NL, "b")]
    needs = [
        Need(each, {each.note.id: 1.0, ids[place + 30]: USEFUL}, asked, np.eye(2))
        for place, each in enumerate(found[:30])
    ]
    drawn = batch(found, needs, random.Random(3))
    named = [pair.note.id for pair in drawn]
    assert len(named) == len({*named}) == BATCH
    with_grades = [pair for pair in drawn if USEFUL in pair.grades.values()]
    assert len(with_grades) == adaptation.NEEDS
    beside = {each for pair in with_grades for each in pair.grades} & {*named} - {pair.note.id for pair in with_grades}
    assert len(beside) >= adaptation.BESIDE


def test_a_pair_is_of_one_note_with_a_passage_among_the_nearest(monkeypatch):
    monkeypatch.setattr(adaptation, "SUMMARIES", 0)
    [note] = notes(SHIELD)
    texts = Texts(
        note,
        {Language.FR: ["q0", "q1"]},
        {Language.FR: np.eye(2, 6, dtype=np.float32)},
        {Language.NL: ["p0", "p1", "p2", "p3", "p4", "p5"]},
        {Language.NL: np.array([[1, 0], [0.9, 0], [0.8, 0], [0, 1], [0, 0.9], [0, 0.8]], np.float32) @ np.eye(2, 6)},
    )
    drawn = [texts.pair(random.Random(seed)) for seed in range(200)]
    assert {pair.passage for pair in drawn if pair.question == "q0"} == {"p0", "p1", "p2"}
    assert {pair.passage for pair in drawn if pair.question == "q1"} == {"p3", "p4", "p5"}
    assert all(pair.other != pair.question for pair in drawn)


def test_a_question_stays_whole_among_what_says_nothing():
    told = {among("the question", Language.EN, random.Random(seed)) for seed in range(60)}
    assert all("the question" in text for text in told)
    longer = [text for text in told if text != "the question"]
    assert len(longer) > 10
    besides = {*NOISE[Language.EN]["besides"]}
    assert all(any(sentence in text for sentence in besides) for text in longer)


def test_needs_name_notes_and_are_told_and_asked_in_every_language():
    ids = {note.id for note in read_collection(CONTENT).notes}
    for need in map(json.loads, NEEDED.read_text("utf-8").splitlines()):
        assert {need["about"], *need["grades"]} <= ids
        assert need["grades"][need["about"]] == 2
        assert all(need[form][language].strip() for form in ("story", "short") for language in Language)
