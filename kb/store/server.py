"""The remote store: a Qdrant server or cluster, one collection per generation behind one alias.

The manifest is the collection's metadata. Readers resolve the alias to a collection and stay with it for a search. The
one before is removed at the switch, so that a withdrawn note leaves nothing behind; a search that it is taken from is
done again on the new one (`search.service`).
"""

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Any

from httpx import HTTPError
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from kb.errors import IndexMissing, StoreUnavailable
from kb.store.manifest import Manifest
from kb.store.protocol import PLACES, Found, VectorQuery
from kb.store.records import (
    DENSE,
    FILTER_FIELDS,
    LEXICAL,
    Point,
    Where,
    batches,
    note_and_language,
    payload_of,
    point_id,
    point_of,
)
from kb.text.terms import Sparse

_NO_GRAPH = models.HnswConfigDiff(m=0)
"""A graph of neighbours would be made of restricted notes, too, and decide which others are found."""
_PAGE = 512
_ABANDONED_AFTER = 24 * 3600 * 10**9
"""Nanoseconds after which a collection that readers do not use is what a killed run left, not one being filled."""


@contextmanager
def _server(action: str) -> Iterator[None]:
    """Turn what the client raises into our own error. It asserts that an answer has the shape of Qdrant's."""
    try:
        yield
    except (ApiException, QdrantException, HTTPError, OSError, ValueError, AssertionError) as error:
        raise StoreUnavailable(
            f"The Qdrant server could not {action}.",
            internal=f"The client says: {str(error)[:500]}.",
            remedy="Check KB_QDRANT_URL and KB_QDRANT_API_KEY, and that the server is up; then try again.",
        ) from error


class ServerReader:
    """One collection, open for reading (`ChunkReader`)."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection
        self.manifest = _manifest(client, collection)
        self.superseded: frozenset[str] = frozenset()

    def query(self, queries: Sequence[VectorQuery]) -> list[list[Found]]:
        with _server("search"):
            answers = self._client.query_batch_points(self._collection, [_request(query) for query in queries])
        found = [[Found(payload_of(point)[0], point.score) for point in answer.points] for answer in answers]
        return [sorted(hits, key=lambda hit: (-round(hit.score, PLACES), hit.record_id)) for hits in found]

    def fetch(self, record_ids: Sequence[str], where: Where, fields: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        return dict(map(payload_of, self._records(_filter(where, _among(record_ids)), fields)))

    def scroll(self, where: Where, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from sorted(map(payload_of, self._records(_filter(where), fields)))

    def points(self) -> Iterator[Point]:
        return map(point_of, self._records(_filter({}), with_vectors=True))

    def facet(self, field: str, where: Where) -> dict[str, int]:
        with _server("count"):
            answer = self._client.facet(
                self._collection, key=field, facet_filter=_filter(where), limit=1_000_000, exact=True
            )
        return {str(hit.value): hit.count for hit in answer.hits}

    def count(self, where: Where) -> int:
        with _server("count"):
            return self._client.count(self._collection, count_filter=_filter(where), exact=True).count

    def _records(
        self, condition: models.Filter, fields: Sequence[str] = (), *, with_vectors: bool = False
    ) -> Iterator[models.Record]:
        offset = None
        while True:
            with _server("read"):
                records, offset = self._client.scroll(
                    self._collection,
                    scroll_filter=condition,
                    limit=_PAGE,
                    offset=offset,
                    with_payload=[*fields, "record_id"] if fields else True,
                    with_vectors=with_vectors,
                )
            yield from records
            if offset is None:
                return


class ServerStore:
    """Generations of an index on a Qdrant server (`ChunkStore`)."""

    def __init__(self, client: QdrantClient, alias: str) -> None:
        self._client = client
        self._alias = alias
        self._opening = threading.Lock()
        self._open: tuple[str, ServerReader] | None = None

    @classmethod
    def connect(cls, url: str, api_key: str | None, alias: str, timeout: int) -> "ServerStore":
        """Address a server. Does not talk to it yet, and never asks it for its version unbidden."""
        with _server("be addressed"):
            return cls(QdrantClient(url=url, api_key=api_key, timeout=timeout, check_compatibility=False), alias)

    def info(self) -> Manifest | None:
        collection = self._collection()
        return _manifest(self._client, collection) if collection else None

    def reader(self) -> ServerReader:
        collection = self._collection()
        if collection is None:
            raise IndexMissing("There is no index on the Qdrant server yet.", remedy="Run `kb index`.")
        with self._opening:
            if self._open is None or self._open[0] != collection:
                self._open = (collection, ServerReader(self._client, collection))
            return self._open[1]

    def writing(self) -> AbstractContextManager[None]:
        """Do nothing: a server knows no locks. Of two writers on two machines, the last switch wins."""
        return nullcontext()

    def replace(self, points: Iterable[Point], manifest: Manifest) -> None:
        previous = self._collection()
        name = f"{self._alias}-{time.time_ns()}"
        try:
            self._fill(name, points, manifest)
        except BaseException:
            with suppress(StoreUnavailable), _server("remove what was half written"):
                self._client.delete_collection(name)
            raise
        with _server("write the index"):
            before = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self._alias))
            alias = models.CreateAlias(collection_name=name, alias_name=self._alias)
            switch: list[Any] = [*([before] if previous else []), models.CreateAliasOperation(create_alias=alias)]
            self._client.update_collection_aliases(switch)
            for collection in self._client.get_collections().collections:
                start, _, made = collection.name.rpartition("-")
                own = start == self._alias and made.isdigit()
                old = own and int(made) < time.time_ns() - _ABANDONED_AFTER
                if own and (collection.name == previous or (old and collection.name != name)):
                    self._client.delete_collection(collection.name)

    def update(self, points: Iterable[Point], without: Collection[str], manifest: Manifest) -> None:
        """Write the whole collection anew: a server has no layers."""
        kept = (point for point in self.reader().points() if note_and_language(point.record_id)[0] not in without)
        self.replace([*kept, *points], manifest)

    def _fill(self, name: str, points: Iterable[Point], manifest: Manifest) -> None:
        with _server("write the index"):
            self._client.create_collection(
                name,
                vectors_config={DENSE: models.VectorParams(size=manifest.dimension, distance=models.Distance.COSINE)},
                hnsw_config=_NO_GRAPH,
                sparse_vectors_config={LEXICAL: models.SparseVectorParams()},
                metadata={"manifest": manifest.to_json()},
            )
            for field in FILTER_FIELDS:
                self._client.create_payload_index(name, field, models.PayloadSchemaType.KEYWORD, wait=True)
        for batch in batches(points):
            with _server("write the index"):
                self._client.upsert(
                    name, [models.PointStruct(**point.as_record(_sparse)) for point in batch], wait=True
                )

    def _collection(self) -> str | None:
        with _server("be reached"):
            aliases = self._client.get_aliases().aliases
        return next((alias.collection_name for alias in aliases if alias.alias_name == self._alias), None)


def _request(query: VectorQuery) -> models.QueryRequest:
    vector, among = query.vector, query.among
    return models.QueryRequest(
        query=_sparse(vector) if isinstance(vector, Sparse) else vector.tolist(),
        using=LEXICAL if isinstance(vector, Sparse) else DENSE,
        limit=query.limit,
        filter=_filter(query.where, *([] if among is None else [_among(among)])),
        with_payload=["record_id"],
        with_vector=False,
    )


def _sparse(vector: Sparse) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def _among(record_ids: Sequence[str]) -> models.HasIdCondition:
    return models.HasIdCondition(has_id=[point_id(record_id) for record_id in record_ids])


def _filter(where: Where, *more: Any) -> models.Filter:
    matches = {field: models.MatchAny(any=list(values)) for field, values in where.items()}
    return models.Filter(
        must=[*(models.FieldCondition(key=field, match=match) for field, match in matches.items()), *more]
    )


def _manifest(client: QdrantClient, collection: str) -> Manifest:
    with _server("describe the index"):
        metadata = client.get_collection(collection).config.metadata or {}
    try:
        return Manifest.from_json(metadata["manifest"])
    except (KeyError, TypeError, ValueError):
        raise StoreUnavailable(
            "The collection on the Qdrant server carries no manifest of ours.",
            internal=f"It is `{collection}`.",
            remedy="Run `kb index --rebuild`, or set KB_QDRANT_COLLECTION to an alias of its own.",
        ) from None
