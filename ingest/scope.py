"""How near a question must come to a collection to be one that it is about.

Nobody has to say so: nine in ten sentences of the notes come that near to some other notes. A question that does not is
about something else. Figures: docs/decisions/0011-levels.md.
"""

from collections.abc import Sequence

import numpy as np

SAMPLE = 1_000
"""Sentences looked at; a larger collection is sampled evenly."""
OUTSIDE = 0.1
"""The part of them that counts as outside."""
OTHERS = 3
"""Which of the other notes, nearest first, is held against a sentence: two may say the same in other languages."""
EVERYTHING = -1.0
"""The scope of a collection that has too few notes to compare."""


def scope(sentences: np.ndarray, passages: np.ndarray, notes: Sequence[str]) -> float:
    """The nearness to the third nearest of the other notes that nine in ten sentences reach.

    sentences, passages: centred, shape (n, dimension), one sentence of each passage, encoded as a question
    notes:               the note of each passage
    """
    ids, note_of = np.unique(np.array(notes, str), return_inverse=True)
    if len(ids) <= OTHERS:
        return EVERYTHING
    rows = np.unique(np.linspace(0, len(notes) - 1, min(SAMPLE, len(notes))).astype(int))
    by_note = np.argsort(note_of, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(note_of))[:-1]])
    nearness = np.maximum.reduceat(sentences[rows] @ passages[by_note].T, starts, axis=1)
    nearness[np.arange(len(rows)), note_of[rows]] = -1.0
    return float(np.quantile(np.partition(nearness, -OTHERS, axis=1)[:, -OTHERS], OUTSIDE))
