"""Texts -> vectors, through the cache: no text is encoded twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.records import TextVectors
from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import VectorCache
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language

Progress = Callable[[str, int, int], None]
"""Called with a step's name, what is done and the total."""


def no_progress(step: str, done: int, total: int) -> None:
    """Report to nobody."""


@dataclass
class CachedEncoder:
    """An encoder that looks into the cache first.

    fresh: how many texts were encoded so far; used: role and text of all that were asked for
    """

    encoder: Encoder
    cache: VectorCache
    progress: Progress = no_progress
    fresh: int = 0
    used: list[tuple[str, str]] = field(default_factory=list)

    def vectors(self, role: str, texts: Sequence[str], step: str) -> np.ndarray:
        """Return the vectors of texts, shape (len(texts), dimension). role: `query` or `passage`; step: for progress.

        Raises ModelError, StoreUnavailable.
        """
        encode = self.encoder.encode_queries if role == "query" else self.encoder.encode_passages
        found, fresh = self.cache.vectors(role, texts, encode, progress=partial(self.progress, step))
        self.fresh += fresh
        self.used += [(role, text) for text in texts]
        return found

    def of_notes(self, texts: NoteTexts) -> TextVectors:
        """Return the vectors of passages, of their sentences and of questions. Raises as `vectors` does.

        A sentence is encoded as a question is, because it is of a question's length and kind.
        """
        return TextVectors(
            self.vectors("passage", [chunk.encoded for chunk in texts.chunks], "encode passages"),
            self.vectors("query", texts.sentences(), "encode sentences"),
            self.vectors("query", [question.encoded for question in texts.questions], "encode questions"),
        )

    def of_terms(self, role: str, taxonomy: Taxonomy) -> dict[Language, np.ndarray]:
        """Return the vectors of the vocabulary's terms in each language. Raises as `vectors` does."""
        return {language: self.vectors(role, taxonomy.terms(language), "encode vocabulary") for language in Language}
