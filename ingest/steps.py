"""The steps of indexing as Haystack components: each wraps one pure step, or one call through a door of `kb.engines`.

What travels between them is frozen (`kb.frozen`), so Haystack copies nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from haystack import component

from ingest.chunk import Chunk, chunk
from ingest.identify import Identifiers
from ingest.language_means import centred, language_means
from ingest.plan import Identity, Progress
from ingest.questions import Question, question_payload, questions
from ingest.records import chunk_payload, version_payload
from ingest.scope import outside, scope
from ingest.sentences import sentence_spans
from kb.access import CLEAR
from kb.chunk_schema import Manifest, Means, Outside, Point, version_id
from kb.engines.encoder import Encoder
from kb.engines.lexical import passage_terms
from kb.engines.store import ChunkStore
from kb.engines.vector_cache import VectorCache
from kb.frozen import Frozen
from kb.languages import Language
from kb.note import Note
from kb.sentence_vectors import SentenceVectors, Span
from kb.taxonomy import Taxonomy
from kb.terms import Sparse, TermCounts


@dataclass(frozen=True)
class Chunked(Frozen):
    """Notes, the chunks of all their versions, and the questions that these answer, in order.

    spans: of each chunk, where its sentences stand; none for a chunk of one sentence, which nothing is to be chosen of
    """

    notes: tuple[Note, ...]
    chunks: tuple[Chunk, ...]
    spans: tuple[tuple[Span, ...], ...]
    asked: tuple[Question, ...]

    def public(self, texts: Iterable[Chunk | Question]) -> np.ndarray:
        """Which of these texts everybody may see, a flag each. Statistics are of these alone, so that they tell nothing
        of others.
        """
        clear = {note.id for note in self.notes if note.fields.tlp == CLEAR}
        return np.array([one.note_id in clear for one in texts], bool)


@dataclass(frozen=True)
class Encoded(Frozen):
    """Vectors of every chunk (n, dimension), of the sentences in it, of its opening as if it were a question, of every
    question that a note answers, of the vocabulary's terms and of the subjects outside; all uncentred.
    """

    passages: np.ndarray
    sentences: np.ndarray
    openings: np.ndarray
    asked: np.ndarray
    passage_terms: Mapping[Language, np.ndarray]
    query_terms: Mapping[Language, np.ndarray]
    outside: np.ndarray
    fresh: int


@component
class Chunker:
    """Notes -> chunks and questions."""

    def __init__(self, encoder: Encoder, size: int, overlap: int) -> None:
        self._encoder, self._size, self._overlap = encoder, size, overlap

    @component.output_types(chunked=Chunked)
    def run(self, notes: tuple) -> dict[str, Chunked]:  # type: ignore[type-arg]  # Haystack compares plain types
        """Cut every language version of every note."""
        chunks = tuple(
            piece
            for note in notes
            for language in note.languages
            for piece in chunk(note, language, self._encoder.count_tokens, self._size, self._overlap)
        )
        spans = tuple(found if len(found := sentence_spans(one.text)) > 1 else () for one in chunks)
        asked = tuple(one for note in notes for language in note.languages for one in questions(note, language))
        return {"chunked": Chunked(notes, chunks, spans, asked)}


@component
class ChunkEncoder:
    """Chunks -> dense vectors, through the cache."""

    def __init__(self, encoder: Encoder, cache: VectorCache, taxonomy: Taxonomy, progress: Progress) -> None:
        self._encoder, self._cache, self._taxonomy, self._progress = encoder, cache, taxonomy, progress

    @component.output_types(encoded=Encoded)
    def run(self, chunked: Chunked) -> dict[str, Encoded]:
        """Encode passages, their sentences, a question-like sentence of each, questions, and the vocabulary.

        A sentence is encoded as a question is, without its full stop: it is of a question's length and kind, and the
        question-like sentences are then among them.
        """
        fresh = 0
        used: list[tuple[str, str]] = []

        def vectors(role: str, texts: list[str], step: str) -> np.ndarray:
            nonlocal fresh
            encode = self._encoder.encode_queries if role == "query" else self._encoder.encode_passages
            found, encoded = self._cache.vectors(
                role, texts, encode, progress=lambda done, total: self._progress(step, done, total)
            )
            fresh += encoded
            used.extend((role, text) for text in texts)
            return found

        encoded = Encoded(
            passages=vectors("passage", [one.encoded for one in chunked.chunks], "encode passages"),
            sentences=vectors(
                "query",
                [
                    one.text[start:end].rstrip(".")
                    for one, spans in zip(chunked.chunks, chunked.spans, strict=True)
                    for start, end in spans
                ],
                "encode sentences",
            ),
            openings=vectors("query", [first_sentence(one.text) for one in chunked.chunks], "encode openings"),
            asked=vectors("query", [one.text for one in chunked.asked], "encode questions"),
            passage_terms={
                language: vectors("passage", list(self._taxonomy.terms(language)), "encode vocabulary")
                for language in Language
            },
            query_terms={
                language: vectors("query", list(self._taxonomy.terms(language)), "encode vocabulary")
                for language in Language
            },
            outside=vectors(
                "query",
                [
                    name
                    for one in self._taxonomy.outside.values()
                    for language in Language
                    for name in (one.label(language), *one.alternatives.get(language, ()))
                ],
                "encode vocabulary",
            ),
            fresh=0,
        )
        self._cache.keep_only(used)
        return {"encoded": Encoded(**{**vars(encoded), "fresh": fresh})}


@component
class Centrer:
    """Vectors -> means; passages, sentences and questions without them; and the scope of the collection."""

    def __init__(self, share: float) -> None:
        self._share = share

    @component.output_types(
        means=Means, vectors=np.ndarray, sentences=np.ndarray, asked=np.ndarray, scope=float, outside=Outside
    )
    def run(self, chunked: Chunked, encoded: Encoded) -> dict[str, Any]:
        """Estimate the means on this collection and subtract them.

        One query mean serves all languages, because the language of a short query is uncertain; each language has the
        same part in it, however many notes it has. The language of a note's own questions is known.
        """
        of_chunks = [one.language for one in chunked.chunks]
        of_asked = [one.language for one in chunked.asked]
        chunks, asked = chunked.public(chunked.chunks), chunked.public(chunked.asked)
        known = [*compress(of_chunks, chunks)]
        passages = language_means(encoded.passages[chunks], known, encoded.passage_terms, self._share)
        openings = encoded.openings[chunks]
        questions = np.vstack([openings, encoded.asked[asked]]) if of_asked else openings
        queries = language_means(questions, [*known, *compress(of_asked, asked)], encoded.query_terms, self._share)
        query = np.stack([*queries.values()]).mean(axis=0)
        vectors = centred(encoded.passages, passages, of_chunks)
        note_ids = [one.note_id for one in compress(chunked.chunks, chunks)]
        seen = (centred(openings, query), vectors[chunks], note_ids)
        return {
            "means": Means(passages, query),
            "vectors": vectors,
            "sentences": centred(encoded.sentences, query),
            "asked": centred(encoded.asked, queries, of_asked),
            "scope": scope(*seen),
            "outside": outside(centred(encoded.outside, query), *seen),
        }


@component
class Writer:
    """Records -> a new generation of the store."""

    def __init__(self, store: ChunkStore, taxonomy: Taxonomy, encoder: Encoder, progress: Progress) -> None:
        self._store, self._taxonomy, self._encoder, self._progress = store, taxonomy, encoder, progress

    @component.output_types(manifest=Manifest)
    def run(
        self,
        chunked: Chunked,
        means: Means,
        vectors: np.ndarray,
        sentences: np.ndarray,
        asked: np.ndarray,
        scope: float,
        outside: Outside,
        identity: Identity,
    ) -> dict[str, Manifest]:
        """Write every record and switch readers to them."""
        manifest = Manifest(
            recipe=identity.recipe,
            encoder=self._encoder.name,
            dimension=self._encoder.dimension,
            means=means,
            scope=scope,
            outside=outside,
            terms=TermCounts.of(public_terms(chunked)),
            journal=identity.journal,
            versions=identity.versions,
            notes=len(chunked.notes),
            chunks=len(chunked.chunks),
            questions=len(chunked.asked),
            taxonomy=self._taxonomy,
        )
        total = len(chunked.chunks) + len(chunked.asked) + len(identity.versions)
        self._store.replace(
            self._points(chunked, vectors, sentences, asked, identity.identifiers),
            manifest,
            lambda written: self._progress("write", written, total),
        )
        return {"manifest": manifest}

    def _points(
        self,
        chunked: Chunked,
        vectors: np.ndarray,
        sentences: np.ndarray,
        asked: np.ndarray,
        identifiers: Identifiers,
    ) -> Iterator[Point]:
        notes = {note.id: note for note in chunked.notes}
        for note in chunked.notes:
            for language in note.languages:
                yield Point(version_id(note.id, language), version_payload(note, language, self._taxonomy, identifiers))
        rows = iter(sentences)
        for one, spans, vector in zip(chunked.chunks, chunked.spans, vectors, strict=True):
            held = SentenceVectors(spans, np.stack([next(rows) for _ in spans])) if spans else None
            yield Point(
                one.id,
                chunk_payload(notes[one.note_id], one, self._taxonomy, identifiers, held),
                dense=vector,
                lexical=text_terms(one),
            )
        for question, vector in zip(chunked.asked, asked, strict=True):
            payload = question_payload(notes[question.note_id], question, self._taxonomy, identifiers)
            yield Point(question.id, payload, vector, text_terms(question))


def first_sentence(text: str) -> str:
    """The opening of a passage, at most 200 characters: the length and tone of a question."""
    return text.split(". ", 1)[0].split("\n", 1)[0][:200]


def text_terms(text: Chunk | Question) -> Sparse:
    """The BM25 vector of a passage or a question."""
    return passage_terms(text.encoded if isinstance(text, Chunk) else text.text, text.language)


def public_terms(chunked: Chunked) -> Iterator[Sparse]:
    """The BM25 vectors of what everybody may see."""
    texts: list[Chunk | Question] = [*chunked.chunks, *chunked.asked]
    return map(text_terms, compress(texts, chunked.public(texts)))
