"""Notes as what is encoded of them: passages, their sentences, questions; and with their vectors as records."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from typing import Self

import numpy as np

from ingest.chunking.chunk import Chunk, CountTokens, chunk
from ingest.chunking.identify import Identifiers
from ingest.chunking.questions import Question, question_payload, questions
from ingest.chunking.records import chunk_payload, version_payload
from ingest.chunking.sentences import sentence_spans
from ingest.indexing.language_means import centred
from kb.access import CLEAR
from kb.frozen import Frozen
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.store.records import Means, Point, version_id
from kb.store.sentence_vectors import SentenceVectors, Span
from kb.text.languages import Language
from kb.text.terms import Sparse

Terms = Callable[[str, Language], Sparse]
"""A text and its language -> its BM25 vector."""


@dataclass(frozen=True)
class Chunked(Frozen):
    """Notes, the chunks of all their versions, and the questions that these answer, in order.

    spans: of each chunk, where its sentences stand; none for a chunk of one sentence, which nothing is to be chosen of
    """

    notes: tuple[Note, ...]
    chunks: tuple[Chunk, ...]
    spans: tuple[tuple[Span, ...], ...]
    asked: tuple[Question, ...]

    @classmethod
    def of(cls, notes: tuple[Note, ...], count: CountTokens, size: int, overlap: int) -> Self:
        """Cut every language version of every note. size, overlap: see `chunk`."""
        chunks = tuple(
            piece
            for note in notes
            for language in note.languages
            for piece in chunk(note, language, count, size, overlap)
        )
        spans = tuple(found if len(found := sentence_spans(one.text)) > 1 else () for one in chunks)
        asked = tuple(one for note in notes for language in note.languages for one in questions(note, language))
        return cls(notes, chunks, spans, asked)

    def passages(self) -> list[str]:
        """What the encoder reads of each chunk, as a passage."""
        return [one.encoded for one in self.chunks]

    def sentences(self) -> list[str]:
        """The sentences of all chunks that have several, to be encoded as questions: without a full stop, as those."""
        return [
            one.text[start:end].rstrip(".")
            for one, spans in zip(self.chunks, self.spans, strict=True)
            for start, end in spans
        ]

    def questions(self) -> list[str]:
        """The questions."""
        return [one.text for one in self.asked]

    def public(self, texts: Iterable[Chunk | Question]) -> np.ndarray:
        """Which of these texts everybody may see, a flag each. Statistics are of these alone, so that they tell nothing
        of others.
        """
        clear = {note.id for note in self.notes if note.fields.tlp == CLEAR}
        return np.array([one.note_id in clear for one in texts], bool)

    def public_terms(self, terms: Terms) -> Iterator[Sparse]:
        """The BM25 vectors of what everybody may see."""
        texts: list[Chunk | Question] = [*self.chunks, *self.asked]
        return (terms(_read_of(one), one.language) for one in compress(texts, self.public(texts)))

    def points(self, vectors: "Vectors", terms: Terms, taxonomy: Taxonomy, identifiers: Identifiers) -> Iterator[Point]:
        """All records: of the versions, of the chunks, of the questions."""
        notes = {note.id: note for note in self.notes}
        for note in self.notes:
            for language in note.languages:
                yield Point(version_id(note.id, language), version_payload(note, language, taxonomy, identifiers))
        rows = iter(vectors.sentences)
        for one, spans, vector in zip(self.chunks, self.spans, vectors.passages, strict=True):
            held = SentenceVectors(spans, np.stack([next(rows) for _ in spans])) if spans else None
            payload = chunk_payload(notes[one.note_id], one, taxonomy, identifiers, held)
            yield Point(one.id, payload, dense=vector, lexical=terms(_read_of(one), one.language))
        for question, vector in zip(self.asked, vectors.asked, strict=True):
            payload = question_payload(notes[question.note_id], question, taxonomy, identifiers)
            yield Point(question.id, payload, vector, terms(_read_of(question), question.language))


@dataclass(frozen=True)
class Vectors(Frozen):
    """Vectors of the passages (n, dimension), of their sentences, and of the questions of `Chunked`."""

    passages: np.ndarray
    sentences: np.ndarray
    asked: np.ndarray

    def centred(self, chunked: Chunked, means: Means) -> "Vectors":
        """Without what all texts of a language share."""
        return Vectors(
            centred(self.passages, means.passages, [one.language for one in chunked.chunks]),
            centred(self.sentences, means.query),
            centred(self.asked, means.questions, [one.language for one in chunked.asked]),
        )


def _read_of(text: Chunk | Question) -> str:
    """What the encoder reads of a passage or a question."""
    return text.encoded if isinstance(text, Chunk) else text.text
