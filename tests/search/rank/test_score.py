"""The score of a note: its passages, its questions, its subjects, and the notes that it is linked with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.languages import Language
from search.rank.score import (
    LINK_WEIGHT,
    QUESTION_WEIGHT,
    QUESTIONS_NEARER,
    SUBJECT_ALONE,
    SUBJECT_WEIGHT,
    NoteScore,
    raised_by_links,
    strength,
    subject_bonus,
)
from search.understand.thesaurus import Named

SCORES = st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=8).map(
    lambda some: sorted(some, reverse=True)
)
MORE = st.integers(1, 12)
FLOORS = st.floats(-1, 1)
LINKS = {"a": {"b", "gone"}, "b": {"a", "c"}, "c": {"b"}, "alone": set[str]()}
NOTES = st.fixed_dictionaries({name: st.floats(-1, 1).map(lambda each: NoteScore(each, Language.EN)) for name in LINKS})


@pytest.mark.parametrize(
    ("scores", "texts", "floor", "expected"),
    [
        ([0.6, 0.3, 0.3, 0.2], 9, 0.0, 0.6 / 2 + 0.4 / 2),  # half the best, half the mean of three
        ([0.5], 1, 0.0, 0.5),
        ([0.6], 9, 0.3, 0.6 / 2 + 0.4 / 2),  # what was not retrieved counts for what it can have at most
        ([], 9, 0.3, 0.3),
    ],
)
def test_half_the_best_and_half_the_mean_of_three(scores, texts, floor, expected):
    assert strength(scores, texts, floor) == pytest.approx(expected)


@given(SCORES, MORE, FLOORS, st.floats(0, 1))
def test_it_lies_between_best_and_worst_and_rises_with_the_best(scores, more, floor, gain):
    floor, texts = min(scores[-1], floor), len(scores) + more
    found = strength(scores, texts, floor)
    assert floor - 1e-9 <= found <= scores[0] + 1e-9
    assert strength([scores[0] + gain, *scores[1:]], texts, floor) >= found - 1e-9


@given(SCORES, SCORES, MORE, FLOORS)
def test_of_parts_that_scores_are_made_of_it_gives_the_parts_of_the_result(first, second, more, floor):
    pairs = list(zip(first, second, strict=False))
    whole = strength([sum(pair) for pair in pairs], len(pairs) + more, floor)
    part = strength([each for each, _ in pairs], len(pairs) + more, floor)
    assert part + strength([each for _, each in pairs], len(pairs) + more, 0.0) == pytest.approx(whole, abs=1e-9)


def test_a_named_subject_speaks_for_the_notes_about_it_and_against_those_about_another():
    named = Named(frozenset({"phishing", "online-fraud"}), frozenset({"disruption"}), frozenset({"LU"}))
    assert subject_bonus(named, ("phishing", "online-fraud"), ("prevention",), ("BE",)) == SUBJECT_WEIGHT
    assert subject_bonus(named, ("phishing",), ("disruption",), ("BE",)) == 2 * SUBJECT_WEIGHT
    assert subject_bonus(named, ("phishing",), ("disruption",), ("BE", "LU")) == pytest.approx(3 * SUBJECT_WEIGHT)
    assert subject_bonus(named, ("ddos",), ("prevention",), ()) == -SUBJECT_WEIGHT
    assert subject_bonus(named, ("cross-cutting",), ("prevention",), ()) == 0
    assert subject_bonus(Named(), ("phishing",), ("disruption",), ("LU",)) == 0


def test_a_crime_type_that_is_the_whole_question_decides():
    named = Named(frozenset({"phishing"}), frozenset(), frozenset({"LU"}), whole=True)
    assert subject_bonus(named, ("phishing",), ("prevention",), ("BE",)) == SUBJECT_ALONE
    assert subject_bonus(named, ("ddos",), ("prevention",), ("BE",)) == -SUBJECT_ALONE


def test_a_score_is_the_sum_of_its_parts():
    score = NoteScore(0.4, Language.FR, questions=0.8, subject=-0.01, linked=0.05, link="b", identifier=1.0)
    assert score.own == pytest.approx(0.4 + QUESTION_WEIGHT * 0.4 - 0.01)
    assert score.total == pytest.approx(score.own + 1.05)


def test_a_note_without_questions_counts_as_if_it_had_some_that_are_a_little_nearer():
    near = NoteScore(0.4, Language.FR, questions=0.4 + QUESTIONS_NEARER)
    assert NoteScore(0.4, Language.FR).own == pytest.approx(near.own)


@given(NOTES)
def test_links_raise_towards_the_best_linked_note_never_above_it_and_never_lower(scores):
    raised = raised_by_links(scores, LINKS.__getitem__)
    assert raised.keys() == scores.keys()
    assert raised["alone"] == scores["alone"]
    for note_id, score in raised.items():
        own = scores[note_id].own
        best = max([own, *(scores[other].own for other in LINKS[note_id] if other in scores)])
        assert score.total == pytest.approx(own + LINK_WEIGHT * (best - own))
        assert (score.link is None) == (score.linked == 0)


@given(NOTES)
def test_what_is_linked_with_a_note_that_was_not_found_gains_nothing_by_it(scores):
    found = {name: score for name, score in scores.items() if name != "b"}
    assert raised_by_links(found, LINKS.__getitem__) == found


def test_what_an_identifier_gains_is_not_handed_on():
    scores = {"a": NoteScore(0.5, Language.EN, identifier=1.0), "b": NoteScore(0.5, Language.EN)}
    assert raised_by_links(scores, {"a": {"b"}, "b": {"a"}}.__getitem__)["b"].linked == 0
