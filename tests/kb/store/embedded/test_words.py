"""Words in memory score as the vectors' inner products say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.store.embedded.words import WordTable
from kb.text.terms import Sparse

TERMS = st.one_of(st.integers(0, 5), st.integers(0, 2**32 - 1))
VECTORS = st.dictionaries(TERMS, st.floats(0.125, 8.0, width=32), max_size=6).map(
    lambda terms: Sparse((*terms,), (*terms.values(),))
)


@given(st.lists(VECTORS, min_size=1, max_size=8), VECTORS)
def test_scores_are_inner_products_the_same_whatever_other_texts_there_are(texts, question):
    asked = dict(zip(question.indices, question.values, strict=True))
    products = [
        sum(asked.get(term, 0.0) * value for term, value in zip(text.indices, text.values, strict=True))
        for text in texts
    ]
    scores = WordTable.of(texts).scores(question).tolist()
    assert scores == pytest.approx(products)
    assert scores[-1:] == WordTable.of(texts[-1:]).scores(question).tolist()  # to the bit
