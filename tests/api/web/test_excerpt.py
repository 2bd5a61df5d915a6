"""Excerpts: the best sentence is always there, whole, and nothing is shown that the passage does not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.excerpt import Excerpt, excerpt
from kb.text.languages import Language
from search.results import Highlight, Passage

TEXTS = st.lists(st.text(alphabet="ab<&\u2028", min_size=1, max_size=12), min_size=1, max_size=80).map(" ".join)


def passage(text: str, highlight: tuple[int, int] | None = None) -> Passage:
    return Passage(text, "", "a", Language.EN, highlight and Highlight(*highlight))


def test_a_short_passage_is_shown_whole_with_its_sentence_marked() -> None:
    assert excerpt(passage("One.\nTwo. Three.", (5, 9)), 99) == Excerpt("One. ", "Two.", " Three.")
    assert excerpt(passage("One. Two."), 99) == Excerpt("", "", "One. Two.")


def test_a_long_one_is_cut_between_words_around_the_sentence() -> None:
    text = "before " * 50 + "The one. " + "after " * 50
    found = excerpt(passage(text, (350, 358)), 100)
    assert found.marked == "The one."
    assert (found.before[:9], found.after[-7:]) == ("… before ", "after …")
    assert 60 < len("".join(found)) <= 110
    assert excerpt(passage("word " * 100), 30) == Excerpt("", "", "word word word word word word …")


@given(TEXTS, st.integers(0, 500), st.integers(0, 500), st.integers(10, 400))
def test_the_sentence_is_shown_whole_and_all_else_is_the_passages(text: str, one: int, other: int, most: int) -> None:
    start, end = sorted((one % (len(text) + 1), other % (len(text) + 1)))
    found = excerpt(passage(text, (start, end) if start < end else None), most)
    if start < end:
        assert found.marked.split() == text[start:end].split()
    shown = " ".join("".join(found).removeprefix("… ").removesuffix(" …").split())
    assert shown in " ".join(text.split())
    assert len(shown) <= max(most, end - start)


@pytest.mark.parametrize("highlight", [None, (0, 4)])
def test_a_passage_without_white_space_is_cut_all_the_same(highlight: tuple[int, int] | None) -> None:
    assert len("".join(excerpt(passage("x" * 999, highlight), 50))) <= 52
