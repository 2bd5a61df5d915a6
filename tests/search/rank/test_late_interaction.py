"""Late interaction: which notes of the first meet the words of a question best."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.encoder.late_interaction import WIDTH
from kb.store.records import QUESTION_TOKENS, in_signed_bytes
from search.rank.calibrate import LEVELS, Calibration
from search.rank.late_interaction import BEHIND, FIRST, WEIGHT, QuestionTokens, reordered
from search.rank.score import Scored
from search.results import Level
from tests.search.rank.test_score import catalogue, retrieved, scores_of

AXES = np.ones((1, 1), np.float32)
while len(AXES) < WIDTH:  # Sylvester's, so that each has a length of 1 and no number that is large
    AXES = np.block([[AXES, AXES], [AXES, -AXES]]) / np.sqrt(np.float32(2))
NOTES = catalogue(dict.fromkeys("abcd", ()))
LENGTHS = np.array([[0.75], [0.25]], np.float32)
ASKED = np.concatenate([AXES[:2] * LENGTHS, np.zeros((3, WIDTH), np.float32)])
"""Two words, the first three times as rare, and room for more."""
BYTE = 0.02
"""What a byte may change of a cosine."""


def tokens(notes, **words):
    """What notes have: id -> the axes on which words of their questions lie."""
    versions = [
        (f"{note_id}/en", {QUESTION_TOKENS: in_signed_bytes(AXES[some])} if some else {})
        for note_id, some in words.items()
    ]
    return QuestionTokens(notes, versions)


def scored(own):
    return Scored(NOTES, retrieved(NOTES), scores_of(NOTES, own))


def test_each_word_is_met_by_the_nearest_and_counts_by_its_weight():
    known = tokens(NOTES, a=[5, 0], b=[1, 7], c=[0, 1], d=[])
    assert known.nearness(ASKED, np.array([2, 0, 3, 1])) == pytest.approx(
        [1.0, 0.75, np.nan, 0.25], abs=BYTE, nan_ok=True
    )


def test_versions_of_a_note_count_together():
    versions = [(f"a/{lang}", {QUESTION_TOKENS: in_signed_bytes(AXES[[at]])}) for lang, at in (("en", 0), ("nl", 1))]
    both = QuestionTokens(NOTES, versions)
    assert both.nearness(ASKED, np.array([0])) == pytest.approx([1.0], abs=BYTE)


def test_who_meets_the_words_better_comes_first_and_the_best_score_stays():
    known = tokens(NOTES, a=[5], b=[0, 1], c=[0], d=[])
    found = reordered(scored({"a": 0.5, "b": 0.49, "c": 0.48, "d": 0.47}), known, ASKED)
    assert found.total.max() == pytest.approx(0.5)
    assert found.total[1] - found.total[0] == pytest.approx(WEIGHT - 0.01, abs=WEIGHT * BYTE)
    met = np.array([0.0, 1.0, 0.75])
    assert found.scores.late - found.scores.late[0] == pytest.approx(
        WEIGHT * np.array([*met, met.mean()]), abs=WEIGHT * BYTE
    )


def test_a_note_behind_the_first_is_met_no_better_than_any_of_these():
    names = [f"n{place:02}" for place in range(FIRST + 2)]
    notes = catalogue(dict.fromkeys(names, ()))
    own = {name: 1 - place / 1000 for place, name in enumerate(names)}
    known = tokens(notes, **{name: [0, 1] if place >= FIRST else [0] for place, name in enumerate(names)})
    found = reordered(Scored(notes, retrieved(notes), scores_of(notes, own)), known, ASKED)
    assert np.argsort(-found.total).tolist() == [*range(FIRST + 2)]


def test_a_note_far_behind_is_not_looked_at():
    own = {"a": 0.5, "b": 0.5 - BEHIND + 0.01, "c": 0.5 - BEHIND - 0.01, "d": 0.3}
    found = reordered(scored(own), tokens(NOTES, a=[0], b=[1], c=[0, 1], d=[0, 1]), ASKED)
    assert found.scores.late - found.scores.late[0] == pytest.approx(-0.5 * WEIGHT * (np.arange(4) > 0), abs=BYTE)


@pytest.mark.parametrize("asked", [ASKED * 0, np.zeros((0, WIDTH), np.float32)])
def test_without_token_vectors_nothing_changes(asked):
    before = scored({"a": 0.5, "b": 0.49, "c": 0.48, "d": 0.47})
    assert reordered(before, tokens(NOTES, a=[0], b=[1], c=[2], d=[3]), asked) is before
    assert reordered(before, tokens(NOTES, a=[], b=[], c=[], d=[]), ASKED) is before


@given(st.permutations(range(4)), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_the_best_score_stays(order, own):
    before = scored(dict(zip("abcd", own, strict=True)))
    found = reordered(before, tokens(NOTES, **{name: [at] for name, at in zip("abcd", order, strict=True)}), ASKED)
    assert found.total.max() == pytest.approx(before.total.max(), abs=1e-6)


def test_what_an_identifier_gains_does_not_count_for_the_best_score():
    known = tokens(NOTES, a=[0, 1], b=[5], c=[0], d=[])
    scores = scores_of(NOTES, {"a": 0.4, "b": 0.45, "c": 0.39, "d": 0.38})
    scores = scores._replace(identifier=np.array([1.0, 0, 0, 0]))
    found = reordered(Scored(NOTES, retrieved(NOTES), scores), known, ASKED)
    near = found.total - found.scores.identifier
    assert near.max() == pytest.approx(0.45)
    assert near.max() < 0.45


def test_the_first_note_of_a_question_that_is_in_scope_by_its_words_still_answers():
    before = scored({"a": 0.5, "b": 0.49, "c": 0.48, "d": 0.47})
    found = Calibration.of(before.total, before.scores.identifier, 0.0, scope=0.9, within=True)
    after = reordered(before, tokens(NOTES, a=[5], b=[0, 1], c=[0], d=[]), ASKED)
    assert LEVELS[replace(found, spread=True).levels(after.total).max()] is Level.HIGH
