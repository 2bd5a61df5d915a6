"""The steps of indexing as Haystack components: each wraps one pure step, or one call through a door of `kb.engines`.

What travels between them is frozen (`kb.frozen`), so Haystack copies nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from haystack import component

from ingest.chunk import Chunk, chunk
from ingest.identify import Identifiers
from ingest.language_means import centred, language_means
from ingest.plan import Identity, Progress
from ingest.records import chunk_payload, version_payload
from ingest.sentences import sentence_spans
from kb.chunk_schema import Manifest, Means, Point, version_id
from kb.engines.encoder import Encoder
from kb.engines.lexical import passage_terms
from kb.engines.store import ChunkStore
from kb.engines.vector_cache import VectorCache
from kb.frozen import Frozen
from kb.languages import Language
from kb.note import Note
from kb.sentence_vectors import SentenceVectors, Span
from kb.taxonomy import Taxonomy


@dataclass(frozen=True)
class Chunked(Frozen):
    """Notes and the chunks of all their versions, in order.

    spans: of each chunk, where its sentences stand; none for a chunk of one sentence, which nothing is to be chosen of
    """

    notes: tuple[Note, ...]
    chunks: tuple[Chunk, ...]
    spans: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True)
class Encoded(Frozen):
    """Vectors of every chunk (n, dimension), of the sentences in them, of sample questions, and of the vocabulary's
    terms; all uncentred.
    """

    passages: np.ndarray
    sentences: np.ndarray
    questions: np.ndarray
    passage_terms: Mapping[Language, np.ndarray]
    query_terms: Mapping[Language, np.ndarray]
    fresh: int


@component
class Chunker:
    """Notes -> chunks."""

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
        return {"chunked": Chunked(notes, chunks, spans)}


@component
class ChunkEncoder:
    """Chunks -> dense vectors, through the cache."""

    def __init__(self, encoder: Encoder, cache: VectorCache, taxonomy: Taxonomy, progress: Progress) -> None:
        self._encoder, self._cache, self._taxonomy, self._progress = encoder, cache, taxonomy, progress

    @component.output_types(encoded=Encoded)
    def run(self, chunked: Chunked) -> dict[str, Encoded]:
        """Encode passages, their sentences, a question-like sentence of each, and the vocabulary in each language.

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
            questions=vectors("query", [first_sentence(one.text) for one in chunked.chunks], "encode questions"),
            passage_terms={
                language: vectors("passage", list(self._taxonomy.terms(language)), "encode vocabulary")
                for language in Language
            },
            query_terms={
                language: vectors("query", list(self._taxonomy.terms(language)), "encode vocabulary")
                for language in Language
            },
            fresh=0,
        )
        self._cache.keep_only(used)
        return {"encoded": Encoded(**{**vars(encoded), "fresh": fresh})}


@component
class Centrer:
    """Vectors -> means, and passages and sentences without them."""

    def __init__(self, share: float) -> None:
        self._share = share

    @component.output_types(means=Means, vectors=np.ndarray, sentences=np.ndarray)
    def run(self, chunked: Chunked, encoded: Encoded) -> dict[str, Any]:
        """Estimate the means on this collection and subtract them."""
        languages = [one.language for one in chunked.chunks]
        means = language_means(
            encoded.passages, languages, encoded.questions, languages, encoded.passage_terms, encoded.query_terms,
            self._share,
        )  # fmt: skip
        own = np.stack([means.passages[language] for language in languages]) if languages else encoded.passages
        return {
            "means": means,
            "vectors": centred(encoded.passages, own),
            "sentences": centred(encoded.sentences, means.query) if len(encoded.sentences) else encoded.sentences,
        }


@component
class Writer:
    """Records -> a new generation of the store."""

    def __init__(self, store: ChunkStore, taxonomy: Taxonomy, encoder: Encoder, progress: Progress) -> None:
        self._store, self._taxonomy, self._encoder, self._progress = store, taxonomy, encoder, progress

    @component.output_types(manifest=Manifest)
    def run(
        self, chunked: Chunked, means: Means, vectors: np.ndarray, sentences: np.ndarray, identity: Identity
    ) -> dict[str, Manifest]:
        """Write every record and switch readers to them."""
        manifest = Manifest(
            recipe=identity.recipe,
            encoder=self._encoder.name,
            dimension=self._encoder.dimension,
            means=means,
            versions=identity.versions,
            notes=len(chunked.notes),
            chunks=len(chunked.chunks),
            taxonomy=self._taxonomy,
        )
        total = len(chunked.chunks) + len(identity.versions)
        self._store.replace(
            self._points(chunked, vectors, sentences), manifest, lambda written: self._progress("write", written, total)
        )
        return {"manifest": manifest}

    def _points(self, chunked: Chunked, vectors: np.ndarray, sentences: np.ndarray) -> Iterator[Point]:
        notes = {note.id: note for note in chunked.notes}
        identifiers = Identifiers(chunked.notes, self._taxonomy)
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
                lexical=passage_terms(one.encoded, one.language),
            )


def first_sentence(text: str) -> str:
    """The opening of a passage, at most 200 characters: the length and tone of a question."""
    return text.split(". ", 1)[0].split("\n", 1)[0][:200]
