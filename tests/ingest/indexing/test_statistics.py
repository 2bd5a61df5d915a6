"""The statistics of an epoch: the means of languages, and how near sentences of a collection come to other notes."""

import numpy as np
import pytest

from ingest.indexing.statistics import EVERYTHING, PRIOR_WEIGHT, SAMPLE, centred, fit_scope, language_means
from kb.text.languages import Language

DIMENSION = 48
RANDOM = np.random.default_rng(7)
TERMS = {language: RANDOM.normal(size=(20, DIMENSION)).astype(np.float32) for language in Language}


def _unit(rows):
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_each_row_counts_once_and_the_vocabulary_as_much_as_its_weight():
    terms = {language: np.full((5, 2), 2.0, np.float32) for language in Language}
    rows = np.repeat(np.array([[0.0], [1.0]] * 12, np.float32), 2, axis=1)
    means = language_means(rows, [Language.FR, Language.EN] * 12, terms, 1.0)
    np.testing.assert_allclose(means[Language.FR], 2 * PRIOR_WEIGHT / (12 + PRIOR_WEIGHT))
    np.testing.assert_allclose(means[Language.EN], (2 * PRIOR_WEIGHT + 12) / (12 + PRIOR_WEIGHT), rtol=1e-6)
    np.testing.assert_allclose(language_means(rows, [Language.FR] * 24, terms, 0.5)[Language.NL], 1.0)


@pytest.mark.parametrize("count", [0, 1])
def test_one_note_of_one_language_gives_finite_centred_vectors_of_unit_length(count):
    rows = _unit(RANDOM.normal(size=(1, DIMENSION)))[:count]
    means = language_means(rows, [Language.NL] * count, TERMS, 1.0)
    assert {(mean.dtype, mean.shape, np.isfinite(mean).all()) for mean in means.values()} == {
        (np.dtype(np.float32), (DIMENSION,), True)
    }
    vectors = centred(rows, means, [Language.NL] * count)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), np.ones(count), rtol=1e-5)


def test_a_vector_that_is_its_own_mean_stays_finite():
    row = np.ones((1, DIMENSION), np.float32)
    assert np.isfinite(centred(row, row[0])).all()


def test_two_languages_a_constant_apart_become_comparable_once_centred():
    random = np.random.default_rng(3)
    meanings = random.normal(size=(60, DIMENSION)).astype(np.float32)
    apart = {Language.FR: 4 * random.normal(size=DIMENSION), Language.NL: 4 * random.normal(size=DIMENSION)}
    rows = _unit(np.vstack([meanings + apart[Language.FR], meanings + apart[Language.NL]]))
    languages = [Language.FR] * 60 + [Language.NL] * 60
    terms = {tag: _unit(random.normal(size=(20, DIMENSION)) + apart.get(tag, 0)) for tag in Language}
    means = language_means(rows, languages, terms, 1.0)

    def found(vectors):
        """Share of French texts whose nearest other text is their Dutch twin; mean likeness of twins."""
        likeness = vectors @ vectors.T - 9 * np.eye(120)
        nearest = likeness[:60].argmax(axis=1)
        return float(np.mean(nearest == np.arange(60, 120))), float(np.mean(np.diagonal(likeness[:60, 60:])))

    assert found(rows)[0] < 0.1
    hits, likeness = found(centred(rows, means, languages))
    assert hits == 1.0
    assert likeness > 0.9


NO_SUBJECTS = np.empty((0, 2))
ALIKE = np.array([1.0, 0.0])


def _at(*cosines):
    """Sentences with these cosines to `ALIKE`."""
    return np.array([[cosine, (1 - cosine**2) ** 0.5] for cosine in cosines])


def _scope(sentences, passages, notes):
    return fit_scope(sentences, passages, notes, NO_SUBJECTS)[0]


def _out_of_scope(subjects, sentences):
    """Of these subjects, those that a collection of passages that are all alike is not about."""
    count, dimension = sentences.shape
    return fit_scope(sentences, np.tile(np.eye(dimension)[0], (count, 1)), list(map(str, range(count))), subjects)[1]


def test_nine_in_ten_sentences_come_as_near_to_another_note():
    sentences = _at(*[0.5 + place / 1000 for place in range(100)])
    assert _scope(sentences, np.tile(ALIKE, (100, 1)), list(map(str, range(100)))) == pytest.approx(0.51, abs=0.001)


@pytest.mark.parametrize(
    "notes", [list(map(str, range(18))), [str(place // 3) for place in range(18)], [*map(str, range(9))] * 2]
)
def test_a_note_is_not_compared_with_itself_nor_with_two_that_say_the_same(notes):
    rows = np.repeat(np.eye(6), 3, axis=0)  # six texts, each three times
    assert _scope(rows, rows, notes) == pytest.approx(0.0)


@pytest.mark.parametrize("notes", [[], ["a", "a", "a"], ["a", "b", "c"]])
def test_too_few_notes_are_about_everything(notes):
    rows = np.ones((len(notes), 2))
    scope, out_of_scope = fit_scope(rows, rows, notes, _at(0.3))
    assert (scope, out_of_scope.near(ALIKE)) == (EVERYTHING, 0)


def test_a_large_collection_is_sampled_from_its_whole_length():
    count = 3 * SAMPLE
    sentences = _at(*[0.9] * (count // 2), *[0.1] * (count // 2))
    assert _scope(sentences, np.tile(ALIKE, (count, 1)), list(map(str, range(count)))) == pytest.approx(0.1)


def test_a_subject_that_the_notes_are_about_is_not_out_of_scope():
    sentences = np.tile([0.8, 0.6, 0.0], (8, 1))
    about, foreign = [0.9, 0.0, 0.436], [0.0, 0.0, 1.0]
    assert _out_of_scope(np.array([about, foreign]), sentences).vectors.tolist() == [foreign]
    assert _out_of_scope(np.array([about]), sentences).near(np.array(foreign)) == 0


def test_the_baseline_is_the_median_nearness_of_the_sentences_to_subjects_out_of_scope():
    foreign = np.array([[0.0, 0.0, 1.0], [0.0, 0.6, 0.8]])
    sentences = np.array([[(1 - cosine**2) ** 0.5, cosine, 0.0] for cosine in (0.1, 0.2, 0.3, 0.4, 0.5)])
    assert _out_of_scope(foreign, sentences).baseline == pytest.approx(0.3 * 0.6 - 0.3 * 0.6 / 2)
