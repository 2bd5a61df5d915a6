"""Fusion: words move a score by a little, against what is usual in their language, and never turn the dense order."""

from hypothesis import given
from hypothesis import strategies as st

from search.rank.fusion import LEXICAL_WEIGHT, USUAL, fused, usual_words

COSINES = st.floats(-1, 1)
BM25 = st.floats(0, 1000)
SHARES = st.floats(0, 1)


@given(COSINES)
def test_where_no_passage_shares_a_word_the_score_is_the_cosine(dense: float) -> None:
    assert fused(dense, 0.0, usual_words([(dense, 0.0)] * 3), LEXICAL_WEIGHT) == dense


@given(COSINES, BM25, BM25, SHARES)
def test_words_raise_a_score_and_never_by_more_than_their_weight(
    dense: float, one: float, other: float, usual: float
) -> None:
    fewer, more = (fused(dense, lexical, usual, LEXICAL_WEIGHT) for lexical in sorted((one, other)))
    assert dense - LEXICAL_WEIGHT <= fewer <= more <= dense + LEXICAL_WEIGHT


@given(COSINES, COSINES, BM25, SHARES)
def test_the_dense_order_holds_among_chunks_that_share_their_words(
    one: float, other: float, lexical: float, usual: float
) -> None:
    assert (one < other) <= (fused(one, lexical, usual, LEXICAL_WEIGHT) <= fused(other, lexical, usual, LEXICAL_WEIGHT))


@given(st.lists(st.tuples(COSINES, BM25), min_size=1, max_size=30))
def test_what_is_usual_does_not_depend_on_order_nor_on_passages_far_away(
    passages: list[tuple[float, float]],
) -> None:
    usual = usual_words(passages)
    assert usual == usual_words(sorted(passages))
    assert 0 <= usual <= 1
    assert usual_words(sorted(passages, reverse=True)[:USUAL]) == usual


def test_a_language_without_passages_has_no_usual_words() -> None:
    assert usual_words([]) == 0.0


def test_what_all_near_passages_share_counts_for_nothing() -> None:
    assert fused(0.5, 7.0, usual_words([(0.5, 7.0)] * 12), LEXICAL_WEIGHT) == 0.5
