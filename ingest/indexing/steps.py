"""The steps of indexing as Haystack components: each wraps one pure step, or one call through the store or the encoder.

What travels between them is frozen (`kb.frozen`), so Haystack copies nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from haystack import component

from ingest.chunking.chunked import Chunked, Vectors
from ingest.indexing.language_means import centred, language_means
from ingest.indexing.plan import Identity, Progress
from ingest.indexing.scope import outside, scope
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import passage_terms
from kb.encoder.vector_cache import VectorCache
from kb.frozen import Frozen
from kb.notes.taxonomy import Taxonomy
from kb.store.protocol import ChunkStore
from kb.store.records import Manifest, Means, Outside
from kb.text.languages import Language
from kb.text.terms import TermCounts


@dataclass(frozen=True)
class Encoded(Frozen):
    """Vectors of all texts, of the opening of every chunk as if it were a question, of the vocabulary's terms, and of
    subjects outside; all uncentred. fresh: how many had to be encoded now
    """

    texts: Vectors
    openings: np.ndarray
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
        return {"chunked": Chunked.of(notes, self._encoder.count_tokens, self._size, self._overlap)}


@component
class ChunkEncoder:
    """Chunks -> dense vectors, through the cache."""

    def __init__(self, encoder: Encoder, cache: VectorCache, taxonomy: Taxonomy, progress: Progress) -> None:
        self._encoder, self._cache, self._taxonomy, self._progress = encoder, cache, taxonomy, progress

    @component.output_types(encoded=Encoded)
    def run(self, chunked: Chunked) -> dict[str, Encoded]:
        """Encode passages, their sentences, a question-like sentence of each, questions, and the vocabulary.

        A sentence is encoded as a question is: it is of a question's length and kind, and the question-like sentences
        are then among them.
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
            texts=Vectors(
                vectors("passage", chunked.passages(), "encode passages"),
                vectors("query", chunked.sentences(), "encode sentences"),
                vectors("query", chunked.questions(), "encode questions"),
            ),
            openings=vectors("query", [first_sentence(one.text) for one in chunked.chunks], "encode openings"),
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

    @component.output_types(means=Means, vectors=Vectors, scope=float, outside=Outside)
    def run(self, chunked: Chunked, encoded: Encoded) -> dict[str, Any]:
        """Estimate the means on this collection and subtract them."""
        of_chunks = [one.language for one in chunked.chunks]
        of_asked = [one.language for one in chunked.asked]
        chunks, asked = chunked.public(chunked.chunks), chunked.public(chunked.asked)
        known = [*compress(of_chunks, chunks)]
        passages = language_means(encoded.texts.passages[chunks], known, encoded.passage_terms, self._share)
        openings = encoded.openings[chunks]
        questions = np.vstack([openings, encoded.texts.asked[asked]]) if of_asked else openings
        queries = language_means(questions, [*known, *compress(of_asked, asked)], encoded.query_terms, self._share)
        means = Means(passages, queries)
        vectors = encoded.texts.centred(chunked, means)
        note_ids = [one.note_id for one in compress(chunked.chunks, chunks)]
        seen = (centred(openings, means.query), vectors.passages[chunks], note_ids)
        return {
            "means": means,
            "vectors": vectors,
            "scope": scope(*seen),
            "outside": outside(centred(encoded.outside, means.query), *seen),
        }


@component
class Writer:
    """Records -> a new generation of the store."""

    def __init__(self, store: ChunkStore, taxonomy: Taxonomy, encoder: Encoder, progress: Progress) -> None:
        self._store, self._taxonomy, self._encoder, self._progress = store, taxonomy, encoder, progress

    @component.output_types(manifest=Manifest)
    def run(
        self, chunked: Chunked, means: Means, vectors: Vectors, scope: float, outside: Outside, identity: Identity
    ) -> dict[str, Manifest]:
        """Write every record and switch readers to them."""
        manifest = Manifest(
            recipe=identity.recipe,
            encoder=self._encoder.name,
            dimension=self._encoder.dimension,
            means=means,
            scope=scope,
            outside=outside,
            terms=TermCounts.of(chunked.public_terms(passage_terms)),
            journal=identity.journal,
            versions=identity.versions,
            notes=len(chunked.notes),
            chunks=len(chunked.chunks),
            questions=len(chunked.asked),
            taxonomy=self._taxonomy,
        )
        total = len(chunked.chunks) + len(chunked.asked) + len(identity.versions)
        points = chunked.points(vectors, passage_terms, self._taxonomy, identity.identifiers)
        self._store.replace(points, manifest, lambda written: self._progress("write", written, total))
        return {"manifest": manifest}


def first_sentence(text: str) -> str:
    """The opening of a passage, at most 200 characters: the length and tone of a question."""
    return text.split(". ", 1)[0].split("\n", 1)[0][:200]
