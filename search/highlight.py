"""The sentence of a passage that is nearest to the question in meaning, whatever language either is in.

Chosen by vectors made when the passage was indexed: nothing is encoded for it.
Figures: docs/decisions/0009-best-sentence.md.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from kb.sentence_vectors import SentenceVectors
from search.results import Highlight

STANDS_OUT: Final = 0.01
"""How much nearer than all others a sentence must be: where the lead is smaller, it is as often wrong as right."""


def best_sentence(question: np.ndarray, sentences: Mapping[str, Any] | None) -> Highlight | None:
    """Where the nearest sentence stands; None where there is only one, or none stands out.

    question:  the centred query vector, shape (dimension,)
    sentences: as the passage's record keeps them (`SentenceVectors.to_json`); None: it has only one
    """
    if not sentences:
        return None
    held = SentenceVectors.from_json(sentences)
    nearness = held.vectors @ question
    second, best = np.argsort(nearness)[-2:]
    return Highlight(*held.spans[int(best)]) if nearness[best] - nearness[second] >= STANDS_OUT else None
