"""The score of a note: its passages and its subjects."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.rank.formulas import (
    QUESTION_WEIGHT,
    QUESTIONS_NEARER,
    SUBJECT_ALONE,
    SUBJECT_WEIGHT,
    by_texts,
    strength,
    subject_bonus,
)
from search.understand.thesaurus import Named

SCORES = st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=8).map(
    lambda some: sorted(some, reverse=True)
)


def test_half_the_best_and_half_the_mean_of_three() -> None:
    assert strength([0.6, 0.3, 0.3, 0.2], texts=9, unseen=0.0) == pytest.approx(0.6 / 2 + 0.4 / 2)


def test_a_note_of_one_passage_is_worth_its_passage() -> None:
    assert strength([0.5], texts=1, unseen=0.0) == pytest.approx(0.5)


def test_a_passage_that_was_not_retrieved_counts_for_what_it_can_have_at_most() -> None:
    assert strength([0.6], texts=9, unseen=0.3) == pytest.approx(0.6 / 2 + 0.4 / 2)


@given(SCORES, st.integers(1, 12), st.floats(-1, 1))
def test_the_score_lies_between_the_best_passage_and_the_worst_that_can_count(
    scores: list[float], more: int, floor: float
) -> None:
    unseen = min(scores[-1], floor)
    score = strength(scores, texts=len(scores) + more, unseen=unseen)
    assert unseen - 1e-9 <= score <= scores[0] + 1e-9


@given(SCORES, SCORES, st.integers(1, 12), st.floats(-1, 1))
def test_of_parts_that_scores_are_made_of_it_gives_the_parts_of_the_result(
    one: list[float], other: list[float], more: int, unseen: float
) -> None:
    pairs = list(zip(one, other, strict=False))
    whole = strength([sum(pair) for pair in pairs], len(pairs) + more, unseen)
    first = strength([part for part, _ in pairs], len(pairs) + more, unseen)
    assert first + strength([part for _, part in pairs], len(pairs) + more, 0.0) == pytest.approx(whole, abs=1e-9)


@given(SCORES, st.integers(1, 12), st.floats(-1, 1), st.floats(0, 1))
def test_a_better_best_passage_never_lowers_the_score(
    scores: list[float], more: int, floor: float, gain: float
) -> None:
    passages = len(scores) + more
    better = [scores[0] + gain, *scores[1:]]
    assert strength(better, passages, floor) >= strength(scores, passages, floor) - 1e-9


def test_a_named_subject_speaks_for_the_notes_about_it_and_against_those_about_another() -> None:
    named = Named(frozenset({"phishing", "online-fraud"}), frozenset({"disruption"}), frozenset({"LU"}))
    assert subject_bonus(named, ("phishing", "online-fraud"), ("prevention",), ("BE",)) == SUBJECT_WEIGHT
    assert subject_bonus(named, ("phishing",), ("disruption",), ("BE",)) == 2 * SUBJECT_WEIGHT
    assert subject_bonus(named, ("phishing",), ("disruption",), ("BE", "LU")) == pytest.approx(3 * SUBJECT_WEIGHT)
    assert subject_bonus(named, ("ddos",), ("prevention",), ()) == -SUBJECT_WEIGHT
    assert subject_bonus(named, ("cross-cutting",), ("prevention",), ()) == 0
    assert subject_bonus(Named(), ("phishing",), ("disruption",), ("LU",)) == 0


def test_a_crime_type_that_is_the_whole_question_decides() -> None:
    named = Named(frozenset({"phishing"}), frozenset(), frozenset({"LU"}), whole=True)
    assert subject_bonus(named, ("phishing",), ("prevention",), ("BE",)) == SUBJECT_ALONE
    assert subject_bonus(named, ("phishing",), ("prevention",), ("LU",)) == SUBJECT_ALONE + SUBJECT_WEIGHT
    assert subject_bonus(named, ("ddos",), ("prevention",), ("BE",)) == -SUBJECT_ALONE
    blocked = replace(named, phases=frozenset({"disruption"}))
    assert subject_bonus(blocked, ("phishing",), ("prevention",), ("BE",)) == SUBJECT_WEIGHT


def test_a_note_none_of_whose_texts_were_retrieved_is_worth_the_floor() -> None:
    assert strength([], texts=9, unseen=0.3) == pytest.approx(0.3)


def test_of_a_note_without_questions_the_usual_is_assumed() -> None:
    assert by_texts(0.4, None) == pytest.approx(by_texts(0.4, 0.4 + QUESTIONS_NEARER))
    assert by_texts(0.4, 0.8) == pytest.approx(0.4 + QUESTION_WEIGHT * 0.4)
