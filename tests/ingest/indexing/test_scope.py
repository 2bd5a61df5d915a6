"""The scope of a collection: how near its own sentences come to other notes."""

import numpy as np
import pytest

from ingest.indexing.scope import EVERYTHING, SAMPLE, outside, scope


def at(*cosines: float) -> np.ndarray:
    return np.array([[one, (1 - one**2) ** 0.5] for one in cosines])


def test_nine_in_ten_sentences_come_as_near_to_another_note() -> None:
    notes = [f"n{place}" for place in range(100)]
    sentences = at(*[0.5 + place / 1000 for place in range(100)])
    passages = np.tile([[1.0, 0.0]], (100, 1))
    assert scope(sentences, passages, notes) == pytest.approx(0.51, abs=0.001)


def test_a_note_is_not_compared_with_itself_nor_with_two_that_say_the_same() -> None:
    rows = np.repeat(np.eye(6), 3, axis=0)  # six notes, each as three that say the same
    assert scope(rows, rows, [f"n{place}" for place in range(18)]) == pytest.approx(0.0)
    assert scope(rows, rows, [f"n{place // 3}" for place in range(18)]) == pytest.approx(0.0)
    assert scope(rows, rows, [f"n{place}" for place in range(9)] * 2) == pytest.approx(0.0)


@pytest.mark.parametrize("notes", [[], ["a", "a", "a"], ["a", "b", "c"]])
def test_too_few_notes_are_about_everything(notes: list[str]) -> None:
    rows = np.ones((len(notes), 2))
    assert scope(rows, rows, notes) == EVERYTHING


def test_a_large_collection_is_sampled_from_its_whole_length() -> None:
    count = 3 * SAMPLE
    notes = [f"n{place}" for place in range(count)]
    sentences = at(*[0.9] * (count // 2), *[0.1] * (count // 2))
    assert scope(sentences, np.tile([[1.0, 0.0]], (count, 1)), notes) == pytest.approx(0.1)


def test_a_subject_that_the_notes_are_about_is_not_outside() -> None:
    notes = [f"n{place}" for place in range(8)]
    rows = np.tile([[1.0, 0.0, 0.0]], (8, 1))
    sentences = np.tile([[0.8, 0.6, 0.0]], (8, 1))
    about, foreign = [0.9, 0.0, 0.436], [0.0, 0.0, 1.0]
    found = outside(np.array([about, foreign]), sentences, rows, notes)
    assert found.vectors.tolist() == [foreign]
    assert outside(np.array([about]), sentences, rows, notes).near(np.array(foreign)) == 0


def test_the_usual_nearness_to_what_is_outside_is_that_of_the_sentences_in_the_middle() -> None:
    foreign = np.array([[0.0, 0.0, 1.0], [0.0, 0.6, 0.8]])
    sentences = np.array([[(1 - one**2) ** 0.5, one, 0.0] for one in (0.1, 0.2, 0.3, 0.4, 0.5)])
    found = outside(foreign, sentences, np.tile([[1.0, 0.0, 0.0]], (5, 1)), [f"n{place}" for place in range(5)])
    assert found.usual == pytest.approx(0.3 * 0.6 - 0.3 * 0.6 / 2)


@pytest.mark.parametrize("notes", [[], ["a", "b", "c"]])
def test_without_scope_or_subjects_nothing_is_outside(notes: list[str]) -> None:
    rows = np.ones((len(notes), 2))
    assert outside(at(0.3), rows, rows, notes).near(np.array([1.0, 0.0])) == 0
    rows = np.ones((5, 2))
    assert outside(np.empty((0, 2)), rows, rows, list("abcde")).near(np.array([1.0, 0.0])) == 0
