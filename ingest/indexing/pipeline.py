"""The Haystack indexing pipeline: chunk -> encode -> fit -> write. Wires the steps and runs them, nothing else.

What travels between the steps is frozen (`kb.values`), so Haystack copies nothing.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from haystack import Pipeline, component
from haystack.core.errors import PipelineRuntimeError

from ingest.chunking.records import records
from ingest.chunking.texts import NoteTexts
from ingest.indexing.encode import CachedEncoder, Progress
from ingest.indexing.plan import Target
from ingest.indexing.statistics import EncodedTexts, Statistics, centre, fit
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import passage_terms
from kb.encoder.vector_cache import VectorCache
from kb.errors import KbError
from kb.notes.taxonomy import Taxonomy
from kb.store.manifest import Manifest
from kb.store.protocol import ChunkStore

# On a failing step Haystack tries to serialise what travelled, for a snapshot nobody asked for, and logs that.
for _name in ("haystack.core.pipeline", "haystack.utils.base_serialization"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


@component
class Step:
    """A function as a component: its parameters are the inputs, its result is the output `result`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        types = get_type_hints(function)
        component.set_output_types(self, result=types.pop("return"))
        component.set_input_types(self, **types)
        self._function = function

    def run(self, **inputs: Any) -> dict[str, Any]:
        """Call the function."""
        return {"result": self._function(**inputs)}


def indexing_pipeline(
    encoder: Encoder,
    cache: VectorCache,
    taxonomy: Taxonomy,
    store: ChunkStore,
    size: int,
    overlap: int,
    progress: Progress,
) -> Pipeline:
    """Wire the steps. Run with `{"chunk": {"notes": …}, "write": {"target": …}}`. size, overlap: as in `chunk`."""

    def chunk_notes(notes: tuple) -> NoteTexts:  # type: ignore[type-arg]  # Haystack compares plain types
        return NoteTexts.of(notes, encoder.count_tokens, size, overlap)

    def encode_texts(texts: NoteTexts) -> EncodedTexts:
        cached = CachedEncoder(encoder, cache, progress)
        encoded = cached.of_collection(texts, taxonomy)
        cache.keep_only(cached.used)
        return encoded

    def fit_statistics(texts: NoteTexts, encoded: EncodedTexts) -> Statistics:
        return fit(texts, encoded, encoder.mean_share, passage_terms)

    def write_records(texts: NoteTexts, encoded: EncodedTexts, statistics: Statistics, target: Target) -> Manifest:
        manifest = Manifest(
            recipe=target.recipe,
            encoder=encoder.name,
            dimension=encoder.dimension,
            means=statistics.means,
            scope=statistics.scope,
            out_of_scope=statistics.outside,
            terms=statistics.terms,
            journal=target.journal,
            versions=target.versions,
            notes=len(texts.notes),
            chunks=len(texts.chunks),
            questions=len(texts.questions),
            taxonomy=taxonomy,
        )
        total = len(texts.chunks) + len(texts.questions) + len(target.versions)
        vectors = centre(texts, encoded.vectors, statistics.means)
        points = records(texts, vectors, passage_terms, taxonomy, target.identifiers)
        store.replace(points, manifest, lambda written: progress("write", written, total))
        return manifest

    pipeline = Pipeline()
    pipeline.add_component("chunk", Step(chunk_notes))
    pipeline.add_component("encode", Step(encode_texts))
    pipeline.add_component("fit", Step(fit_statistics))
    pipeline.add_component("write", Step(write_records))
    pipeline.connect("chunk.result", "encode.texts")
    pipeline.connect("chunk.result", "fit.texts")
    pipeline.connect("encode.result", "fit.encoded")
    pipeline.connect("chunk.result", "write.texts")
    pipeline.connect("encode.result", "write.encoded")
    pipeline.connect("fit.result", "write.statistics")
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
