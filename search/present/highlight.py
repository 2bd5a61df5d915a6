"""A passage as it is shown: with its sentence nearest to the question in meaning, whatever language either is in.

Chosen by vectors made when the passage was indexed: nothing is encoded for it.
Figures: docs/decisions/0009-best-sentence.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self

import numpy as np

from kb.store.records import SentenceVectors
from kb.text.languages import Language
from search.results import Highlight, Passage

STANDS_OUT: Final = 0.01
"""How much nearer than all others a sentence must be: where the lead is smaller, it is as often wrong as right."""


@dataclass(frozen=True)
class PassageRecord:
    """What is kept of a passage. mentions: keys of the identifiers in it; sentences: None where it has only one."""

    text: str
    heading: str
    anchor: str
    lang: Language
    mentions: tuple[str, ...]
    sentences: SentenceVectors | None

    FIELDS: ClassVar = ("text", "heading", "anchor", "language", "mentions", "sentences")

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Self:
        """From the `FIELDS` of its payload."""
        text, heading, anchor, language, mentions, kept = (payload[name] for name in cls.FIELDS)
        sentences = SentenceVectors.from_json(kept) if kept else None
        return cls(text, heading, anchor, Language(language), tuple(mentions), sentences)

    def shown(self, question: np.ndarray | None) -> Passage:
        """The passage with the sentence that is nearest to a question, a centred vector of shape (dimension,).

        None: with no sentence, since none of them answers.
        """
        marked = None if question is None else best_sentence(question, self.sentences)
        return Passage(self.text, self.heading, self.anchor, self.lang, marked)


def best_sentence(question: np.ndarray, sentences: SentenceVectors | None) -> Highlight | None:
    """Where the nearest sentence stands; None where there is only one, or none stands out.

    question:  the centred query vector, shape (dimension,)
    sentences: those of the passage; None: it has only one
    """
    if not sentences:
        return None
    nearness = sentences.vectors @ question
    second, best = np.argsort(nearness)[-2:]
    return Highlight(*sentences.spans[int(best)]) if nearness[best] - nearness[second] >= STANDS_OUT else None
