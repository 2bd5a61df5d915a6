"""How a Qdrant server keeps an index: shards, copies, graphs, memory."""

from dataclasses import dataclass
from typing import Any, Final

from qdrant_client import QdrantClient, models

from kb.store.records import DENSE, FILTER_FIELDS, LEXICAL

ACCESS: Final = "access"
_LINKS: Final = 16
"""Neighbours of a vector in a graph: Qdrant's own default."""
_EXACT_BELOW: Final = 32_000
"""Kilobytes of vectors below which all that pass a filter are compared: 21,000 vectors of 384 numbers, some 5 ms."""
_BEAM: Final = 128
"""Vectors that are kept in mind while a graph is walked; at least as many as are asked for."""
_MORE_WHERE_SHORTENED: Final = 2.0
"""How many times as many vectors are read in full as are asked for, where all are compared by shortened ones."""


@dataclass(frozen=True)
class Layout:
    """How an index is kept. What of it is of a collection counts from the next epoch on (`kb index --rebuild`).

    shards:            parts of a collection; a note's records are written as one where there is one
    replicas:          copies of each shard on nodes of their own; with two, one node of three may be down
    write_consistency: copies that must have a change before it counts as made
    read_consistency:  how many copies must agree on an answer: a number, `majority`, `quorum`, `all`; None: one answers
    on_disk:           whether vectors and graphs stay on disk
    quantized:         whether vectors are compared by a byte for each number first, the best then exactly
    """

    shards: int = 1
    replicas: int = 1
    write_consistency: int = 1
    read_consistency: str | None = None
    on_disk: bool = False
    quantized: bool = False

    def create(self, client: QdrantClient, name: str, dimension: int, wait: int) -> None:
        """Create the collection of an epoch, with an index for each field that filters use. wait: `Nodes.wait`

        A graph of all vectors would lead through restricted notes, so that these decide what is found of others.
        So there is none (`m`), but one for each access key (`payload_m`, `is_tenant`): each key is asked for by itself
        (`kb.store.server.reader`). Other fields must not make graphs of their own (`enable_hnsw`): these would hold
        notes of every key.
        """
        shortened = models.ScalarQuantizationConfig(type=models.ScalarType.INT8, always_ram=True)
        if not client.collection_exists(name):  # a node that failed with the answer on its way may have made it
            client.create_collection(
                name,
                vectors_config={
                    DENSE: models.VectorParams(size=dimension, distance=models.Distance.COSINE, on_disk=self.on_disk)
                },
                sparse_vectors_config={
                    LEXICAL: models.SparseVectorParams(index=models.SparseIndexParams(on_disk=self.on_disk))
                },
                hnsw_config=models.HnswConfigDiff(
                    m=0, payload_m=_LINKS, full_scan_threshold=_EXACT_BELOW, on_disk=self.on_disk
                ),
                quantization_config=models.ScalarQuantization(scalar=shortened) if self.quantized else None,
                timeout=wait,
                **self.copies,
            )
        for field in FILTER_FIELDS:
            is_key = field == ACCESS
            schema = models.KeywordIndexParams(
                type=models.KeywordIndexType.KEYWORD, is_tenant=is_key, enable_hnsw=is_key
            )
            client.create_payload_index(name, field, schema, wait=True)

    @property
    def consistency(self) -> models.ReadConsistency | None:
        """How many copies must agree on an answer, as the client takes it."""
        given = self.read_consistency
        if given is None or given.isdigit():
            return int(given) if given else None
        return models.ReadConsistencyType(given)

    @property
    def copies(self) -> dict[str, Any]:
        """How a collection is spread over nodes, as the client takes it.

        Some servers have strict mode on, which refuses conditions on fields without an index, as those of the lease
        are, and perhaps exact searches and long lists.
        """
        return {
            "shard_number": self.shards,
            "replication_factor": self.replicas,
            "write_consistency_factor": self.write_consistency,
            "strict_mode_config": models.StrictModeConfig(enabled=False),
        }

    def search_params(self, limit: int, *, exact: bool) -> models.SearchParams:
        """Return how vectors are searched. exact: without a graph, because none is made for what is asked

        Beside the key there are other conditions, which leave gaps in its graph: ACORN steps over them (recall@50 .96
        instead of .36 where one vector in twelve passes, 26,000 vectors).
        """
        if exact:
            return models.SearchParams(exact=True)
        return models.SearchParams(
            hnsw_ef=max(_BEAM, limit),
            acorn=models.AcornSearchParams(enable=True),
            quantization=models.QuantizationSearchParams(rescore=True, oversampling=_MORE_WHERE_SHORTENED)
            if self.quantized
            else None,
        )
