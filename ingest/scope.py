"""How near a question must come to a collection to be one that it is about.

Nobody has to say so: nine in ten sentences of the notes come that near to some other note. A question that does not is
about something else. Figures: docs/relevance.md.
"""

from collections.abc import Sequence

import numpy as np

SAMPLE = 1_000
"""Sentences looked at; a larger collection is sampled evenly."""
OUTSIDE = 0.1
"""The part of them that counts as outside."""
EVERYTHING = -1.0
"""The scope of a collection of one note, which has nothing to compare it with."""


def scope(sentences: np.ndarray, passages: np.ndarray, notes: Sequence[str]) -> float:
    """The nearness to the nearest passage of another note that nine in ten sentences reach.

    sentences, passages: centred, shape (n, dimension), one sentence of each passage, encoded as a question
    notes:               the note of each passage
    """
    if len(set(notes)) < 2:
        return EVERYTHING
    rows = np.unique(np.linspace(0, len(notes) - 1, min(SAMPLE, len(notes))).astype(int))
    ids = np.array(notes)
    nearness = np.where(ids[rows, None] == ids[None], -1.0, sentences[rows] @ passages.T)
    return float(np.quantile(nearness.max(axis=1), OUTSIDE))
