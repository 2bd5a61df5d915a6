"""Words move a score by a little, against the baseline of their language, and never turn the dense order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.rank.candidates import BASELINE_OF, BEST, LEXICAL_WEIGHT, Best, baselines, fused

COSINES = st.floats(-1, 1)
BM25 = st.floats(0, 1000)
SHARES = st.floats(0, 1)


def score(*numbers):
    return float(fused(*map(np.array, numbers), LEXICAL_WEIGHT))


def baseline(passages, language=1, others=()):
    """The baseline of passages in one language, among others in another."""
    dense, lexical = np.array([*passages, *others], float).reshape(-1, 2).T
    languages = np.array([language] * len(passages) + [1 - language] * len(others), int)
    return baselines(languages, dense, lexical)[language]


@given(COSINES, BM25, BM25, SHARES)
def test_words_raise_a_score_and_never_by_more_than_their_weight(dense, first, second, common):
    fewer, more = (score(dense, lexical, common) for lexical in sorted((first, second)))
    assert dense - LEXICAL_WEIGHT <= fewer <= more <= dense + LEXICAL_WEIGHT


@given(COSINES, COSINES, BM25, SHARES)
def test_the_dense_order_holds_among_passages_that_share_their_words(first, second, lexical, common):
    assert (first < second) <= (score(first, lexical, common) <= score(second, lexical, common))


@given(st.lists(st.tuples(COSINES, BM25), max_size=30))
def test_a_baseline_does_not_depend_on_order_nor_on_passages_far_away(passages):
    found = baseline(passages)
    assert 0 <= found <= 1
    assert found == baseline(sorted(passages)) == baseline(sorted(passages, reverse=True)[:BASELINE_OF])


def test_a_baseline_is_that_of_its_language():
    assert baseline([(0.1, 5.0)], others=[(0.9, 50.0)] * 12) == pytest.approx(5 / 15)


@pytest.mark.parametrize("lexical", [0.0, 7.0])
def test_what_all_near_passages_share_counts_for_nothing(lexical):
    assert score(0.5, lexical, baseline([(0.5, lexical)] * 12)) == 0.5


@given(st.lists(st.tuples(st.integers(0, 4), COSINES), max_size=20))
def test_the_best_texts_of_each_group_and_its_worst(texts):
    found = Best.of(np.array([group for group, _ in texts], int), np.array([score for _, score in texts], float))
    assert found.groups.tolist() == sorted({group for group, _ in texts})
    for group, best, last in zip(*found, strict=True):
        places = [place for place, each in enumerate(texts) if each[0] == group]
        places.sort(key=lambda place: -texts[place][1])
        assert best.tolist() == (places + [-1] * BEST)[:BEST]
        assert last == places[-1]
