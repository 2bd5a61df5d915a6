"""The Haystack indexing pipeline: chunk -> encode -> centre -> write. Wires the steps, nothing else."""

from haystack import Pipeline

from ingest.indexing.plan import Progress
from ingest.indexing.steps import Centrer, ChunkEncoder, Chunker, Writer
from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import VectorCache
from kb.notes.taxonomy import Taxonomy
from kb.store.protocol import ChunkStore


def indexing_pipeline(
    encoder: Encoder,
    cache: VectorCache,
    taxonomy: Taxonomy,
    store: ChunkStore,
    size: int,
    overlap: int,
    progress: Progress,
) -> Pipeline:
    """Wire the steps. Run with `{"chunk": {"notes": …}, "write": {"identity": …}}`."""
    pipeline = Pipeline()
    pipeline.add_component("chunk", Chunker(encoder, size, overlap))
    pipeline.add_component("encode", ChunkEncoder(encoder, cache, taxonomy, progress))
    pipeline.add_component("centre", Centrer(encoder.mean_share))
    pipeline.add_component("write", Writer(store, taxonomy, encoder, progress))
    for sender, receiver in (
        ("chunk.chunked", "encode.chunked"),
        ("chunk.chunked", "centre.chunked"),
        ("encode.encoded", "centre.encoded"),
        ("chunk.chunked", "write.chunked"),
        ("centre.means", "write.means"),
        ("centre.vectors", "write.vectors"),
        ("centre.scope", "write.scope"),
        ("centre.outside", "write.outside"),
    ):
        pipeline.connect(sender, receiver)
    return pipeline
