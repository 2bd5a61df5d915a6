"""Epochs of an index on a Qdrant server: one collection for each, behind one alias.

An epoch is filled beside the one before, and the alias switches; that one is removed then, so that a withdrawn note
leaves nothing behind. Within an epoch notes are written in place: their records, then the manifest with the next
revision, which tells readers that there is something new. One writer at a time has the lease (`kb.store.server.lease`).

The manifest is a record of the collection, since metadata of a collection come whole with every look at it, and a
reader looks at the revision before every search.
"""

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import groupby
from typing import Any, Final

from qdrant_client import QdrantClient, models

from kb.errors import IndexMissing, StoreUnavailable
from kb.store.manifest import Manifest
from kb.store.records import Point, batches, note_and_language, point_id
from kb.store.server.layout import Layout
from kb.store.server.lease import Lease
from kb.store.server.nodes import Nodes, may_be_missing
from kb.store.server.reader import STATE_ID, ServerReader, State, kept, manifest_of, sparse, written

_ONE_COPY: Final = Layout()
_ORDERED: Final = models.WriteOrdering.MEDIUM
"""Changes go through one node at a time, another one where that is down: a delete never overtakes an upsert."""
_AT_ONCE: Final = 256
"""Records from which on a request is sent; a note is never parted."""


class ServerStore:
    """An index on a Qdrant server (`ChunkStore`)."""

    def __init__(self, nodes: Nodes, alias: str, layout: Layout = _ONE_COPY) -> None:
        self._nodes, self._alias, self._layout = nodes, alias, layout
        self._lease = Lease(nodes, f"{alias}-writer", layout)
        self._opening = threading.Lock()
        self._open: ServerReader | None = None

    def info(self) -> Manifest | None:
        payload = self._kept()
        return None if payload is None else manifest_of(payload)

    def reader(self) -> ServerReader:
        payload = self._kept(State._fields)
        if payload is None:
            raise IndexMissing("There is no index on the Qdrant server.", remedy="Run `kb index` or `kb index push`.")
        state = State.of(payload)
        with self._opening:
            if self._open is None or self._open.state != state:
                self._open = ServerReader(self._nodes, state.collection, self._layout)
            return self._open

    def writing(self) -> AbstractContextManager[None]:
        """Hold the lease of writers (`ChunkStore.writing`). The store that has it may take it again."""
        return self._lease.acquired()

    def replace(self, points: Iterable[Point], manifest: Manifest) -> None:
        with self.writing():
            name = f"{self._alias}-{time.time_ns()}"
            try:
                self._nodes.ask(
                    "create the index", lambda client: self._layout.create(client, name, manifest.dimension)
                )
                for batch in batches(points):
                    self._change(name, [_upsert(batch)])
                state = models.PointStruct(id=STATE_ID, vector={}, payload=written(State(name, 1), manifest))
                self._change(name, [models.UpsertOperation(upsert=models.PointsList(points=[state]))])
                self._lease.renew()
            except BaseException:
                with suppress(StoreUnavailable):
                    self._nodes.ask("remove what was half written", lambda client: client.delete_collection(name))
                raise
            self._switch(name)

    def update(self, points: Iterable[Point], without: Collection[str], manifest: Manifest) -> None:
        """Write some notes anew, in place (`ChunkStore.update`).

        What is gone goes first. Of a note that has changed the new records are written before those go that it has no
        more, in one request, so that no reader misses it.
        """
        with self.writing():
            self._lease.renew()
            before = self.reader()
            collection, revision = before.state
            notes = {note: [*own] for note, own in groupby(sorted(points, key=_note), _note)}
            if gone := sorted({*without} - notes.keys()):
                self._change(collection, [_removal(gone)])
            for own in _together(notes.values()):
                self._change(collection, [_upsert(own), _removal(sorted({*map(_note, own)}), own)])
            was, now = before.manifest.to_json(), manifest.to_json()
            changed = {name: part for name, part in now.items() if was.get(name) != part}
            state = models.SetPayload(payload={**changed, "revision": revision + 1}, points=[STATE_ID])
            self._change(collection, [models.SetPayloadOperation(set_payload=state)])

    def merge(self) -> None:
        """Do nothing: a collection has no parts, and what `update` takes out of it is gone."""

    def _switch(self, name: str) -> None:
        """Let readers find the epoch of this name, and remove the others: nobody else is writing one."""
        previous = self._collection()

        def switch(client: QdrantClient) -> None:
            before = models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=self._alias))
            alias = models.CreateAlias(collection_name=name, alias_name=self._alias)
            operations: list[Any] = [
                *([before] if previous else []),
                models.CreateAliasOperation(create_alias=alias),
            ]
            client.update_collection_aliases(operations)

        def sweep(client: QdrantClient) -> None:
            for collection in client.get_collections().collections:
                start, _, made = collection.name.rpartition("-")
                if start == self._alias and made.isdigit() and collection.name != name:
                    client.delete_collection(collection.name)

        self._nodes.ask("switch to the new index", switch)
        self._nodes.ask("remove the old index", sweep)

    def _collection(self) -> str | None:
        aliases = self._nodes.ask("be reached", lambda client: client.get_aliases().aliases)
        return next((alias.collection_name for alias in aliases if alias.alias_name == self._alias), None)

    def _kept(self, fields: Sequence[str] = ()) -> dict[str, Any] | None:
        """Read the record that keeps state and manifest, or these fields of it; None where there is no index."""
        try:
            return kept(self._nodes, self._alias, self._layout, fields)
        except StoreUnavailable as failure:
            if may_be_missing(failure) and self._collection() is None:
                return None
            raise

    def _change(self, collection: str, operations: Sequence[models.UpdateOperation]) -> None:
        self._nodes.ask(
            "write the index",
            lambda client: client.batch_update_points(collection, operations, wait=True, ordering=_ORDERED),
        )


def _upsert(points: Iterable[Point]) -> models.UpsertOperation:
    structs = [models.PointStruct(**point.as_record(sparse)) for point in points]
    return models.UpsertOperation(upsert=models.PointsList(points=structs))


def _note(point: Point) -> str:
    return note_and_language(point.record_id)[0]


def _together(notes: Iterable[Sequence[Point]]) -> Iterator[list[Point]]:
    """Yield the records of some notes at a time, of each all."""
    some: list[Point] = []
    for own in notes:
        some += own
        if len(some) >= _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _removal(note_ids: Sequence[str], kept: Sequence[Point] = ()) -> models.DeleteOperation:
    """Return the removal of all records of notes but these."""
    of_notes = models.FieldCondition(key="note_id", match=models.MatchAny(any=[*note_ids]))
    but = [models.HasIdCondition(has_id=[point_id(point.record_id) for point in kept])] if kept else None
    return models.DeleteOperation(delete=models.FilterSelector(filter=models.Filter(must=[of_notes], must_not=but)))
