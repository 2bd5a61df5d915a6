"""Notes -> the texts that are encoded of them: passages, their sentences, and the questions that they answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from ingest.chunking.chunk import Chunk, CountTokens, chunk
from ingest.chunking.sentences import sentence_spans
from kb.access import CLEAR
from kb.notes.note import Note
from kb.store.records import Span, question_id
from kb.text.languages import Language
from kb.values import Immutable


@dataclass(frozen=True)
class Question(Immutable):
    """A question that its authors say a language version answers.

    A reader's question is nearer to a question than to the passage that answers it. Questions are searched beside the
    passages and never shown as hits. Figures: docs/decisions/0010-authors-questions.md.
    """

    id: str
    note_id: str
    language: Language
    text: str

    @property
    def encoded(self) -> str:
        """Return the text that the encoder reads."""
        return self.text


@dataclass(frozen=True)
class NoteTexts(Immutable):
    """Notes, the chunks of all their versions, and the questions that these answer, in order.

    spans: of each chunk, where its sentences stand; none for a chunk of one sentence, of which nothing is to be chosen
    """

    notes: tuple[Note, ...]
    chunks: tuple[Chunk, ...]
    spans: tuple[tuple[Span, ...], ...]
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, notes: tuple[Note, ...], count: CountTokens, size: int, overlap: int) -> Self:
        """Cut every language version of every note. count, size, overlap: as in `chunk`."""
        versions = [(note, language) for note in notes for language in note.languages]
        chunks = tuple(piece for version in versions for piece in chunk(*version, count, size, overlap))
        found = [sentence_spans(piece.text) for piece in chunks]
        questions = tuple(
            Question(question_id(note.id, language, place), note.id, language, text)
            for note, language in versions
            for place, text in enumerate(note.versions[language].own.questions)
        )
        return cls(notes, chunks, tuple(spans if len(spans) > 1 else () for spans in found), questions)

    def sentences(self) -> list[str]:
        """Return the sentences of all chunks that have several, to be encoded as questions: without a full stop."""
        return [
            piece.text[start:end].rstrip(".")
            for piece, spans in zip(self.chunks, self.spans, strict=True)
            for start, end in spans
        ]

    def public(self, texts: Iterable[Chunk | Question]) -> np.ndarray:
        """Return a flag for each of these texts: whether everybody may see it.

        Statistics are of these texts alone, so that they tell nothing of others.
        """
        clear = {note.id for note in self.notes if note.fields.tlp == CLEAR}
        return np.array([text.note_id in clear for text in texts], bool)


@dataclass(frozen=True)
class TextVectors(Immutable):
    """The vectors of the passages, sentences and questions of `NoteTexts`, each of shape (texts, dimension)."""

    passages: np.ndarray
    sentences: np.ndarray
    questions: np.ndarray
