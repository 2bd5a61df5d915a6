"""A search in this process: what each step takes of it, how often it asks the store, and how often a Qdrant server.

Where KB_TEST_QDRANT_URL names a real server (or the nodes of a cluster, separated by commas), also how long things take
there; nothing is left behind on it but what was there. Else the client's own engine in memory stands in for it, and
only the calls are counted.
"""

import os
import secrets
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from itertools import islice
from statistics import median
from typing import Any, Final
from unittest.mock import patch

import numpy as np
from qdrant_client import QdrantClient

import search.pipeline
from api.compose import encoder, searcher, store
from benchmarks.places import Places
from benchmarks.timing import WARM, Figures, Scale, p50, percentiles, questions, timed
from kb.store.manifest import recipe
from kb.store.protocol import ChunkReader
from kb.store.records import note_and_language
from kb.store.server.layout import Layout
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore
from search.service import Searcher

ADDRESS: Final = os.environ.get("KB_TEST_QDRANT_URL", "")
_COUNTED: Final = 10
"""Questions of which the calls are counted."""
_READS: Final = [name for name in vars(ChunkReader) if not name.startswith("_")]


Calls = list[tuple[str, float]]
"""Names of functions that were called, and the milliseconds that each call took."""


def steps(places: Places, size: str, scale: Scale) -> Figures:
    """Search, and note what each step takes and what it asks the store for."""
    place, fresh = places.at(size), questions()
    reader, engine = store(place).reader(), searcher(place)

    def ask(question: str) -> None:
        engine.view().search(question)

    p50(ask, islice(fresh, WARM))
    read = [calls_of(ask, question, type(reader), _READS) for question in islice(fresh, _COUNTED)]
    with calls(search.pipeline, search.pipeline.STEPS) as made:
        whole = p50(ask, islice(fresh, scale.questions))
    spent = {step: median(took for name, took in made if name == step) for step in search.pipeline.STEPS}
    return {
        "search": whole,
        "search.steps": ", ".join(f"{step} {took / sum(spent.values()):.0%}" for step, took in spent.items()),
        "search.calls": max(map(len, read)),
        "product": _product(reader.manifest.chunks + reader.manifest.questions, reader.manifest.dimension, scale),
    }


@contextmanager
def calls(owner: Any, names: Iterable[str]) -> Iterator[Calls]:
    """Yield the calls of some functions of a module or a class: a list that grows."""
    made: Calls = []

    def noted(name: str, function: Any) -> Any:
        @wraps(function)
        def run(*given: Any, **named: Any) -> Any:
            started = time.perf_counter()
            result = function(*given, **named)
            if isinstance(result, Generator):  # it asks the store before it returns
                return ended(name, result)
            made.append((name, (time.perf_counter() - started) * 1000))
            return result

        return run

    def ended(name: str, work: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        started = time.perf_counter()
        result = yield from work
        made.append((name, (time.perf_counter() - started) * 1000))
        return result

    with ExitStack() as changed:
        for name in names:
            changed.enter_context(patch.object(owner, name, noted(name, getattr(owner, name))))
        yield made


def calls_of(action: Any, text: str, owner: Any, names: Iterable[str]) -> Calls:
    """Return the calls that one action makes."""
    with calls(owner, names) as made:
        action(text)
    return made


def _product(texts: int, dimension: int, scale: Scale) -> float:
    """Return the median of one exact scan: the product of a vector with so many."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((texts, dimension), np.float32)
    asked = {str(place): random.standard_normal(dimension, np.float32) for place in range(scale.questions)}
    return p50(lambda place: np.vecdot(vectors, asked[place]), asked)


def qdrant(places: Places, size: str, scale: Scale) -> Figures:
    """Push an index to a server and search there."""
    place, fresh = places.at(size), questions()
    reader, model = store(place).reader(), encoder(place)
    with _server() as server:
        started = time.perf_counter()
        server.replace(reader.points(), reader.manifest)
        pushed = time.perf_counter() - started
        engine = Searcher(server, model, recipe(model.fingerprint, place.chunk_tokens, place.chunk_overlap))

        def ask(question: str) -> None:
            engine.view().search(question)

        ask(next(fresh))
        trips = [calls_of(ask, question, Nodes, ["ask"]) for question in islice(fresh, _COUNTED)]
        figures: Figures = {"qdrant.trips": max(map(len, trips))}
        if ADDRESS:
            figures |= {
                "qdrant": percentiles([timed(ask, question) for question in islice(fresh, scale.questions)]),
                "qdrant.push": pushed,
                "qdrant.update": _update(server, scale),
            }
    return figures


def _update(server: ServerStore, scale: Scale) -> float:
    """Write a note anew, as it is; the median in milliseconds."""
    reader = server.reader()
    records = [*reader.points()]
    note_id = note_and_language(records[0].record_id)[0]
    own = [point for point in records if note_and_language(point.record_id)[0] == note_id]
    return p50(lambda _: server.update(own, [note_id], reader.manifest), map(str, range(scale.saves)))


@contextmanager
def _server() -> Iterator[ServerStore]:
    """Open a store under a name of its own; all that is of this name is gone afterwards."""
    nodes = Nodes.at(ADDRESS, None, 60) if ADDRESS else Nodes([QdrantClient(":memory:")])
    alias = f"kb-bench-{secrets.token_hex(4)}"
    try:
        yield ServerStore(nodes, alias, Layout(replicas=2 if "," in ADDRESS else 1))
    finally:
        for collection in nodes.ask("be cleared", lambda client: client.get_collections().collections):
            if collection.name.startswith(alias):
                nodes.ask("be cleared", lambda client, name=collection.name: client.delete_collection(name))
        nodes.close()
