"""Levels: what a score means, and when nothing is relevant."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.store.manifest import NO_SUBJECTS, Subjects
from search.rank.calibrate import (
    BEHIND,
    FOREIGN,
    HIGH,
    LEVELS,
    MEDIUM,
    MEDIUM_ALONE,
    NEAR,
    OWN,
    Calibration,
    scope_for,
)
from search.results import Level

SCOPE = 0.7
BEST = HIGH + 0.04
TO_HIGH, TO_MEDIUM = ((BEST - level) / (1 + BEHIND) for level in (HIGH, MEDIUM_ALONE))
"""How far behind such a best note another still has the level."""
SCORES = st.lists(st.tuples(st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.3, 1.0])), min_size=1, max_size=9).map(
    lambda notes: [(score + exact, exact) for score, exact in notes]
)
ORDER = [Level.LOW, Level.MEDIUM, Level.HIGH]


def calibration(notes, countries=0.0, **more):
    scores, exact = np.array(notes, float).reshape(-1, 2).T
    return Calibration.of(scores, exact, countries, SCOPE, **more)


def levels(notes):
    return [LEVELS[place] for place in calibration(notes).levels(np.array([score for score, _ in notes], float))]


@pytest.mark.parametrize(
    ("notes", "expected"),
    [
        # the closer they follow the best
        (
            [(BEST, 0), *((BEST - gap, 0) for gap in (TO_HIGH / 2, TO_HIGH * 2, TO_MEDIUM * 1.1))],
            "high high medium low",
        ),
        ([(NEAR - 0.001, 0), (NEAR - 0.002, 0)], "low low"),  # even the best is far
        ([(0.7, 1), (-0.12, 0)], "high low"),  # an identifier answers however far its words are
        ([], ""),
    ],
)
def test_the_best_note_answers_if_it_is_near(notes, expected):
    assert levels([(SCOPE + above, exact) for above, exact in notes]) == expected.split()


@given(SCORES)
def test_some_note_is_relevant_or_none_is_and_a_better_note_never_has_the_lower_level(notes):
    found = levels(notes)
    assert calibration(notes).any is (set(found) != {Level.LOW})
    pairs = [(score, ORDER.index(level)) for (score, _), level in zip(notes, levels(notes), strict=True)]
    ranked = [level for _, level in sorted(pairs)]
    assert ranked == sorted(ranked)


def test_a_question_near_a_subject_out_of_scope_must_come_nearer_to_a_note_and_one_near_its_own_less_near():
    subjects = Subjects(np.array([[0.0, 1.0]] * 2 + [[0.6, 0.8]] + [[-1.0, 0.0]] * 5, np.float32), baseline=0.5)
    for question, near in (([0.0, 1.0], 2.8 / 3), ([0.8, 0.6], 2.16 / 3), ([1.0, 0.0], 0.6 / 3)):
        found = subjects.above_baseline(np.array(question, np.float32))
        assert found == pytest.approx(near - 0.5)
        assert scope_for(SCOPE, 0.0, found) == pytest.approx(SCOPE + FOREIGN * found)
        assert scope_for(SCOPE, found, 0.0) == pytest.approx(SCOPE - OWN * found)
    none = NO_SUBJECTS.above_baseline(np.array([0.6, 0.8], np.float32))
    assert scope_for(SCOPE, none, none) == SCOPE


def test_a_question_within_the_scope_has_an_answer_however_far_it_is():
    notes = [(SCOPE - 0.1, 0.0), (SCOPE - 0.11, 0.0), (SCOPE - 0.2, 0.0)]
    found = calibration(notes, within=True)
    assert found.levels(np.array([score for score, _ in notes])).tolist() == [2, 1, 0]
    near = [(SCOPE + HIGH + 0.1, 0.0)]
    assert calibration(near, within=True) == calibration(near)
    assert calibration([], within=True).any is False


def test_where_only_identifiers_answer_nothing_else_is_relevant():
    best = SCOPE + NEAR - 0.01
    found = calibration([(best + 0.3, 0.4), (best, 0.0), (best - 0.001, 0.0)])
    assert found.levels(np.array([best + 0.3, best, best - 0.001])).tolist() == [2, 0, 0]
    assert min(found.thresholds.values()) >= best


@given(SCORES)
def test_the_thresholds_are_where_the_levels_change(notes):
    found = calibration(notes)
    for level, least in found.thresholds.items():
        place = [each.value for each in LEVELS].index(level)
        around = found.levels(np.array([least - 1e-6, least + 1e-6]))
        assert around[0] < place or least > found.best
        assert around[1] >= place


@pytest.mark.parametrize("above", [NEAR + 0.01, NEAR - 0.01])
def test_what_a_note_loses_for_its_country_takes_no_question_out_of_the_scope(above):
    loss = np.array([-0.05, 0.0])
    found = calibration([(SCOPE + above - 0.05, 0.0), (SCOPE - 0.2, 0.0)], loss)
    assert found.any is (above > NEAR)
    assert found.levels(np.array([SCOPE + above - 0.05])).tolist() == [int(above > NEAR)]


@pytest.mark.parametrize(("above", "exact", "answers"), [(-0.01, 0.0, False), (0.01, 0.0, True), (-0.01, 0.3, True)])
def test_what_a_note_gains_for_languages_carries_no_question_into_the_scope(above, exact, answers):
    gain = np.array([0.05, 0.0])
    notes = [(SCOPE + NEAR + above + 0.05 + exact, exact), (SCOPE - 0.2, 0.0)]
    found = calibration(notes, languages=gain)
    assert (found.any, found.near) == (answers, above > 0)
    assert bool(found.levels(np.array([notes[0][0]]))[0]) is answers


def test_where_late_interaction_lays_scores_apart_a_note_farther_behind_still_helps():
    far = BEST - (TO_MEDIUM + (BEST - MEDIUM) / (1 + BEHIND)) / 2
    scores, none = np.array([BEST, far]), np.zeros(2)
    found = Calibration.of(scores, none, 0.0, 0.0)
    assert [each.levels(scores).tolist() for each in (found, replace(found, spread=True))] == [[2, 0], [2, 1]]
