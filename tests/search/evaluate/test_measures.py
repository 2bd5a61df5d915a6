"""The measures agree with their definition, worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.evaluate.report import interval
from search.evaluate.run import mean, scores

IDS = [f"d{number}" for number in range(15)]
GRADES = st.dictionaries(st.sampled_from(IDS), st.integers(0, 3))
RANKING = st.permutations(IDS).flatmap(lambda ids: st.integers(0, len(ids)).map(lambda length: ids[:length]))


def gain(grades, ranked):
    return sum(grades.get(name, 0) / math.log2(place + 2) for place, name in enumerate(ranked[:10]))


@given(GRADES, RANKING)
def test_ndcg_and_recall_are_what_they_are_defined_to_be(grades, ranked):
    found = scores({"q": grades}, {"q": ranked})
    relevant = {name for name, grade in grades.items() if grade > 0}
    if not relevant:
        assert found == {"nDCG@10": {}, "R@5": {}}
        return
    ideal = gain(grades, sorted(grades, key=lambda name: -grades[name]))
    assert found["nDCG@10"]["q"] == pytest.approx(gain(grades, ranked) / ideal)
    assert found["R@5"]["q"] == pytest.approx(len(relevant & set(ranked[:5])) / len(relevant))


def test_a_question_answered_with_nothing_scores_nothing_and_counts():
    found = scores({"a": {"d1": 1}, "b": {"d1": 2}}, {"a": ["d1"]})
    assert found["nDCG@10"] == {"a": 1.0, "b": 0.0}
    assert mean([*found["R@5"].values()]) == 0.5
    assert mean([]) is None


def test_bounds_hold_the_mean_and_narrow_with_more_values():
    few, many = interval([0.0, 1.0] * 10), interval([0.0, 1.0] * 1000)
    assert few[0] < many[0] < 0.5 < many[1] < few[1]
    assert few[1] - few[0] == pytest.approx(2 * 1.96 * 0.5 / 20**0.5, abs=0.05)
    assert interval([0.7] * 5) == pytest.approx((0.7, 0.7))
