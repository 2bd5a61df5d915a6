"""The score of a note: its passages and its subjects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.ranking import (
    LINK_WEIGHT,
    QUESTION_WEIGHT,
    SUBJECT_WEIGHT,
    raised_by_links,
    strength,
    subject_bonus,
    with_questions,
)
from search.understand import Named

SCORES = st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=8).map(
    lambda some: sorted(some, reverse=True)
)


def test_half_the_best_and_half_the_mean_of_three() -> None:
    assert strength([0.6, 0.3, 0.3, 0.2], texts=9, floor=0.0) == pytest.approx(0.6 / 2 + 0.4 / 2)


def test_a_note_of_one_passage_is_worth_its_passage() -> None:
    assert strength([0.5], texts=1, floor=0.0) == pytest.approx(0.5)


def test_a_passage_that_was_not_retrieved_counts_as_the_last_that_was() -> None:
    assert strength([0.6], texts=9, floor=0.3) == pytest.approx(0.6 / 2 + 0.4 / 2)


@given(SCORES, st.integers(1, 12), st.floats(-1, 1))
def test_the_score_lies_between_the_best_passage_and_the_worst_that_can_count(
    scores: list[float], more: int, floor: float
) -> None:
    score = strength(scores, texts=len(scores) + more, floor=floor)
    assert min(scores[-1], floor) - 1e-9 <= score <= scores[0] + 1e-9


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


def test_a_note_none_of_whose_texts_were_retrieved_is_worth_the_floor() -> None:
    assert strength([], texts=9, floor=0.3) == pytest.approx(0.3)


def test_a_note_without_questions_is_worth_its_passages() -> None:
    assert with_questions(0.4, None) == 0.4
    assert with_questions(0.4, 0.8) == pytest.approx(0.4 + QUESTION_WEIGHT * 0.4)


LINKS = {"a": {"b", "gone"}, "b": {"a", "c"}, "c": {"b"}, "alone": set[str]()}
NOTE_SCORES = st.fixed_dictionaries({name: st.floats(-1, 1) for name in LINKS})


@given(NOTE_SCORES)
def test_links_raise_towards_the_best_linked_note_never_above_it_and_never_lower(scores: dict[str, float]) -> None:
    raised = raised_by_links(scores, LINKS.__getitem__)
    assert raised.keys() == scores.keys()
    assert raised["alone"] == scores["alone"]
    for note, score in raised.items():
        best = max([scores[note], *(scores[one] for one in LINKS[note] if one in scores)])
        assert score == pytest.approx(scores[note] + LINK_WEIGHT * (best - scores[note]))


@given(NOTE_SCORES)
def test_what_is_linked_with_a_note_out_of_sight_gains_nothing_by_it(scores: dict[str, float]) -> None:
    seen = {name: score for name, score in scores.items() if name != "b"}
    assert raised_by_links(seen, LINKS.__getitem__) == seen
