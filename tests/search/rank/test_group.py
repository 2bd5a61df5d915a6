"""Grouping: a note once, best first, and the passage for this reader."""

import random

from hypothesis import given
from hypothesis import strategies as st

from kb.text.languages import Language
from search.rank.candidates import Candidate
from search.rank.group import group
from search.rank.score import NoteScore

SCORES = st.integers(-3, 3).map(float)  # few values, so that equals occur
CHUNKS = st.tuples(st.sampled_from("abcde"), st.sampled_from(list(Language)), st.integers(0, 3))
CANDIDATES = st.dictionaries(CHUNKS, SCORES).map(
    lambda found: [
        Candidate(f"{note}/{language}#a/{part}", note, language, score)
        for (note, language, part), score in found.items()
    ]
)


def by_best(candidates):
    best: dict[str, NoteScore] = {}
    for one in sorted(candidates, key=lambda one: (one.score, one.language)):
        best[one.note_id] = NoteScore(one.score, one.language, questions=one.score)
    return group(candidates, best)


@given(CANDIDATES, st.integers())
def test_the_order_of_candidates_does_not_matter(candidates, seed):
    mixed = list(candidates)
    random.Random(seed).shuffle(mixed)
    assert by_best(mixed) == by_best(candidates)


@given(CANDIDATES)
def test_every_note_once_with_all_its_candidates_and_nothing_else(candidates):
    groups = by_best(candidates)
    notes = [one.note_id for one in groups]
    assert len(notes) == len(set(notes))
    assert sorted(one.chunk_id for found in groups for one in found.candidates) == sorted(
        one.chunk_id for one in candidates
    )
    assert all(one.note_id == found.note_id for found in groups for one in found.candidates)


@given(CANDIDATES)
def test_best_first_and_equals_by_id(candidates):
    groups = by_best(candidates)
    for rows in (
        [(-one.score, one.note_id) for one in groups],
        *([(-one.score, one.chunk_id) for one in found.candidates] for found in groups),
    ):
        assert rows == sorted(rows)
    for found in groups:
        assert found.score == max(one.score for one in candidates if one.note_id == found.note_id)


@given(CANDIDATES, st.sampled_from(list(Language)))
def test_the_passage_is_the_best_in_the_version_shown_else_the_best(candidates, shown):
    for found in by_best(candidates):
        passage = found.passage(shown)
        own = [one for one in found.candidates if one.language is shown]
        assert passage in found.candidates
        assert (passage.language is shown) == bool(own)
        assert passage.score == max(one.score for one in own or found.candidates)
