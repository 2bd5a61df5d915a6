"""What `make alignment` learns from: pairs of one note, and what counts as right beside it."""

import random
from pathlib import Path

import numpy as np
import torch

from benchmarks import adaptation
from benchmarks.adaptation import COUNTERPART, Texts, wanted
from kb.content.reader import read_collection
from kb.text.languages import Language

CONTENT = (Path("content"),)


def notes(*ids):
    found = {note.id: note for note in read_collection(CONTENT, note_ids=set(ids)).notes}
    return [found[each] for each in ids]


def test_a_counterpart_is_a_little_right_and_what_is_linked_is_left_open():
    shield, dutch, phishnemo, other = notes("be-baps", "nl-anti-phishing-shield", "be-phishnemo", "be-cvd-safe-harbour")
    right = wanted([shield, dutch, phishnemo, other])
    assert torch.equal(right.diag(), torch.ones(4))
    assert right[0, 1] == right[1, 0] == COUNTERPART
    assert right[0, 2].isnan()
    assert right[2, 0].isnan()
    assert right[0, 3] == right[3, 0] == 0


def test_a_pair_is_of_one_note_with_a_passage_among_the_nearest(monkeypatch):
    monkeypatch.setattr(adaptation, "SUMMARIES", 0)
    [note] = notes("be-baps")
    texts = Texts(
        note,
        {Language.FR: ["q0", "q1"]},
        {Language.FR: np.eye(2, 6, dtype=np.float32)},
        {Language.NL: ["p0", "p1", "p2", "p3", "p4", "p5"]},
        {Language.NL: np.array([[1, 0], [0.9, 0], [0.8, 0], [0, 1], [0, 0.9], [0, 0.8]], np.float32) @ np.eye(2, 6)},
    )
    drawn = {texts.pair(random.Random(seed)) for seed in range(200)}
    assert {question for question, _, _ in drawn} == {"q0", "q1"}
    assert {passage for question, passage, _ in drawn if question == "q0"} == {"p0", "p1", "p2"}
    assert {passage for question, passage, _ in drawn if question == "q1"} == {"p3", "p4", "p5"}
    assert all(other != question for question, _, other in drawn)
