"""A Qdrant server: round trips of a question, and, where KB_TEST_QDRANT_URL names a real one, how long things take.

Without it the client's own engine in memory stands in for the server, and only what is counted is shown. Nothing is
left behind on a server but what was there.
"""

import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from qdrant_client import QdrantClient

from api.compose import encoder
from benchmarks.places import Place, Places
from benchmarks.steps import searching
from benchmarks.timing import TODAY, Figures, Found, Scale, p50, percentile, questions, timed
from kb.store.records import note_and_language
from kb.store.server.layout import Layout
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore

SERVER: Final = "KB_TEST_QDRANT_URL"
"""Its address, or those of the nodes of a cluster, separated by commas."""


class CountingNodes(Nodes):
    """Nodes that count how often they are asked. trips: until now"""

    trips = 0

    def ask(self, action: str, call: Callable[[QdrantClient], Any]) -> Any:
        self.trips += 1
        return super().ask(action, call)


def measure(places: Places, scale: Scale) -> Found:
    """Push the index of today's collection, and of every size where there is a server, and search in it."""
    address = os.environ.get(SERVER, "")
    return {size: _on_server(places.at(size), scale, address) for size in (scale.sizes if address else (TODAY,))}


def _on_server(place: Place, scale: Scale, address: str) -> Figures:
    reader = place.store.reader()
    with _server(address) as (store, nodes):
        started = time.perf_counter()
        store.replace(reader.points(), reader.manifest)
        pushed = time.perf_counter() - started
        model = encoder(place.settings)
        engine = searching(store, model, place.settings)
        asked = questions(scale.questions if address else min(scale.questions, 10))
        engine.view().search(asked[0])
        trips = []
        for question in asked[:10]:
            before = nodes.trips
            engine.view().search(question)
            trips.append(nodes.trips - before)
        figures: Figures = {"qdrant.trips": statistics.median(trips)}
        if address:
            times = [timed(engine.view().search, question) for question in asked]
            figures |= {"qdrant.push": pushed, "qdrant.p50": statistics.median(times)}
            figures |= {"qdrant.p95": percentile(times, 95), "qdrant.update": _update(store, scale)}
    return figures


def _update(store: ServerStore, scale: Scale) -> float:
    """Write a note anew, as it is; the median in milliseconds."""
    reader = store.reader()
    records = [*reader.points()]
    note_id = note_and_language(records[0].record_id)[0]
    own = [point for point in records if note_and_language(point.record_id)[0] == note_id]
    return p50(lambda _: store.update(own, [note_id], reader.manifest), map(str, range(scale.saves)))


@contextmanager
def _server(address: str) -> Iterator[tuple[ServerStore, CountingNodes]]:
    """Open a store under a name of its own; all that is of this name is gone afterwards."""
    nodes = CountingNodes.at(address, None, 60) if address else CountingNodes([QdrantClient(":memory:")])
    alias = f"kb-bench-{secrets.token_hex(4)}"
    try:
        yield ServerStore(nodes, alias, Layout(replicas=2 if "," in address else 1)), nodes
    finally:
        for collection in nodes.ask("be cleared", lambda client: client.get_collections().collections):
            if collection.name.startswith(alias):
                nodes.ask("be cleared", lambda client, name=collection.name: client.delete_collection(name))
        nodes.close()
