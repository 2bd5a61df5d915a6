"""The Haystack indexing pipeline: chunk -> encode -> fit -> write. Wires the steps and runs them, nothing else.

What travels between the steps is frozen (`kb.frozen`), so Haystack copies nothing.
"""

import logging
from collections.abc import Mapping
from typing import Any

from haystack import Pipeline, component
from haystack.core.errors import PipelineRuntimeError

from ingest.chunking.records import records
from ingest.chunking.texts import NoteTexts, TextVectors
from ingest.indexing.encode import CachedEncoder, Progress
from ingest.indexing.plan import Target
from ingest.indexing.statistics import EncodedTexts, Statistics, centre, fit
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import passage_terms
from kb.encoder.vector_cache import VectorCache
from kb.errors import KbError
from kb.notes.taxonomy import Taxonomy
from kb.store.protocol import ChunkStore
from kb.store.records import Manifest

# On a failing step Haystack tries to serialise what travelled, for a snapshot nobody asked for, and logs that.
for _name in ("haystack.core.pipeline", "haystack.utils.base_serialization"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@component
class Chunker:
    """Notes -> their texts."""

    def __init__(self, encoder: Encoder, size: int, overlap: int) -> None:
        self._encoder, self._size, self._overlap = encoder, size, overlap

    @component.output_types(texts=NoteTexts)
    def run(self, notes: tuple) -> dict[str, NoteTexts]:  # type: ignore[type-arg]  # Haystack compares plain types
        """Cut every language version of every note."""
        return {"texts": NoteTexts.of(notes, self._encoder.count_tokens, self._size, self._overlap)}


@component
class TextEncoder:
    """Texts -> uncentred vectors."""

    def __init__(self, encoder: Encoder, cache: VectorCache, taxonomy: Taxonomy, progress: Progress) -> None:
        self._encoder, self._cache, self._taxonomy, self._progress = encoder, cache, taxonomy, progress

    @component.output_types(encoded=EncodedTexts)
    def run(self, texts: NoteTexts) -> dict[str, EncodedTexts]:
        """Encode, and drop from the cache what was not used."""
        encoder = CachedEncoder(self._encoder, self._cache, self._progress)
        encoded = encoder.of_collection(texts, self._taxonomy)
        self._cache.keep_only(encoder.used)
        return {"encoded": encoded}


@component
class Fitter:
    """Uncentred vectors -> statistics and centred vectors."""

    def __init__(self, share: float) -> None:
        self._share = share

    @component.output_types(statistics=Statistics, vectors=TextVectors)
    def run(self, texts: NoteTexts, encoded: EncodedTexts) -> dict[str, Any]:
        """Estimate the statistics of this collection and subtract its means."""
        statistics = fit(texts, encoded, self._share, passage_terms)
        return {"statistics": statistics, "vectors": centre(texts, encoded.vectors, statistics.means)}


@component
class Writer:
    """Records -> a new generation of the store."""

    def __init__(self, store: ChunkStore, taxonomy: Taxonomy, encoder: Encoder, progress: Progress) -> None:
        self._store, self._taxonomy, self._encoder, self._progress = store, taxonomy, encoder, progress

    @component.output_types(manifest=Manifest)
    def run(
        self, texts: NoteTexts, statistics: Statistics, vectors: TextVectors, target: Target
    ) -> dict[str, Manifest]:
        """Write every record and switch readers to them."""
        manifest = Manifest(
            recipe=target.recipe,
            encoder=self._encoder.name,
            dimension=self._encoder.dimension,
            means=statistics.means,
            scope=statistics.scope,
            outside=statistics.outside,
            terms=statistics.terms,
            journal=target.journal,
            versions=target.versions,
            notes=len(texts.notes),
            chunks=len(texts.chunks),
            questions=len(texts.questions),
            taxonomy=self._taxonomy,
        )
        total = len(texts.chunks) + len(texts.questions) + len(target.versions)
        points = records(texts, vectors, passage_terms, self._taxonomy, target.identifiers)
        self._store.replace(points, manifest, lambda written: self._progress("write", written, total))
        return {"manifest": manifest}


def indexing_pipeline(
    encoder: Encoder,
    cache: VectorCache,
    taxonomy: Taxonomy,
    store: ChunkStore,
    size: int,
    overlap: int,
    progress: Progress,
) -> Pipeline:
    """Wire the steps. Run with `{"chunk": {"notes": …}, "write": {"target": …}}`."""
    pipeline = Pipeline()
    pipeline.add_component("chunk", Chunker(encoder, size, overlap))
    pipeline.add_component("encode", TextEncoder(encoder, cache, taxonomy, progress))
    pipeline.add_component("fit", Fitter(encoder.mean_share))
    pipeline.add_component("write", Writer(store, taxonomy, encoder, progress))
    for sender, receiver in (
        ("chunk.texts", "encode.texts"),
        ("chunk.texts", "fit.texts"),
        ("encode.encoded", "fit.encoded"),
        ("chunk.texts", "write.texts"),
        ("fit.statistics", "write.statistics"),
        ("fit.vectors", "write.vectors"),
    ):
        pipeline.connect(sender, receiver)
    return pipeline


def run_pipeline(pipeline: Pipeline, inputs: Mapping[str, Any], keep: set[str]) -> dict[str, Any]:
    """Run a pipeline. keep: the steps of which outputs are returned besides those of the last.

    Raises the KbError that a step raised, without Haystack's wrapping; anything else is a defect and passes through.
    """
    try:
        return pipeline.run(dict(inputs), include_outputs_from=keep)
    except PipelineRuntimeError as error:
        if isinstance(error.__cause__, KbError):
            raise error.__cause__ from None
        raise
