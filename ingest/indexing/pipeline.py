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
from kb.settings import Settings
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
    settings: Settings, encoder: Encoder, cache: VectorCache, store: ChunkStore, taxonomy: Taxonomy, progress: Progress
) -> Pipeline:
    """Wire the steps. Run with `{"chunk": {"notes": …}, "write": {"target": …}}`."""

    def chunk_notes(notes: tuple) -> NoteTexts:  # type: ignore[type-arg]  # Haystack compares plain types
        return NoteTexts.of(notes, encoder.count_tokens, settings.chunk_tokens, settings.chunk_overlap)

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
    steps: dict[str, Callable[..., Any]] = {
        "chunk": chunk_notes,
        "encode": encode_texts,
        "fit": fit_statistics,
        "write": write_records,
    }
    for name, function in steps.items():
        pipeline.add_component(name, Step(function))
    for receiver in ("encode", "fit", "write"):
        pipeline.connect("chunk.result", f"{receiver}.texts")
    for receiver in ("fit", "write"):
        pipeline.connect("encode.result", f"{receiver}.encoded")
    pipeline.connect("fit.result", "write.statistics")
    return pipeline


def run_pipeline(pipeline: Pipeline, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run a pipeline. Returns the outputs of every step.

    Raises the KbError that a step raised, without Haystack's wrapping; anything else is a defect and passes through.
    """
    try:
        return pipeline.run(dict(inputs), include_outputs_from={*pipeline.graph.nodes})
    except PipelineRuntimeError as error:
        if isinstance(error.__cause__, KbError):
            raise error.__cause__ from None
        raise
