"""Fusion: whatever the order, every chunk with a dense score, once."""

from hypothesis import given
from hypothesis import strategies as st

from search.fusion import LEXICAL_WEIGHT, Evidence, fuse

IDS = st.text("abc/#0", min_size=1, max_size=6)
COSINES = st.floats(-1, 1)
DENSE = st.dictionaries(IDS, COSINES)
LEXICAL = st.dictionaries(IDS, st.floats(0, 1000))


@given(DENSE, LEXICAL, st.randoms(use_true_random=False))
def test_the_order_of_its_inputs_does_not_matter(dense: dict, lexical: dict, chance: object) -> None:  # type: ignore[type-arg]
    def mixed(items: dict) -> list:  # type: ignore[type-arg]
        rows = list(items.items())
        chance.shuffle(rows)  # type: ignore[attr-defined]
        return rows

    assert fuse(mixed(dense), dict(mixed(lexical))) == fuse(dense.items(), lexical)


@given(DENSE, LEXICAL)
def test_no_id_is_lost_and_none_is_added(dense: dict[str, float], lexical: dict[str, float]) -> None:
    fused = fuse(dense.items(), lexical)
    assert fused.keys() == dense.keys()
    assert all(one == Evidence(dense[key], lexical.get(key, 0.0)) for key, one in fused.items())


@given(COSINES, st.floats(0, 1000), st.floats(0, 1000))
def test_words_raise_a_score_and_never_by_more_than_their_weight(dense: float, one: float, other: float) -> None:
    low, high = Evidence(dense, min(one, other)), Evidence(dense, max(one, other))
    assert dense <= low.score <= high.score <= dense + LEXICAL_WEIGHT


@given(COSINES, COSINES, st.floats(0, 1000))
def test_the_dense_order_holds_among_chunks_that_share_their_words(one: float, other: float, lexical: float) -> None:
    assert (one < other) <= (Evidence(one, lexical).score <= Evidence(other, lexical).score)
