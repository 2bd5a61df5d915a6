"""The score of a note: its passages, questions, subjects and links; and notes in the order of their scores."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.notes.note import Kind
from kb.store.records import note_and_language, version_id
from kb.text.languages import Language
from search.catalogue import HIT_FIELDS, LANGUAGES, Catalogue
from search.rank.calibrate import Calibration
from search.rank.candidates import BEST, NOWHERE, Retrieved, Texts, candidates
from search.rank.score import (
    ELSEWHERE,
    FEW,
    FEW_OF_A_KIND,
    FEWER_VERSIONS,
    LEADS,
    LINK_WEIGHT,
    NAMED_ALONE,
    OF_AN_AREA,
    OTHER_LANGUAGE,
    QUESTION_WEIGHT,
    QUESTIONS_NEARER,
    SUBJECT_ALONE,
    SUBJECT_WEIGHT,
    Scored,
    Scores,
    about_what_is_named,
    country_loss,
    few_of_a_kind,
    group,
    is_in_scope,
    language_gain,
    not_holding,
    raised,
    score_notes,
    strength,
    subject_bonus,
)
from search.understand.identifiers import ABOUT, CITED, Evidence
from search.understand.thesaurus import Named

SCORES = st.lists(st.floats(-1, 1, allow_nan=False), min_size=1, max_size=8).map(
    lambda some: sorted(some, reverse=True)
)
MORE = st.integers(1, 12)
FLOORS = st.floats(-1, 1)
LINKS = {"a": ("b", "gone"), "b": ("a", "c"), "c": ("b",), "alone": ()}
OWN = st.fixed_dictionaries({name: st.floats(-1, 1) for name in LINKS})


def catalogue(links, exists_in=LANGUAGES, **fields):
    """Notes with these links, in these languages, with five passages in each."""

    def payload(note_id):
        empty = dict.fromkeys(HIT_FIELDS, ())
        own = {"kind": "practice", "languages": [*exists_in], "original": exists_in[0], "access": ["clear"]}
        return {**empty, **own, "linked": links[note_id], **fields}

    versions = [(version_id(note_id, language), payload(note_id)) for note_id in links for language in exists_in]
    passages = {language: dict.fromkeys(links, 5) for language in exists_in}
    return Catalogue(versions, passages, {}, dict.fromkeys(links, datetime(2026, 1, 1, tzinfo=UTC)))


def best(scores):
    """The best three as `strength` takes them."""
    return np.array([*scores, *[np.nan] * BEST][:BEST])


def scores_of(notes, own):
    """Scores of these notes by themselves: note id -> score. A note without questions."""
    rows = np.array([notes.row[note_id] for note_id in own])
    none = np.zeros(len(own))
    passages = np.array([*own.values()]) - QUESTION_WEIGHT * QUESTIONS_NEARER
    return Scores(rows, passages, rows * 0, none, none * np.nan, *[none] * 7)


def nothing(notes):
    """Flags of no note."""
    return np.zeros(len(notes), bool)


def retrieved(notes, found=MappingProxyType({})):
    """What a retrieval has found: record id -> nearness."""
    order = sorted(version_id(note_id, language) for note_id in notes for language in notes[note_id].versions)
    ids = sorted(found)
    versions = notes.version_rows[[order.index(version_id(*note_and_language(each))) for each in ids]]
    nearness = np.array([found[each] for each in ids], float)
    passages, of_language = candidates(Texts(np.array(ids), versions, nearness, np.zeros(len(ids))), None)
    floors = np.full((len(Kind), len(LANGUAGES)), NOWHERE)
    return Retrieved(
        passages, floors, np.array([], int), np.array([]), floors[:, 0], of_language, np.zeros(len(notes), bool)
    )


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
    assert strength(best(scores), texts, floor) == pytest.approx(expected)


@given(SCORES, MORE, FLOORS, st.floats(0, 1))
def test_it_lies_between_best_and_worst_and_rises_with_the_best(scores, more, floor, gain):
    floor, texts = min(scores[-1], floor), len(scores) + more
    found = strength(best(scores), texts, floor)
    assert floor - 1e-9 <= found <= scores[0] + 1e-9
    assert strength(best([scores[0] + gain, *scores[1:]]), texts, floor) >= found - 1e-9


@given(SCORES, SCORES, MORE, FLOORS)
def test_of_parts_that_scores_are_made_of_it_gives_the_parts_of_the_result(first, second, more, floor):
    pairs = list(zip(first, second, strict=False))
    whole = strength(best([sum(pair) for pair in pairs]), len(pairs) + more, floor)
    part = strength(best([each for each, _ in pairs]), len(pairs) + more, floor)
    other = strength(best([each for _, each in pairs]), len(pairs) + more, 0.0)
    assert part + other == pytest.approx(whole, abs=1e-9)


@pytest.mark.parametrize(
    ("crime_type", "phase", "power", "gain"),
    [
        ("phishing", "prevention", "seizure", 1),
        ("phishing", "disruption", "seizure", 2),
        ("phishing", "disruption", "preservation", 3),
        ("ddos", "prevention", "seizure", -1),
        ("cross-cutting", "prevention", "seizure", 0),
    ],
)
def test_a_named_subject_speaks_for_the_notes_about_it_and_against_others(crime_type, phase, power, gain):
    named = Named({"phishing", "online-fraud"}, {"disruption"}, {"preservation"})
    notes = catalogue({"a": ()}, crime_types=[crime_type], phases=[phase], powers=[power])
    assert subject_bonus(named, notes) == pytest.approx([gain * SUBJECT_WEIGHT])
    assert subject_bonus(Named(), notes) == [0]


@pytest.mark.parametrize(
    ("countries", "reach", "loss"),
    [
        (["LU"], ["LU"], 0),
        (["BE", "LU"], ["BE", "LU"], 0),
        (["EU"], ["EU", "BNL", "BE", "NL", "LU"], OF_AN_AREA),
        (["BE"], ["BE"], ELSEWHERE),
    ],
)
def test_a_note_that_does_not_hold_in_the_country_asked_about_loses(countries, reach, loss):
    notes = catalogue({"a": ()}, countries=countries, reach=reach)
    assert country_loss(notes, {"LU"}) == pytest.approx([-loss])
    assert 0 < OF_AN_AREA < ELSEWHERE
    assert not_holding(notes, {"LU"}).tolist() == [loss == ELSEWHERE]
    assert country_loss(notes, set()) == [0]
    assert not not_holding(notes, set()).any()


@pytest.mark.parametrize(
    ("exists_in", "gain"),
    [
        ("fr nl en", 0),
        ("nl en", FEWER_VERSIONS),
        ("fr en", FEWER_VERSIONS + OTHER_LANGUAGE),
        ("nl", 2 * FEWER_VERSIONS),
        ("fr", 2 * FEWER_VERSIONS + OTHER_LANGUAGE),
    ],
)
def test_a_note_gains_for_each_language_that_it_does_not_exist_in(exists_in, gain):
    notes = catalogue({"a": ()}, [Language(language) for language in exists_in.split()])
    assert language_gain(notes, Language.NL) == pytest.approx([gain])


def test_a_kind_has_few_notes_by_those_that_the_caller_may_see():
    notes = catalogue({f"be-{number:02}": () for number in range(FEW_OF_A_KIND + 1)})
    visible = np.arange(len(notes)) < FEW_OF_A_KIND
    assert few_of_a_kind(notes, visible).tolist() == visible.tolist()
    assert not few_of_a_kind(notes, np.ones(len(notes), bool)).any()


def test_a_crime_type_that_is_the_whole_question_decides():
    named = Named(frozenset({"phishing"}), countries=frozenset({"LU"}), whole=True)
    for crime_type, gain in (("phishing", SUBJECT_ALONE), ("ddos", -SUBJECT_ALONE)):
        notes = catalogue({"a": ()}, crime_types=[crime_type], phases=["prevention"])
        assert subject_bonus(named, notes) == [gain]


@pytest.mark.parametrize(("powers", "gain"), [((), SUBJECT_ALONE), (("blocking",), SUBJECT_WEIGHT)])
def test_a_phase_that_is_the_whole_question_decides_if_nothing_else_is_named(powers, gain):
    named = Named(phases=frozenset({"disruption"}), powers=frozenset(powers), whole=True)
    notes = catalogue({"a": ()}, crime_types=["ddos"], phases=["disruption"])
    assert subject_bonus(named, notes) == pytest.approx([gain])


def lifted(notes, scores, evidence, about=None):
    scored = Scored(notes, retrieved(notes), scores)
    return raised(scored, evidence, nothing(notes) if about is None else about, scored.behind)


@pytest.mark.parametrize(("behind", "gain"), [(0.04, ABOUT), (0.06, CITED * 0.1**2)])
def test_a_common_word_is_the_name_of_a_note_that_comes_near_in_meaning(behind, gain):
    notes, emma = catalogue(dict.fromkeys("ab", ())), frozenset({"emma"})
    evidence = Evidence({"name:emma": frozenset("b")}, share=0.1, words=emma, common=emma)
    found = lifted(notes, scores_of(notes, {"a": 0.5, "b": 0.5 - behind}), evidence)
    assert found.scores.identifier.tolist() == pytest.approx([0, gain])


def test_a_note_lies_no_farther_behind_for_the_country_it_does_not_hold_in():
    notes = catalogue(dict.fromkeys("ab", ()))
    scores = scores_of(notes, {"a": 0.5, "b": 0.45})._replace(country=np.array([0.0, -0.05]))
    assert Scored(notes, retrieved(notes), scores).behind.tolist() == pytest.approx([0, 0.05])


def test_a_note_lies_no_nearer_to_a_name_for_the_languages_that_it_lacks():
    notes = catalogue(dict.fromkeys("ab", ()))
    scores = scores_of(notes, {"a": 0.5, "b": 0.45})._replace(languages=np.array([0.0, 0.05]))
    assert Scored(notes, retrieved(notes), scores).behind.tolist() == pytest.approx([0, 0.05])


def test_the_nearest_note_is_as_near_as_if_it_held_in_the_country():
    notes = catalogue(dict.fromkeys("ab", ()))
    scores = scores_of(notes, {"a": 0.5, "b": 0.45})._replace(country=np.array([-0.2, 0.0]))
    assert Scored(notes, retrieved(notes), scores).nearest == pytest.approx(0.5)


def test_the_very_subject_that_is_the_whole_question_counts_like_an_identifier():
    named = Named(frozenset({"bec", "online-fraud"}), above=frozenset({"online-fraud"}), whole=True)
    notes = {kind: catalogue({"a": ()}, crime_types=[kind]) for kind in ("bec", "online-fraud", "ddos")}
    about = {kind: about_what_is_named(named, each) for kind, each in notes.items()}
    assert {kind: flags.tolist() for kind, flags in about.items()} == {
        "bec": [True],
        "online-fraud": [False],
        "ddos": [False],
    }
    assert not about_what_is_named(replace(named, whole=False), notes["bec"]).any()
    own = scores_of(notes["bec"], {"a": 0.4})
    found = lifted(notes["bec"], own, Evidence(about={"x": frozenset("a")}), about["bec"])
    assert found.scores.identifier.tolist() == pytest.approx([1 + NAMED_ALONE])
    power = catalogue({"a": ()}, kind="power", powers=["blocking"])
    assert about_what_is_named(Named(powers=frozenset({"blocking"}), whole=True), power).all()


@pytest.mark.parametrize(("answering", "within"), [(0, False), (1, True), (FEW, True), (FEW + 1, False)])
def test_a_single_word_is_in_scope_where_the_best_of_a_few_notes_answers_a_question_with_it(answering, within):
    notes = catalogue({f"be-{number:02}": () for number in range(FEW + 1)})
    found = replace(retrieved(notes), worded=np.arange(len(notes)) < answering)
    scored = Scored(notes, found, scores_of(notes, {"be-00": 0.5, "be-01": 0.4}))
    assert is_in_scope("dropper", Named(), scored) is within
    assert not is_in_scope("two droppers", Named(), scored)
    gain = np.array([0.0, 0.2])
    other_first = scored.scores._replace(languages=gain, by_languages=gain)
    assert is_in_scope("dropper", Named(), replace(scored, scores=other_first)) is within


@pytest.mark.parametrize(("place", "within"), [(0, False), (1, True), (LEADS, True)])
def test_a_subject_alone_is_in_scope_where_one_of_the_best_notes_by_meaning_is_about_it(place, within):
    own = {f"be-{number:02}": 0.1 * number for number in range(LEADS + 1)}  # the last is the best
    notes = catalogue(dict.fromkeys(own, ()))
    about = np.arange(len(own)) == place
    scores = scores_of(notes, own)._replace(subject=np.where(about, 0.01, 0.0), identifier=np.where(about, 0.9, 0.0))
    assert is_in_scope("blocking", Named(whole=True), Scored(notes, retrieved(notes), scores)) is within


def test_a_score_is_the_sum_of_its_parts():
    fields = (0.4, 0, 0.0), (0.8, -0.01, -0.05, 0.03, 0.05, 1.0, 0.02)
    score = Scores(0, *fields[0], *fields[1], -0.02)
    assert score.own == pytest.approx(0.4 * (1 - QUESTION_WEIGHT) + QUESTION_WEIGHT * 0.8 - 0.01 - 0.05 + 0.03)
    assert score.total == pytest.approx(score.own + 1.07)
    without, assumed = (Scores(0, 0.4, 0, 0.0, questions, *[0.0] * 7) for questions in (np.nan, QUESTIONS_NEARER))
    assert without.own == pytest.approx(0.4 + QUESTION_WEIGHT * QUESTIONS_NEARER)
    assert assumed.own == pytest.approx(0.4 * (1 - QUESTION_WEIGHT) + QUESTION_WEIGHT * QUESTIONS_NEARER)


@given(OWN)
def test_links_raise_towards_the_best_linked_note_never_above_it_and_never_lower(own):
    notes = catalogue(LINKS)
    for some in (own, {name: score for name, score in own.items() if name != "b"}):
        scored = lifted(notes, scores_of(notes, some), Evidence())
        found = dict(zip((notes.ids[row] for row in scored.scores.notes), scored.scores.total.tolist(), strict=True))
        assert found.keys() == some.keys()
        groups = {
            each.note_id: each for each in group(scored, Calibration.of(np.array([]), np.array([]), 0.0, 0), NONE, NONE)
        }
        for note_id, score in found.items():
            top = max([some[note_id], *(some[other] for other in LINKS[note_id] if other in some)])
            assert score == pytest.approx(some[note_id] + LINK_WEIGHT * (top - some[note_id]), abs=1e-9)
            link = groups[note_id].link
            assert (link is None) == (groups[note_id].parts.linked == 0)
            assert link is None or (link in LINKS[note_id] and some[link] == pytest.approx(top, abs=1e-9))


def test_what_a_note_gains_for_languages_is_handed_on_but_carries_no_question_into_the_scope():
    notes = catalogue(LINKS)
    own = {"a": 0.2, "b": 0.5, "c": 0.1, "alone": 0.3}
    plain = scores_of(notes, own)
    gain = np.where(np.array([*own]) == "b", 0.05, 0.0)
    with_gain = plain._replace(languages=gain, by_languages=gain)
    before, after = (lifted(notes, scores, Evidence()) for scores in (plain, with_gain))
    assert (after.scores.total - before.scores.total).tolist() == pytest.approx([0.03, 0.05, 0.03, 0])
    assert (after.total - after.scores.by_languages).tolist() == pytest.approx(before.total.tolist())
    assert after.nearest == pytest.approx(before.nearest)


def test_what_an_identifier_gains_is_not_handed_on():
    notes = catalogue(LINKS)
    scores = scores_of(notes, dict.fromkeys("ab", 0.5))
    found = lifted(notes, scores, Evidence(about={"x": frozenset("a")})).scores
    assert (found.identifier.tolist(), found.linked.tolist()) == ([1, 0], [0, 0])


# --- notes in order ---

NOTES = catalogue(dict.fromkeys("abcde", ()))
NONE = np.zeros(len(NOTES), bool)
"""No flag is set."""
CHUNKS = st.tuples(st.sampled_from("abcde"), st.sampled_from(list(Language)), st.integers(0, 3))
CANDIDATES = st.dictionaries(  # few values, so that equals occur
    CHUNKS.map(lambda chunk: "{}/{}#a/{}".format(*chunk)), st.integers(-3, 3).map(lambda place: place / 4), min_size=1
)


def grouped(found):
    what = retrieved(NOTES, found)
    scores = score_notes(NOTES, what, what.candidates, *[np.zeros(len(NOTES))] * 3)
    return group(Scored(NOTES, what, scores), Calibration.of(scores.total, scores.identifier, 0.0, 0), NONE, NONE)


def shown(groups):
    return [(each.note_id, each.score, each.version, each.candidates) for each in groups]


@given(CANDIDATES, st.integers())
def test_every_note_once_with_its_candidates_best_first_and_equals_by_id(found, seed):
    groups = grouped(found)
    for rows in (
        [(-round(each.score, 6), each.note_id) for each in groups],
        *([(-each.score, each.record) for each in of_note.candidates] for of_note in groups),
    ):
        assert rows == sorted(set(rows))
    assert {each.note_id for each in groups} == {key[0] for key in found}
    for each in groups:
        own = {key: score for key, score in found.items() if key[0] == each.note_id}
        assert {candidate.record: candidate.score for candidate in each.candidates} == own
    mixed = [*found.items()]
    random.Random(seed).shuffle(mixed)
    assert shown(grouped(dict(mixed))) == shown(groups)


@given(CANDIDATES)
def test_the_passages_of_the_best_version_make_the_score(found):
    for each in grouped(found):
        assert [candidate.language for candidate in each.counted] == [each.version] * len(each.counted)
        rest = [score for key, score in found.items() if key[:4] == f"{each.note_id}/{each.version}"]
        expected = strength(best(sorted(rest, reverse=True)), 5, NOWHERE)
        assert each.parts.passages == pytest.approx(float(expected))
        assert each.score == pytest.approx(each.parts.passages + QUESTION_WEIGHT * QUESTIONS_NEARER)


@given(CANDIDATES, st.sampled_from(list(Language)))
def test_the_passage_is_the_best_in_the_version_shown_else_the_best(found, language):
    for each in grouped(found):
        own = [candidate for candidate in each.candidates if candidate.language is language]
        [best, *_] = own or each.candidates
        assert each.passage(language) == (best.record, best.language)


def levels(identifier, elsewhere=False, citing=False):
    """The levels of a note that lies near a question or has its identifier, and of one far from it."""
    notes = catalogue({"a": (), "b": ()})
    scores = scores_of(notes, {"a": 0.4 if identifier else 0.9, "b": 0.2})
    scores = scores._replace(identifier=np.array([0.6 * identifier, 0.0]))
    scored = Scored(notes, retrieved(notes), scores)
    calibration = Calibration.of(scored.total, scores.identifier, 0.0, 0.5)
    flags = (np.array([flag, False]) for flag in (elsewhere, citing))
    return [each.level for each in group(scored, calibration, *flags)]


def test_a_note_answers_if_it_holds_where_the_question_asks_and_does_more_than_cite():
    assert levels(identifier=False) == levels(identifier=False, citing=True) == ["high", "low"]
    assert levels(identifier=True) == ["high", "low"]
    assert levels(identifier=True, citing=True) == levels(identifier=False, elsewhere=True) == ["medium", "low"]
