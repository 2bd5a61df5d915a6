"""The worth of a note: the sum of its parts, and what it gains by the notes it is linked with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.languages import Language
from search.rank.formulas import LINK_WEIGHT, QUESTIONS_NEARER, by_texts
from search.rank.score import Worth, raised_by_links

LINKS = {"a": {"b", "gone"}, "b": {"a", "c"}, "c": {"b"}, "alone": set[str]()}
WORTHS = st.fixed_dictionaries({name: st.floats(-1, 1).map(lambda one: Worth(one, Language.EN)) for name in LINKS})


def test_a_score_is_the_sum_of_its_parts() -> None:
    worth = Worth(0.6, Language.FR, questions=0.8, subject=-0.01, linked=0.05, link="b", identifier=1.0)
    assert worth.own == pytest.approx(by_texts(0.6, 0.8) - 0.01)
    assert worth.score == pytest.approx(worth.own + 1.05)


@given(WORTHS)
def test_links_raise_towards_the_best_linked_note_never_above_it_and_never_lower(worths: dict[str, Worth]) -> None:
    raised = raised_by_links(worths, LINKS.__getitem__)
    assert raised.keys() == worths.keys()
    assert raised["alone"] == worths["alone"]
    for note, worth in raised.items():
        own = worths[note].own
        best = max([own, *(worths[one].own for one in LINKS[note] if one in worths)])
        assert worth.score == pytest.approx(own + LINK_WEIGHT * (best - own))
        assert (worth.link is None) == (worth.linked == 0)


@given(WORTHS)
def test_what_is_linked_with_a_note_out_of_sight_gains_nothing_by_it(worths: dict[str, Worth]) -> None:
    seen = {name: worth for name, worth in worths.items() if name != "b"}
    assert raised_by_links(seen, LINKS.__getitem__) == seen


def test_what_an_identifier_gains_is_not_handed_on() -> None:
    worths = {"a": Worth(0.5, Language.EN, identifier=1.0), "b": Worth(0.5, Language.EN)}
    assert raised_by_links(worths, {"a": {"b"}, "b": {"a"}}.__getitem__)["b"].linked == 0
    assert worths["b"].own == pytest.approx(0.5 + 0.6 * QUESTIONS_NEARER)
