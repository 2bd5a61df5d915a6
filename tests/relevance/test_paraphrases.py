"""Questions that ask the same in other words find much the same practices."""

from collections import Counter

import pytest

from benchmarks.paraphrases import figures, pairs, shared
from tests.relevance.test_thresholds import THRESHOLDS, short_of


def test_paraphrases_share_as_many_practices_as_ever(searcher):
    found = pairs("choosing")
    report = figures(found, shared(found, searcher))
    print(report)
    assert short_of(report, THRESHOLDS["paraphrases"]) == {}


def test_a_question_shares_all_with_itself_and_nothing_with_one_of_another_subject(searcher):
    fraud = {"text": "false bank clerk on the phone", "lang": "en"}
    abuse = {"text": "identify a child in abuse images", "lang": "en"}
    assert shared([{"a": fraud, "b": fraud}, {"a": fraud, "b": abuse}], searcher) == [5, 0]


def test_figures_are_of_each_sort_and_of_all():
    report = figures([{"sort": "label"}, {"sort": "label"}, {"sort": "story"}], [5, 2, 3])
    assert report == {
        "all": {"shared": 10 / 3, "enough": 2 / 3},
        "label": {"shared": 3.5, "enough": 0.5},
        "story": {"shared": 3.0, "enough": 1.0},
    }


@pytest.mark.parametrize("name", ["choosing", "apart"])
def test_a_set_has_as_many_pairs_of_each_sort_and_no_question_twice(name):
    found = pairs(name)
    assert Counter(pair["sort"] for pair in found) == dict.fromkeys(("label", "language", "story", "reworded"), 25)
    questions = [(pair[side]["text"], pair[side]["lang"]) for pair in found for side in "ab"]
    assert len({*questions}) == len(questions)
    assert all(100 <= len(pair["b"]["text"]) <= 400 for pair in found if pair["sort"] == "story")
