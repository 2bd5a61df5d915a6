"""Texts of notes -> vectors, through the cache: no text is encoded twice."""

from collections.abc import Sequence

import numpy as np

from ingest.chunking.chunk import NoteTexts, Question
from ingest.chunking.records import TextVectors
from kb.encoder.late_interaction import WIDTH
from kb.encoder.vector_cache import VectorCache
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language


class CachedEncoder(VectorCache):
    """A cache of vectors that knows which texts of notes and vocabularies are encoded, and as what."""

    def of_notes(self, texts: NoteTexts) -> TextVectors:
        """Return the vectors of all texts. Raises as `vectors` does.

        A sentence is encoded as a question is, because it is of a question's length and kind; so is an opening.
        """
        chunks = texts.chunks
        of_chunks = [chunk.note_id for chunk in chunks]
        of_sentences = [chunk.note_id for chunk in chunks for _ in chunk.sentences]
        passages = self.vectors("passage", [chunk.encoded for chunk in chunks], "encode passages", of_chunks)
        asked = [*texts.sentences(), *texts.openings()]
        of_asked = self.vectors("query", asked, "encode sentences", of_sentences + of_chunks)
        sentences, openings = np.split(of_asked, [len(of_sentences)])
        told, answered = texts.contact_purposes(), texts.contact_questions()
        purposes = self.vectors("passage", [text for *_, text in told], "encode contacts", [each[0] for each in told])
        of_contacts = [note_id for note_id, _ in answered]
        contact_questions = self.vectors("query", [text for _, text in answered], "encode contacts", of_contacts)
        questions = self.of_questions(texts.questions)
        return TextVectors(passages, sentences, openings, *questions, purposes, contact_questions)

    def of_questions(self, questions: Sequence[Question]) -> tuple[np.ndarray, np.ndarray]:
        """Return the vectors of the questions that notes answer, and their token vectors, shape (questions, tokens,
        WIDTH). Raises as `vectors` does.
        """
        of_notes = [question.note_id for question in questions]
        rows = self.vectors("question", [each.encoded for each in questions], "encode questions", of_notes)
        vectors, tokens = np.split(rows, [self.encoder.dimension], axis=1)
        return vectors, tokens.reshape(len(rows), self.encoder.tokens, WIDTH)

    def of_terms(self, role: str, taxonomy: Taxonomy) -> dict[Language, np.ndarray]:
        """Return the vectors of the vocabulary's terms in each language. Raises as `vectors` does."""
        return {language: self.vectors(role, taxonomy.terms(language), "encode vocabulary") for language in Language}
