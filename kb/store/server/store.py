"""Epochs of an index on a Qdrant server: one collection for each, behind one alias.

An epoch is filled beside the one before, and the alias switches; that one is removed then, so that a withdrawn note
leaves nothing behind. Within an epoch notes are written in place: the manifest forgets their hashes, their records are
changed, then the manifest has the next revision, which tells readers that there is something new. So what a killed
writer leaves half written is written again. One writer at a time has the lease (`kb.store.server.lease`).

The manifest is a record of the collection, since metadata of a collection come whole with every look at it, and the
revision is looked at with every search.
"""

import re
import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
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
from kb.store.server.reader import STATE_ID, ServerReader, State, manifest_of, sparse

_ONE_COPY: Final = Layout()
_ORDERED: Final = models.WriteOrdering.MEDIUM
"""Changes go through one node at a time, another one where that is down: a delete never overtakes an upsert."""
_AT_ONCE: Final = 256
"""Records that one request writes, unless a note has more: far less than a server takes (32 MB)."""


class ServerStore:
    """An index on a Qdrant server (`ChunkStore`)."""

    def __init__(self, nodes: Nodes, alias: str, layout: Layout = _ONE_COPY) -> None:
        self._nodes, self._alias, self._layout = nodes, alias, layout
        self._lease = Lease(nodes, f"{alias}-writer", layout)
        self._opening = threading.Lock()
        self._open: ServerReader | None = None
        self._epoch = ""  # the one that this store has made: another node may not know yet that it is the current one

    def info(self) -> Manifest | None:
        payload = self._kept()
        return None if payload is None else manifest_of(payload)

    def check(self) -> None:
        """Leave that to the server."""

    def reader(self, *, to_query: bool = False) -> ServerReader:
        if to_query and (known := self._open) is not None and not known.may_be_replaced:
            return known
        state = State.of(self._there(State._fields))
        with self._opening:
            if self._open is None or self._open.state != state:
                self._open = ServerReader(self._nodes, self._layout, self._there())
            return self._open

    def writing(self) -> AbstractContextManager[None]:
        """Hold the lease of writers (`ChunkStore.writing`). The store that has it may take it again."""
        return self._lease.acquired()

    def replace(self, points: Iterable[Point], manifest: Manifest) -> None:
        with self.writing():
            name = f"{self._alias}-{time.time_ns()}"
            try:
                self._nodes.ask(
                    "create the index",
                    lambda client: self._layout.create(client, name, manifest.dimension, self._nodes.wait),
                )
                for batch in batches(points):
                    self._change(name, [_upsert(batch)])
                kept = {**State(name, 1)._asdict(), **manifest.to_json()}
                state = models.PointStruct(id=STATE_ID, vector={}, payload=kept)
                self._change(name, [models.UpsertOperation(upsert=models.PointsList(points=[state]))])
                self._lease.renew()
            except BaseException:
                with suppress(StoreUnavailable):
                    self._nodes.ask("remove what was half written", lambda client: client.delete_collection(name))
                raise
            self._epoch = name
            self._nodes.ask("switch to the new index", lambda client: self._switch(client, name))
            self.merge()

    def update(self, points: Iterable[Point], without: Collection[str], manifest: Manifest) -> None:
        """Write some notes anew, in place (`ChunkStore.update`).

        What is gone goes first. Of a note that has changed the new records are written before those go that it has no
        more, in one request, so that no reader misses it.
        """
        with self.writing():
            self._open = None  # even a change that fails makes its manifest out of date
            kept, now = self._there(), manifest.to_json()
            collection, revision = State.of(kept)
            notes = {note: [*own] for note, own in groupby(sorted(points, key=_note), _note)}
            known, names = kept["versions"], {**kept["versions"], **now["versions"]}
            begun = {key: (known.get(key, [""])[0], "") for key in names if note_and_language(key)[0] in without}
            operations: list[models.UpdateOperation] = [_stated(begun, of="versions")]
            if gone := sorted({*without} - notes.keys()):
                operations.append(_removal(gone))
            for place, some in enumerate(_parted(notes)):
                if place:
                    self._change(collection, operations)
                    operations = []
                own = [point for note in some for point in notes[note]]
                operations += [_upsert(own), _removal(some, own)]
            changed = {name: part for name, part in now.items() if name == "versions" or kept.get(name) != part}
            self._change(collection, [*operations, _stated({**changed, "revision": revision + 1})])

    def merge(self) -> None:
        """Remove the epochs that runs which were cut off have left: that of `update` has no parts to be joined."""
        with self.writing():
            kept = self._epoch, State.of(self._there(State._fields)).collection
            epoch = re.compile(rf"{re.escape(self._alias)}-\d{{19}}")  # nanoseconds since 1970

            def sweep(client: QdrantClient) -> None:
                for collection in client.get_collections().collections:
                    if epoch.fullmatch(collection.name) and collection.name not in kept:
                        client.delete_collection(collection.name)

            self._nodes.ask("remove an old index", sweep)

    def _switch(self, client: QdrantClient, name: str) -> None:
        """Let readers find the epoch of this name."""
        before = models.DeleteAlias(alias_name=self._alias)  # if there is one
        now = models.CreateAlias(collection_name=name, alias_name=self._alias)
        client.update_collection_aliases(
            [models.DeleteAliasOperation(delete_alias=before), models.CreateAliasOperation(create_alias=now)],
            timeout=self._nodes.wait,
        )

    def _kept(self, fields: Sequence[str] = ()) -> dict[str, Any] | None:
        """Read the record that keeps state and manifest, or these fields of it; None where there is no index."""

        def ask(client: QdrantClient) -> list[models.Record]:
            return client.retrieve(self._alias, [STATE_ID], [*fields] or True, consistency=self._layout.consistency)

        try:
            found = self._nodes.ask("describe the index", ask)
        except StoreUnavailable as failure:
            if may_be_missing(failure) and self._alias not in self._nodes.ask("be reached", _aliases):
                return None
            raise
        return (found[0].payload or {}) if found else {}

    def _there(self, fields: Sequence[str] = ()) -> dict[str, Any]:
        """Read it (`_kept`). Raises IndexMissing where there is no index."""
        if (kept := self._kept(fields)) is None:
            raise IndexMissing("There is no index on the Qdrant server.", remedy="Run `kb index` or `kb index push`.")
        return kept

    def _change(self, collection: str, operations: Sequence[models.UpdateOperation]) -> None:
        """Carry out changes, one after the other. Raises IndexBusy if another process has the lease by now."""
        self._lease.hold()
        self._nodes.ask(
            "write the index",
            lambda client: client.batch_update_points(collection, operations, wait=True, ordering=_ORDERED),
        )


def _aliases(client: QdrantClient) -> set[str]:
    return {alias.alias_name for alias in client.get_aliases().aliases}


def _stated(payload: Mapping[str, Any], of: str | None = None) -> models.SetPayloadOperation:
    """Return a change of the record that keeps state and manifest. of: the part that is changed; None: whole parts"""
    return models.SetPayloadOperation(set_payload=models.SetPayload(payload=payload, points=[STATE_ID], key=of))


def _upsert(points: Iterable[Point]) -> models.UpsertOperation:
    structs = [models.PointStruct(**point.as_record(sparse)) for point in points]
    return models.UpsertOperation(upsert=models.PointsList(points=structs))


def _parted(notes: Mapping[str, Sequence[Point]]) -> list[list[str]]:
    """Return the notes in the parts that one request writes each."""
    parts, size = list[list[str]](), 0
    for note, points in notes.items():
        size += len(points)
        if not parts or size > _AT_ONCE:
            parts.append([])
            size = len(points)
        parts[-1].append(note)
    return parts


def _note(point: Point) -> str:
    return note_and_language(point.record_id)[0]


def _removal(note_ids: Sequence[str], kept: Sequence[Point] = ()) -> models.DeleteOperation:
    """Return the removal of all records of notes but these."""
    of_notes = models.FieldCondition(key="note_id", match=models.MatchAny(any=[*note_ids]))
    but = [models.HasIdCondition(has_id=[point_id(point.record_id) for point in kept])] if kept else None
    return models.DeleteOperation(delete=models.FilterSelector(filter=models.Filter(must=[of_notes], must_not=but)))
