"""Keeps two writers of one index on a server apart, on whatever machines they are.

The lease is a record in a collection of its own. It is taken by an upsert on the condition that nobody has it or that
it has run out: the server looks and writes in one operation. (A collection's metadata cannot be compared before they
are written.) The writer renews it while it works; that of a writer who died runs out.
"""

import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from qdrant_client import QdrantClient, models

from kb.errors import IndexBusy, StoreUnavailable
from kb.store.server.layout import Layout
from kb.store.server.nodes import FAILURES, Nodes

LASTS: Final = 60.0
"""Seconds that a lease lasts unless it is renewed. Clocks of machines that write must differ by much less."""
_RENEWED_AFTER: Final = 15.0
"""Seconds."""
_RECORD: Final = 1
_SERVER: Final = [1, 17]
"""The first version of the server that knows all that is asked of it."""


class Lease:
    """The right to write an index. Safe to share between threads; who has it may take it again."""

    def __init__(self, nodes: Nodes, collection: str, layout: Layout, clock: Callable[[], float] = time.time) -> None:
        """collection: its name; clock: seconds since 1970"""
        self._nodes, self._collection, self._layout, self._clock = nodes, collection, layout, clock
        self._owner = secrets.token_hex(8)
        self._named = f"process {os.getpid()} on {socket.gethostname()} (`{Path(sys.argv[0]).name}`)"
        self._changing = threading.RLock()
        self._holders = 0
        self._until = 0.0
        self._released = threading.Event()

    @contextmanager
    def acquired(self) -> Iterator[None]:
        """Hold the lease. Raises IndexBusy if another process has it; StoreUnavailable."""
        with self._changing:
            if not self._holders:
                self._prepare()
                self.renew()
                self._released = threading.Event()
                threading.Thread(target=self._keep, args=[self._released], daemon=True).start()
            self._holders += 1
        try:
            yield
        finally:
            with self._changing:
                self._holders -= 1
                if not self._holders:
                    self._released.set()
                    with suppress(StoreUnavailable):  # then it runs out
                        self._release()

    def hold(self) -> None:
        """Make sure that it lasts while a request is carried out, however long the process was stopped (`renew`)."""
        if self._clock() > self._until - LASTS / 2:
            self.renew()

    def renew(self) -> None:
        """Take the lease, or make it last as long again. Raises IndexBusy if another process has it by now."""
        now = self._clock()
        payload = {"owner": self._owner, "named": self._named, "until": now + LASTS}
        free = models.Filter(should=[self._mine, models.FieldCondition(key="until", range=models.Range(lt=now))])

        def take(client: QdrantClient) -> list[models.Record]:
            client.upsert(
                self._collection,
                [models.PointStruct(id=_RECORD, vector={}, payload=payload)],
                wait=True,
                ordering=models.WriteOrdering.MEDIUM,
                update_filter=free,
            )
            return client.retrieve(self._collection, [_RECORD], consistency=self._layout.consistency)

        holder = next((found.payload or {} for found in self._nodes.ask("be locked for writing", take)), {})
        if holder.get("owner") != self._owner:
            raise IndexBusy(
                "The index is being written by another process.",
                internal=f"It is {str(holder.get('named'))[:200]}.",
                remedy="Wait until it has finished, then run it again. "
                f"If it was ended by force, {LASTS:.0f} seconds are enough.",
            )
        self._until = now + LASTS

    def _prepare(self) -> None:
        """Create the collection of the lease if it is not there.

        Earlier servers take a lease from whoever has it, and make graphs that lead through restricted notes: they do
        not know `update_filter` (1.16) and `enable_hnsw` (1.17), and say nothing.
        """

        def create(client: QdrantClient) -> None:
            if client.collection_exists(self._collection):
                return
            version = client.info().version
            if [*map(int, version.split(".")[:2])] < _SERVER:
                raise StoreUnavailable(
                    f"The Qdrant server has version {version}, and {'.'.join(map(str, _SERVER))} or later is needed.",
                    remedy="Install a later one.",
                )
            try:
                client.create_collection(
                    self._collection, vectors_config={}, timeout=self._nodes.wait, **self._layout.copies
                )
            except FAILURES:
                if not client.collection_exists(self._collection):  # another process may just have made it
                    raise

        self._nodes.ask("be locked for writing", create)

    def _keep(self, released: threading.Event) -> None:
        while not released.wait(_RENEWED_AFTER):
            with suppress(StoreUnavailable, IndexBusy), self._changing:  # the writer itself sees it before it switches
                if not released.is_set():
                    self.renew()

    def _release(self) -> None:
        mine = models.FilterSelector(filter=models.Filter(must=[self._mine]))
        self._nodes.ask("be unlocked", lambda client: client.delete(self._collection, mine, wait=True))

    @property
    def _mine(self) -> models.FieldCondition:
        return models.FieldCondition(key="owner", match=models.MatchValue(value=self._owner))
