"""Fusion: words raise a score by a little, and never turn the order of passages that share them."""

from hypothesis import given
from hypothesis import strategies as st

from search.fusion import LEXICAL_WEIGHT, fused

COSINES = st.floats(-1, 1)
BM25 = st.floats(0, 1000)


@given(COSINES)
def test_without_a_shared_word_the_score_is_the_cosine(dense: float) -> None:
    assert fused(dense, 0.0) == dense


@given(COSINES, BM25, BM25)
def test_words_raise_a_score_and_never_by_more_than_their_weight(dense: float, one: float, other: float) -> None:
    assert dense <= fused(dense, min(one, other)) <= fused(dense, max(one, other)) <= dense + LEXICAL_WEIGHT


@given(COSINES, COSINES, BM25)
def test_the_dense_order_holds_among_chunks_that_share_their_words(one: float, other: float, lexical: float) -> None:
    assert (one < other) <= (fused(one, lexical) <= fused(other, lexical))
