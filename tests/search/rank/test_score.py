"""The score of a note: its passages, questions, subjects and links; and notes in the order of their scores."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.languages import Language
from search.rank.calibrate import Calibration
from search.rank.candidates import Candidate
from search.rank.score import (
    LINK_WEIGHT,
    QUESTION_WEIGHT,
    QUESTIONS_NEARER,
    SUBJECT_ALONE,
    SUBJECT_WEIGHT,
    NoteScore,
    group,
    raised,
    strength,
    subject_bonus,
)
from search.understand.identifiers import Evidence
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


@pytest.mark.parametrize(
    ("crime_type", "phase", "country", "gain"),
    [
        ("phishing", "prevention", "BE", 1),
        ("phishing", "disruption", "BE", 2),
        ("phishing", "disruption", "LU", 3),
        ("ddos", "prevention", "BE", -1),
        ("cross-cutting", "prevention", "BE", 0),
    ],
)
def test_a_named_subject_speaks_for_the_notes_about_it_and_against_others(crime_type, phase, country, gain):
    named = Named(frozenset({"phishing", "online-fraud"}), frozenset({"disruption"}), frozenset({"LU"}))
    note = {"crime_types": [crime_type], "phases": [phase], "countries": [country]}
    assert subject_bonus(named, note) == pytest.approx(gain * SUBJECT_WEIGHT)
    assert subject_bonus(Named(), note) == 0


def test_a_crime_type_that_is_the_whole_question_decides():
    named = Named(frozenset({"phishing"}), frozenset(), frozenset({"LU"}), whole=True)
    for crime_type, gain in (("phishing", SUBJECT_ALONE), ("ddos", -SUBJECT_ALONE)):
        assert subject_bonus(named, {"crime_types": [crime_type], "phases": ["prevention"], "countries": []}) == gain


def test_a_score_is_the_sum_of_its_parts():
    score = NoteScore(0.4, Language.FR, questions=0.8, subject=-0.01, linked=0.05, link="b", identifier=1.0)
    assert score.own == pytest.approx(0.4 + QUESTION_WEIGHT * 0.4 - 0.01)
    assert score.total == pytest.approx(score.own + 1.05)
    near = NoteScore(0.4, Language.FR, questions=0.4 + QUESTIONS_NEARER)
    assert NoteScore(0.4, Language.FR).own == pytest.approx(near.own)  # without questions


@given(NOTES)
def test_links_raise_towards_the_best_linked_note_never_above_it_and_never_lower(scores):
    found = raised(scores, LINKS, Evidence())
    assert found.keys() == scores.keys()
    assert found["alone"] == scores["alone"]
    for note_id, score in found.items():
        own = scores[note_id].own
        best = max([own, *(scores[other].own for other in LINKS[note_id] if other in scores)])
        assert score.total == pytest.approx(own + LINK_WEIGHT * (best - own))
        assert (score.link is None) == (score.linked == 0)
    alone = {name: score for name, score in scores.items() if name != "b"}
    assert raised(alone, LINKS, Evidence()) == alone


def test_what_an_identifier_gains_is_not_handed_on():
    scores = {name: NoteScore(0.5, Language.EN) for name in "ab"}
    found = raised(scores, LINKS, Evidence(about={"x": frozenset("a")}))
    assert [(score.identifier, score.linked) for score in found.values()] == [(1, 0), (0, 0)]


# --- notes in order ---

CHUNKS = st.tuples(st.sampled_from("abcde"), st.sampled_from(list(Language)), st.integers(0, 3))
CANDIDATES = st.dictionaries(CHUNKS, st.integers(-3, 3).map(float)).map(  # few values, so that equals occur
    lambda found: [
        Candidate(f"{note}/{language}#a/{part}", note, language, score)
        for (note, language, part), score in found.items()
    ]
)


def grouped(candidates):
    best: dict[str, NoteScore] = {}
    for each in sorted(candidates, key=lambda each: (each.score, each.language)):
        best[each.note_id] = NoteScore(each.score, each.language, questions=each.score)
    return group(dict.fromkeys("abcde"), candidates, best, Calibration.of([], 0))


@given(CANDIDATES, st.integers())
def test_every_note_once_with_its_candidates_best_first_and_equals_by_id(candidates, seed):
    groups = grouped(candidates)
    for rows in (
        [(-each.score, each.note_id) for each in groups],
        *([(-each.score, each.chunk_id) for each in found.candidates] for found in groups),
    ):
        assert rows == sorted(set(rows))
    for found in groups:
        own = [each for each in candidates if each.note_id == found.note_id]
        assert {*found.candidates} == {*own}
        assert found.score == max(each.score for each in own)
    mixed = list(candidates)
    random.Random(seed).shuffle(mixed)
    assert grouped(mixed) == groups


@given(CANDIDATES, st.sampled_from(list(Language)))
def test_the_passage_is_the_best_in_the_version_shown_else_the_best(candidates, language):
    for found in grouped(candidates):
        passage = found.passage(language)
        own = [each for each in found.candidates if each.language is language]
        assert passage in (own or found.candidates)
        assert passage.score == max(each.score for each in own or found.candidates)
