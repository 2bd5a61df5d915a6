"""Words in flat files score as the vectors' inner products say, and come back as they went in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.store.embedded.words import Words, WordsFound
from kb.text.terms import Sparse

TERMS = st.one_of(st.integers(0, 5), st.integers(0, 2**32 - 1))
VECTORS = st.dictionaries(TERMS, st.floats(0.125, 8.0, width=32), max_size=6).map(
    lambda terms: Sparse((*terms,), (*terms.values(),))
)


def written(texts):
    """The words of these texts, each in the row whose number it has from the end."""
    found = WordsFound()
    for number, text in enumerate(texts):
        found.add(number, text)
    return Words(found.packed(np.arange(len(texts))[::-1]), len(texts))


def scores(texts, question):
    found = np.zeros(len(texts))
    written(texts).score(question, found)
    return found.tolist()[::-1]


@given(st.lists(VECTORS, min_size=1, max_size=8), VECTORS)
def test_scores_are_inner_products_the_same_whatever_other_texts_there_are(texts, question):
    asked = dict(zip(question.indices, question.values, strict=True))
    products = [
        sum(asked.get(term, 0.0) * value for term, value in zip(text.indices, text.values, strict=True))
        for text in texts
    ]
    assert scores(texts, question) == pytest.approx(products)
    assert scores(texts, question)[-1:] == scores(texts[-1:], question)  # to the bit


@given(st.lists(VECTORS, max_size=8))
def test_texts_come_back(texts):
    vector = written(texts).texts()
    back = [vector(row) for row in range(len(texts))][::-1]
    assert [dict(zip(text.indices, text.values, strict=True)) for text in back] == [
        dict(zip(text.indices, text.values, strict=True)) for text in texts
    ]
