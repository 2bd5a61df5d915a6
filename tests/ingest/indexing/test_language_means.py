"""What vectors of a language share is taken away, whatever the order and number of notes."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.indexing.language_means import PRIOR_WEIGHT, centred, language_means
from kb.text.languages import Language

DIMENSION = 48
RANDOM = np.random.default_rng(7)
TERMS = {language: RANDOM.normal(size=(20, DIMENSION)).astype(np.float32) for language in Language}


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def _means(rows: np.ndarray, languages: Sequence[Language]) -> dict[Language, np.ndarray]:
    return language_means(rows, languages, TERMS, 1.0)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(Language), min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(languages: list[Language], shuffler: Random) -> None:
    rows = _unit(np.random.default_rng(len(languages)).normal(size=(len(languages), DIMENSION)))
    order = list(range(len(languages)))
    shuffler.shuffle(order)
    one, other = _means(rows, languages), _means(rows[order], [languages[place] for place in order])
    for language in Language:
        np.testing.assert_allclose(one[language], other[language], atol=1e-6)


def test_each_row_counts_once_and_the_vocabulary_as_much_as_its_weight() -> None:
    terms = {language: np.full((5, 2), 2.0, np.float32) for language in Language}
    rows = np.zeros((24, 2), np.float32)
    means = language_means(rows, [Language.FR] * 24, terms, 1.0)
    np.testing.assert_allclose(means[Language.FR], 2 * PRIOR_WEIGHT / (24 + PRIOR_WEIGHT))
    np.testing.assert_allclose(means[Language.NL], 2.0)


@pytest.mark.parametrize("count", [0, 1])
def test_one_note_of_one_language_gives_finite_centred_vectors_of_unit_length(count: int) -> None:
    rows = _unit(RANDOM.normal(size=(1, DIMENSION)))[:count]
    means = _means(rows, [Language.NL] * count)
    for mean in means.values():
        assert mean.dtype == np.float32
        assert mean.shape == (DIMENSION,)
        assert np.isfinite(mean).all()
    vectors = centred(rows, means, [Language.NL] * count)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.ones(count), rtol=1e-5)


def test_a_vector_that_is_its_own_mean_stays_finite() -> None:
    row = np.ones((1, DIMENSION), np.float32)
    assert np.isfinite(centred(row, row[0])).all()


def test_two_languages_a_constant_apart_become_comparable_once_centred() -> None:
    random = np.random.default_rng(3)
    meanings = random.normal(size=(60, DIMENSION)).astype(np.float32)
    apart = {Language.FR: 4 * random.normal(size=DIMENSION), Language.NL: 4 * random.normal(size=DIMENSION)}
    rows = _unit(np.vstack([meanings + apart[Language.FR], meanings + apart[Language.NL]]))
    languages = [Language.FR] * 60 + [Language.NL] * 60
    terms = {one: _unit(random.normal(size=(20, DIMENSION)) + apart.get(one, 0)) for one in Language}
    means = language_means(rows, languages, terms, 1.0)

    def found(vectors: np.ndarray) -> tuple[float, float]:
        """Share of French texts whose nearest other text is their Dutch twin; mean likeness of twins."""
        likeness = vectors @ vectors.T - 9 * np.eye(120)
        nearest = likeness[:60].argmax(axis=1)
        return float(np.mean(nearest == np.arange(60, 120))), float(np.mean(np.diagonal(likeness[:60, 60:])))

    assert found(rows)[0] < 0.1
    hits, likeness = found(centred(rows, means, languages))
    assert hits == 1.0
    assert likeness > 0.9
