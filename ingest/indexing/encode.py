"""Texts of notes -> vectors, through the cache: no text is encoded twice."""

import numpy as np

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.records import TextVectors
from kb.encoder.vector_cache import VectorCache
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language


class CachedEncoder(VectorCache):
    """A cache of vectors that knows which texts of notes and vocabularies are encoded, and as what."""

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
