"""A passage with its sentence nearest to the question in meaning, whatever language either is in.

Chosen by vectors made when the passage was indexed: nothing is encoded for it.
Figures: docs/decisions/0009-best-sentence.md.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Self

import numpy as np

from kb.store.records import SentenceVectors
from kb.text.absence import says_nothing_was_found
from kb.text.languages import Language
from search.results import Highlight, Passage

PASSAGE_FIELDS: Final = ("text", "heading", "anchor", "language", "mentions", "sentences")
STANDS_OUT: Final = 0.01
"""How much nearer than all others a sentence must be: where the lead is smaller, it is as often wrong as right."""
NOTHING_FOUND: Final = 0.9
"""What nearness counts for where a sentence says that nothing was found: that is seldom why a note is a hit."""


class PassageRecord(NamedTuple):
    """A passage as stored. mentions: keys of the identifiers in it; sentences: None where it has a single sentence."""

    passage: Passage
    mentions: tuple[str, ...]
    sentences: SentenceVectors | None

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Self:
        """Return the passage with these `PASSAGE_FIELDS` of a payload."""
        text, heading, anchor, language, mentions, vectors = (payload[name] for name in PASSAGE_FIELDS)
        sentences = SentenceVectors.from_json(vectors) if vectors else None
        return cls(Passage(text, heading, anchor, Language(language)), tuple(mentions), sentences)


def best_sentence(question: np.ndarray, record: PassageRecord) -> Highlight | None:
    """Return where the nearest sentence is; None where there is only one, or none stands out.

    question: the centred query vector, shape (dimension,)
    """
    if not record.sentences:
        return None
    text, spans = record.passage.text, record.sentences.spans
    nearness = record.sentences.vectors @ question
    if says_nothing_was_found(text[slice(*spans[int(nearness.argmax())])]):
        nearness *= [NOTHING_FOUND if says_nothing_was_found(text[start:end]) else 1 for start, end in spans]
    second, best = np.argsort(nearness)[-2:]
    return Highlight(*spans[int(best)]) if nearness[best] - nearness[second] >= STANDS_OUT else None
