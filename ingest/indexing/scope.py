"""How near a question must come to a collection to be one that it is about.

Nobody has to say so: nine in ten sentences of the notes come that near to some other notes. A question that does not is
about something else. What lies beside a collection is nearer, so a vocabulary may say what that is (`outside`).
Figures: docs/decisions/0011-levels.md.
"""

from collections.abc import Sequence

import numpy as np

from kb.store.records import NOWHERE, Outside

SAMPLE = 1_000
"""Sentences looked at; a larger collection is sampled evenly."""
INSIDE = 0.1
"""The quantile of their nearness that counts as inside."""
OTHERS = 3
"""Which of the other notes, nearest first, is held against a sentence: two may say the same in other languages."""
EVERYTHING = -1.0
"""The scope of a collection that has too few notes to compare."""


def scope(sentences: np.ndarray, passages: np.ndarray, notes: Sequence[str]) -> float:
    """The nearness to the third nearest of the other notes that nine in ten sentences reach.

    sentences, passages: centred, shape (n, dimension), one sentence of each passage, encoded as a question
    notes:               the note of each passage
    """
    reached = _reached(sentences, passages, notes)
    return float(np.quantile(reached, INSIDE)) if len(reached) else EVERYTHING


def outside(subjects: np.ndarray, sentences: np.ndarray, passages: np.ndarray, notes: Sequence[str]) -> Outside:
    """These subjects, but for those that the notes are about after all: nearer to them than half of their sentences.

    subjects: names of subjects, encoded as questions and centred, shape (names, dimension); the rest as of `scope`
    """
    reached = _reached(sentences, passages, notes)
    if not len(reached) or not len(subjects):
        return NOWHERE
    nearness, _ = _by_note(subjects, passages, notes)
    kept = Outside(subjects[_third(nearness) < np.median(reached)])
    return Outside(kept.vectors, float(np.median([kept.near(one) for one in sentences[_sample(len(notes))]])))


def _reached(sentences: np.ndarray, passages: np.ndarray, notes: Sequence[str]) -> np.ndarray:
    """The nearness of a sample of the sentences to the third nearest of the other notes; none of too few notes."""
    if len({*notes}) <= OTHERS:
        return np.empty(0)
    rows = _sample(len(notes))
    nearness, note_of = _by_note(sentences[rows], passages, notes)
    nearness[np.arange(len(rows)), note_of[rows]] = -1.0
    return _third(nearness)


def _sample(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(SAMPLE, count)).astype(int))


def _by_note(vectors: np.ndarray, passages: np.ndarray, notes: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The nearness of each vector to each note, shape (vectors, notes); and the column of each passage's note."""
    _, note_of = np.unique(np.array(notes, str), return_inverse=True)
    order = np.argsort(note_of, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(note_of))[:-1]])
    return np.maximum.reduceat(vectors @ passages[order].T, starts, axis=1), note_of


def _third(nearness: np.ndarray) -> np.ndarray:
    return np.asarray(np.partition(nearness, -OTHERS, axis=1)[:, -OTHERS])
