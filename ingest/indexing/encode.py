"""Texts -> vectors, through the cache: no text is encoded twice."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np

from ingest.chunking.texts import NoteTexts, TextVectors
from ingest.indexing.statistics import EncodedTexts
from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import VectorCache
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language

Progress = Callable[[str, int, int], None]
"""Called with a step's name, what is done and the total."""


def no_progress(step: str, done: int, total: int) -> None:
    """Report to nobody."""


class CachedEncoder:
    """An encoder that looks into the cache first.

    fresh: how many texts were encoded so far; used: role and text of all that were asked for
    """

    def __init__(self, encoder: Encoder, cache: VectorCache, progress: Progress = no_progress) -> None:
        self._encoder, self._cache, self._progress = encoder, cache, progress
        self.fresh = 0
        self.used: list[tuple[str, str]] = []

    def vectors(self, role: str, texts: Sequence[str], step: str) -> np.ndarray:
        """Return the vectors of texts, shape (len(texts), dimension). role: `query` or `passage`; step: for progress.

        Raises ModelError, StoreUnavailable.
        """
        encode = self._encoder.encode_queries if role == "query" else self._encoder.encode_passages
        found, fresh = self._cache.vectors(
            role, texts, encode, progress=lambda done, total: self._progress(step, done, total)
        )
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

    def of_collection(self, texts: NoteTexts, taxonomy: Taxonomy) -> EncodedTexts:
        """Return the vectors of notes and of all that statistics are estimated from. Raises as `vectors` does."""
        vectors = self.of_notes(texts)
        openings = self.vectors("query", [_opening(chunk.text) for chunk in texts.chunks], "encode openings")
        passage_terms, query_terms = (
            {language: self.vectors(role, taxonomy.terms(language), "encode vocabulary") for language in Language}
            for role in ("passage", "query")
        )
        subjects = [
            name
            for subject, language in product(taxonomy.out_of_scope.values(), Language)
            for name in (subject.label(language), *subject.alternatives.get(language, ()))
        ]
        out_of_scope = self.vectors("query", subjects, "encode vocabulary")
        return EncodedTexts(vectors, openings, passage_terms, query_terms, out_of_scope, self.fresh)


def _opening(text: str) -> str:
    """The first sentence of a passage, at most 200 characters: the length and tone of a question."""
    return text.split(". ", 1)[0].split("\n", 1)[0][:200]
