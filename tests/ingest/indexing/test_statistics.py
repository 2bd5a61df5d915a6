"""The statistics of an epoch: the means of languages, and how near sentences of a collection come to other notes."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ingest.indexing.statistics import (
    EVERYTHING,
    PRIOR_WEIGHT,
    SAMPLE,
    centred,
    fit_scope,
    language_means,
    names,
    subjects_of,
)
from kb.content.reader import read_taxonomy
from kb.notes.front_matter import PowerFields
from kb.notes.taxonomy import EVERY_CRIME
from kb.text.languages import Language


def test_each_row_counts_once_and_the_vocabulary_as_much_as_its_weight():
    terms = {language: np.full((5, 2), 2.0, np.float32) for language in Language}
    rows = np.repeat(np.array([[0.0], [1.0]] * 12, np.float32), 2, axis=1)
    means = language_means(rows, [Language.FR, Language.EN] * 12, terms, 1.0)
    np.testing.assert_allclose(means[Language.FR], 2 * PRIOR_WEIGHT / (12 + PRIOR_WEIGHT))
    np.testing.assert_allclose(means[Language.EN], (2 * PRIOR_WEIGHT + 12) / (12 + PRIOR_WEIGHT), rtol=1e-6)
    np.testing.assert_allclose(language_means(rows, [Language.FR] * 24, terms, 0.5)[Language.NL], 1.0)


@pytest.mark.parametrize("count", [0, 1])
def test_without_texts_and_for_one_that_is_its_own_mean_all_stays_finite(count):
    rows, languages = np.ones((count, 2), np.float32), [Language.NL] * count
    means = language_means(rows, languages, {tag: np.ones((3, 2), np.float32) for tag in Language}, 1.0)
    assert all(mean.dtype == np.float32 and mean.tolist() == [1, 1] for mean in means.values())
    assert np.isfinite(centred(rows, means, languages)).all()


def test_each_vector_loses_the_mean_of_its_language():
    means = {Language.FR: np.array([1.0, 0.0]), Language.NL: np.array([0.0, 3.0])}
    rows = np.array([[1.0, 2.0], [4.0, 6.0]])
    np.testing.assert_allclose(centred(rows, means, [Language.FR, Language.NL]), [[0, 1], [0.8, 0.6]], rtol=1e-6)
    np.testing.assert_allclose(centred(rows, means[Language.FR])[0], [0, 1], rtol=1e-6)


NO_SUBJECTS = np.empty((0, 2))
ALIKE = np.array([1.0, 0.0])


def _at(*cosines):
    """Sentences with these cosines to `ALIKE`."""
    return np.array([[cosine, (1 - cosine**2) ** 0.5] for cosine in cosines])


def _scope(sentences, passages, notes):
    return fit_scope(sentences, passages, notes, NO_SUBJECTS, NO_SUBJECTS)[0]


def _out_of_scope(subjects, sentences):
    """Of these subjects, those that a collection of passages that are all alike is not about."""
    (count, dimension), own = sentences.shape, np.eye(sentences.shape[1])[:1]
    alike = np.tile(np.eye(dimension)[0], (count, 1))
    return fit_scope(sentences, alike, list(map(str, range(count))), own, subjects)[2]


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
    scope, *subjects = fit_scope(rows, rows, notes, _at(0.3), _at(0.3))
    assert (scope, *(each.near(ALIKE) for each in subjects)) == (EVERYTHING, 0, 0)


def test_a_large_collection_is_sampled_from_its_whole_length():
    count = 3 * SAMPLE
    sentences = _at(*[0.9] * (count // 2), *[0.1] * (count // 2))
    assert _scope(sentences, np.tile(ALIKE, (count, 1)), list(map(str, range(count)))) == pytest.approx(0.1)


def test_a_subject_that_the_notes_are_about_is_not_out_of_scope():
    sentences = np.tile([0.8, 0.6, 0.0], (8, 1))
    about, foreign = [0.9, 0.0, 0.436], [0.0, 0.0, 1.0]
    assert _out_of_scope(np.array([about, foreign]), sentences).vectors.tolist() == [foreign]
    assert _out_of_scope(np.array([about]), sentences).near(np.array(foreign)) == 0


def test_the_baseline_is_the_median_nearness_of_the_sentences_to_the_three_nearest_subjects():
    names = np.array([[0.0, 1.0, 0.0], [0.0, 0.8, 0.6], [0.0, 0.6, 0.8], [0.0, 0.0, 1.0]])
    sentences = np.array([[(1 - cosine**2) ** 0.5, cosine, 0.0] for cosine in (0.1, 0.2, 0.3, 0.4, 0.5)])
    assert _out_of_scope(names, sentences).baseline == pytest.approx(0.3 * (1 + 0.8 + 0.6) / 3)
    own = fit_scope(sentences, np.tile(np.eye(3)[0], (5, 1)), [*"abcde"], names, NO_SUBJECTS)[1]
    assert own.vectors is names  # all are its own, however far its notes are
    assert own.baseline == pytest.approx(0.3 * (1 + 0.8 + 0.6) / 3)


def test_the_subjects_of_notes_are_their_crime_types_and_powers_by_whatever_name():
    taxonomy = read_taxonomy([Path(__file__).parents[3] / "content"])
    practice = SimpleNamespace(fields=SimpleNamespace(crime_types=("phishing", EVERY_CRIME)))
    power = SimpleNamespace(fields=PowerFields.model_construct(crime_types=("ransomware",), power="decryption"))
    found = subjects_of([power, practice], taxonomy)
    assert [concept.id for concept in found] == ["ransomware", "phishing", "decryption"]
    phishing = taxonomy.crime_types["phishing"]
    typed = {phishing.label(Language.FR), *phishing.alternatives[Language.EN], *phishing.hidden[Language.NL]}
    assert typed <= {*names([phishing])}
    assert len({*names(found)}) == len(names(found))
