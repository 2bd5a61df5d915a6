"""The Haystack indexing pipeline: chunk -> encode -> fit -> write. Wires the steps and runs them, nothing else.

What travels between the steps is frozen (`kb.values`), so Haystack copies nothing.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, get_type_hints

from haystack import Pipeline, component
from haystack.core.errors import PipelineRuntimeError

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.records import TextVectors, records
from ingest.indexing.encode import CachedEncoder
from ingest.indexing.plan import Target
from ingest.indexing.statistics import centre, fit
from kb.encoder.lexical import passage_terms
from kb.errors import KbError
from kb.settings import Settings
from kb.store.manifest import Manifest
from kb.store.protocol import ChunkStore
from kb.store.records import Point

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


def indexing_pipeline(settings: Settings, encoder: CachedEncoder, store: ChunkStore, target: Target) -> Pipeline:
    """Wire the steps. Run with `{"chunk": {"notes": target.notes}}`."""

    def chunk_notes(notes: tuple) -> NoteTexts:  # type: ignore[type-arg]  # Haystack compares plain types
        return NoteTexts.of(notes, encoder.encoder.count_tokens, settings.chunk_tokens, settings.chunk_overlap)

    def fit_statistics(texts: NoteTexts, vectors: TextVectors) -> Manifest:
        manifest = fit(texts, vectors, encoder, target)
        encoder.drop_unused()
        return manifest

    def write_records(texts: NoteTexts, vectors: TextVectors, manifest: Manifest) -> Manifest:
        points = records(texts, centre(texts, vectors, manifest.means), passage_terms, target.identifiers)
        total = manifest.chunks + manifest.questions + len(target.versions)
        store.replace(counted(chain(points, target.kept), total), manifest)
        return manifest

    def counted(points: Iterable[Point], total: int) -> Iterator[Point]:
        for written, point in enumerate(points, 1):
            yield point
            encoder.progress("write", written, total)

    pipeline = Pipeline()
    pipeline.add_component("chunk", Step(chunk_notes))
    pipeline.add_component("encode", Step(encoder.of_notes))
    pipeline.add_component("fit", Step(fit_statistics))
    pipeline.add_component("write", Step(write_records))
    for receiver in ("encode", "fit", "write"):
        pipeline.connect("chunk.result", f"{receiver}.texts")
    for receiver in ("fit", "write"):
        pipeline.connect("encode.result", f"{receiver}.vectors")
    pipeline.connect("fit.result", "write.manifest")
    return pipeline


def run_pipeline(pipeline: Pipeline, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Run a pipeline. Returns the outputs of its last step.

    Raises the KbError that a step raised, without Haystack's wrapping; anything else is a defect and passes through.
    """
    try:
        return pipeline.run(dict(inputs))
    except PipelineRuntimeError as error:
        if isinstance(error.__cause__, KbError):
            raise error.__cause__ from None
        raise
