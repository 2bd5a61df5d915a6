"""An index on a Qdrant server as readers see it: one state of one epoch.

Records are changed in place, so a reader may meet records that are newer than its manifest. It shows no version that
its manifest does not have, or has without a hash of the text, since it is just being written. Each search asks along in
which state it was answered: an answer of another is refused, and the search done again (`search.view.IndexView.read`).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final, NamedTuple, TypeVar

import numpy as np
from qdrant_client import QdrantClient, models

from kb.errors import StoreUnavailable
from kb.store.manifest import Manifest
from kb.store.protocol import PLACES, Found, VectorQuery, Wanted
from kb.store.records import (
    DENSE,
    LEXICAL,
    Point,
    Where,
    note_and_language,
    payload_of,
    point_id,
    point_of,
    version_id,
)
from kb.store.server.layout import ACCESS, Layout
from kb.store.server.nodes import Nodes
from kb.text.terms import Sparse

STATE_ID: Final = 0
"""Id of the record that keeps state and manifest. It has no field that records have, so no filter passes it."""
_PAGE: Final = 512

Record = TypeVar("Record", models.Record, models.ScoredPoint)


class State(NamedTuple):
    """What a collection holds. Its name is that of the epoch; each change within that has the next revision."""

    collection: str
    revision: int

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> "State":
        """Read it from the record that keeps it. Raises StoreUnavailable."""
        try:
            return cls(*(payload[name] for name in cls._fields))
        except KeyError:
            raise _not_ours() from None


def manifest_of(payload: Mapping[str, Any]) -> Manifest:
    """Read the manifest from the record that keeps it. Raises StoreUnavailable."""
    try:
        return Manifest.from_json({name: part for name, part in payload.items() if name not in State._fields})
    except ValueError:
        raise _not_ours() from None


def _not_ours() -> StoreUnavailable:
    return StoreUnavailable(
        "The collection on the Qdrant server carries no manifest of ours.",
        remedy="Run `kb index --rebuild`, or set KB_QDRANT_COLLECTION to an alias of its own.",
    )


class ServerReader:
    """One state of an index, open for reading (`ChunkReader`).

    may_be_replaced: whether a request has failed, or has said that the index has another state by now
    """

    def __init__(self, nodes: Nodes, layout: Layout, payload: Mapping[str, Any]) -> None:
        """payload: of the record that keeps state and manifest. Raises StoreUnavailable."""
        self._nodes, self._layout, self.may_be_replaced = nodes, layout, False
        self.state, self.manifest = State.of(payload), manifest_of(payload)
        self._collection = self.state.collection
        self.versions: Sequence[str] = sorted(key for key, (text, _) in self.manifest.versions.items() if text)
        self._versions = {version: place for place, version in enumerate(self.versions)}
        self._notes = frozenset(note_and_language(key)[0] for key in self._versions)

    def begin(self, queries: Sequence[VectorQuery]) -> Callable[[], list[Found]]:
        return partial(self.query, queries)

    def query(self, queries: Sequence[VectorQuery]) -> list[Found]:
        """Run several retrievals in one request (`ChunkReader.query`).

        By nearness, each access key is asked for by itself, in the graph of its own, and the lists are merged: two
        keys in one filter lead through no graph that has both, and find a tenth of what they should (recall@50 .09
        instead of .98, 43,465 vectors). Sparse vectors have no graph, and few records need none.
        """
        lists = [
            (wanted, [_requests(query, each, self._layout) for each in _by_note(wanted)])
            for query in queries
            for wanted in query.lists
        ]
        answers = iter(self._answers("search", [*chain.from_iterable(chain(*parts) for _, parts in lists)]))
        return [
            self._found(wanted, [[next(answers) for _ in requests] for requests in parts]) for wanted, parts in lists
        ]

    def _found(self, wanted: Wanted, parts: list[list[list[models.ScoredPoint]]]) -> Found:
        """Return the list that the answers to its parts make; a record that several keys open counts once."""
        points, near, best = dict[str, models.ScoredPoint](), dict[str, float](), list[str]()

        def order(record_id: str) -> tuple[float, str]:
            return -round(points[record_id].score, PLACES), record_id

        for answers in parts:
            if wanted.near is not None:
                near |= {payload_of(point)[0]: point.score for point in answers.pop()}
            found = {payload_of(point)[0]: point for answer in answers for point in self._shown(answer)}
            points |= found
            # Of equals at the end of a list, the request for nearness may have found others.
            best += sorted((each for each in found if wanted.near is None or each in near), key=order)[: wanted.limit]
        best.sort(key=order)
        return Found(
            np.array(best, object),
            np.array([self._versions[version_id(*note_and_language(each))] for each in best], np.intp),
            np.array([points[each].score for each in best]),
            np.array([near[each] for each in best] if near else []),
            list,
            _handing_out({each: payload_of(points[each])[1] for each in best}),
        )

    def fetch(self, record_ids: Sequence[str], where: Where, fields: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        if not record_ids:
            return {}
        request = models.QueryRequest(
            filter=_filter(where, _among(record_ids)),
            limit=len(record_ids),
            with_payload=[*fields, "record_id"] if fields else True,
        )
        [records] = self._answers("read", [request])
        return dict(map(payload_of, self._shown(records)))

    def scroll(self, where: Where, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from sorted(map(payload_of, self._records(where, fields)))

    def points(self) -> Iterator[Point]:
        return map(point_of, self._records({}, with_vectors=True))

    def facet(self, field: str, where: Where) -> dict[str, int]:
        def ask(client: QdrantClient) -> models.FacetResponse:
            return client.facet(
                self._collection,
                key=field,
                facet_filter=_filter(where),
                limit=1_000_000,
                exact=True,
                consistency=self._layout.consistency,
            )

        counts = {str(hit.value): hit.count for hit in self._nodes.ask("count", ask).hits}
        return {note: counts[note] for note in counts.keys() & self._notes} if field == "note_id" else counts

    def count(self, where: Where) -> int:
        return sum(self.facet("note_id", where).values())  # without notes that are just being written

    def _shown(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the records of versions that are shown."""
        return (each for each in records if version_id(*note_and_language(payload_of(each)[0])) in self._versions)

    def _answers(self, action: str, requests: Sequence[models.QueryRequest]) -> list[list[models.ScoredPoint]]:
        """Return what each request found. Raises StoreUnavailable, also if the index has another state by now."""
        own = models.Filter(must=[models.HasIdCondition(has_id=[STATE_ID])])
        state = models.QueryRequest(filter=own, limit=1, with_payload=[*State._fields])

        def ask(client: QdrantClient) -> list[models.QueryResponse]:
            return client.query_batch_points(self._collection, [*requests, state], consistency=self._layout.consistency)

        try:
            *answers, now = [answer.points for answer in self._nodes.ask(action, ask)]
            if not now or State.of(now[0].payload or {}) != self.state:
                raise StoreUnavailable("The index was changed while it was being read.", remedy="Ask again.")
        except StoreUnavailable:
            self.may_be_replaced = True
            raise
        return answers

    def _records(
        self, where: Where, fields: Sequence[str] = (), *, with_vectors: bool = False
    ) -> Iterator[models.Record]:
        offset: Any = None
        while True:

            def ask(client: QdrantClient, offset: Any = offset) -> tuple[list[models.Record], Any]:
                return client.scroll(
                    self._collection,
                    scroll_filter=_filter(where),
                    limit=_PAGE,
                    offset=offset,
                    with_payload=[*fields, "record_id"] if fields else True,
                    with_vectors=with_vectors,
                    consistency=self._layout.consistency,
                )

            records, offset = self._nodes.ask("read", ask)
            yield from self._shown(records)
            if offset is None:
                return


def _by_note(wanted: Wanted) -> Iterator[Wanted]:
    """Yield a list for each note, where each is asked for by itself."""
    for note_id in wanted.where["note_id"] if wanted.each_note else ():
        yield wanted._replace(where={**wanted.where, "note_id": (note_id,)}, each_note=False)
    if not wanted.each_note:
        yield wanted


def _handing_out(payloads: Mapping[str, dict[str, Any]]) -> Callable[[Collection[str]], dict[str, dict[str, Any]]]:
    """Return what hands out payloads (`Found.payloads`); they came with the answer."""
    return lambda wanted: {each: payloads[each] for each in wanted if each in payloads}


def _requests(query: VectorQuery, wanted: Wanted, layout: Layout) -> list[models.QueryRequest]:
    """Return the requests whose answers together make a list, at last the one for its nearness if that is wanted."""
    where, fields = query.where, [*query.fields, "record_id"]
    more = [*_conditions(wanted.where), *([] if wanted.among is None else [_among(wanted.among)])]
    if isinstance(query.vector, Sparse):
        asked, narrowed = sparse(query.vector), _filter(where, *more)
        best = {"query": asked, "using": LEXICAL, "limit": wanted.limit, "filter": narrowed}
        requests = [models.QueryRequest(**best, with_payload=fields)]
        if wanted.near is not None:
            # Each shard finds as many by their words, and it alone; else the nearest of all would displace the best.
            again = {"query": wanted.near.tolist(), "using": DENSE, "limit": wanted.limit * layout.shards}
            exact = {"params": layout.search_params(wanted.limit, exact=True), "with_payload": ["record_id"]}
            requests.append(models.QueryRequest(prefetch=models.Prefetch(**best), **again, **exact))
        return requests
    is_exact = wanted.among is not None or ACCESS not in where
    return [
        models.QueryRequest(
            query=query.vector.tolist(),
            using=DENSE,
            limit=wanted.limit,
            filter=_filter(each, *more),
            params=layout.search_params(wanted.limit, exact=is_exact),
            with_payload=fields,
        )
        for each in ([where] if is_exact else [{**where, ACCESS: (key,)} for key in where[ACCESS]])
    ]


def sparse(vector: Sparse) -> models.SparseVector:
    """Return a BM25 vector as the client takes it."""
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def _among(record_ids: Sequence[str]) -> models.HasIdCondition:
    return models.HasIdCondition(has_id=[point_id(record_id) for record_id in record_ids])


def _conditions(where: Where) -> list[Any]:
    return [models.FieldCondition(key=field, match=models.MatchAny(any=[*values])) for field, values in where.items()]


def _filter(where: Where, *more: Any) -> models.Filter:
    return models.Filter(must=[*_conditions(where), *more], must_not=[models.HasIdCondition(has_id=[STATE_ID])])
