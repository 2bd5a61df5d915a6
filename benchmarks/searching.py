"""A search in this process: what each step takes of it, how often it asks the store, and how often a Qdrant server.

Where KB_TEST_QDRANT_URL names a real server (or the nodes of a cluster, separated by commas), also how long things take
there; nothing is left behind on it but what was there. Else the client's own engine in memory stands in for it, and
only the calls are counted.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from inspect import isgeneratorfunction
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
from kb.errors import StoreUnavailable
from kb.store.manifest import recipe
from kb.store.protocol import ChunkReader
from kb.store.server.layout import Layout
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore
from search.service import Searcher

ADDRESS: Final = os.environ.get("KB_TEST_QDRANT_URL", "")
_COUNTED: Final = 10
"""Questions of which the calls are counted."""
_DAY: Final = 24 * 60 * 60 * 10**9
"""Nanoseconds."""
_READS: Final = [name for name in vars(ChunkReader) if not name.startswith("_")]

Calls = list[tuple[str, float]]
"""Names of functions that were called, and the milliseconds that each call took."""


def steps(places: Places, size: str, scale: Scale) -> Figures:
    """Search, and note what each step takes and what it asks the store for."""
    place, fresh = places.at(size), questions()
    reader, ask = store(place).reader(), asking(searcher(place))
    p50(ask, islice(fresh, WARM))
    read = most_calls(ask, islice(fresh, _COUNTED), type(reader), _READS)
    with calls(search.pipeline, search.pipeline.STEPS) as made:
        times = [timed(ask, question) for question in islice(fresh, scale.questions)]
    spent = {step: sum(took for name, took in made if name == step) for step in search.pipeline.STEPS}
    shares = {step: took / sum(times) for step, took in {**spent, "store": sum(times) - sum(spent.values())}.items()}
    return {
        "search": median(times),
        "search.steps": ", ".join(f"{step} {share:.0%}" for step, share in shares.items() if share >= 0.05),
        "search.calls": read,
        "product": _product(reader.manifest.chunks + reader.manifest.questions, reader.manifest.dimension, scale),
    }


def asking(engine: Searcher) -> Callable[[str], object]:
    """Return what searches for a question."""
    return lambda question: engine.view().search(question)


@contextmanager
def calls(owner: Any, names: Iterable[str]) -> Iterator[Calls]:
    """Yield the calls of some functions of a module or a class: a list that grows. Waiting is no part of their time,
    nor are calls within a call.
    """
    made: Calls = []
    within = [0.0]

    @contextmanager
    def noted(name: str) -> Iterator[None]:
        started = time.perf_counter()
        within.append(0.0)
        try:
            yield
        finally:
            took = (time.perf_counter() - started) * 1000
            made.append((name, took - within.pop()))
            within[-1] += took

    def noting(name: str, function: Any) -> Any:
        def run(*given: Any, **named: Any) -> Any:
            with noted(name):
                return function(*given, **named)

        def run_on(*given: Any, **named: Any) -> Any:  # it waits for the store before it returns
            work, answer = function(*given, **named), None
            try:
                while True:
                    with noted(name):
                        asked = work.send(answer)
                    answer = yield asked
            except StopIteration as ended:
                return ended.value

        return run_on if isgeneratorfunction(function) else run

    with ExitStack() as changed:
        for name in names:
            changed.enter_context(patch.object(owner, name, noting(name, getattr(owner, name))))
        yield made


def most_calls(action: Callable[[str], object], texts: Iterable[str], owner: Any, names: Iterable[str]) -> int:
    """Return how many of these calls an action makes at most with one of these texts."""
    found = []
    for text in texts:
        with calls(owner, names) as made:
            action(text)
        found.append(len(made))
    return max(found)


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
        ask = asking(Searcher(server, model, recipe(model.fingerprint, place.chunk_tokens, place.chunk_overlap)))
        ask(next(fresh))
        figures: Figures = {"qdrant.trips": most_calls(ask, islice(fresh, _COUNTED), Nodes, ["ask"])}
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
    note_id = min(reader.facet("note_id", {}))
    own = [point for point in reader.points() if point.payload["note_id"] == note_id]
    return p50(lambda _: server.update(own, [note_id], reader.manifest), map(str, range(scale.saves)))


@contextmanager
def _server() -> Iterator[ServerStore]:
    """Open a store on the server, or on what stands in for it."""
    nodes = Nodes.at(ADDRESS, None, 60) if ADDRESS else Nodes([QdrantClient(":memory:")])
    with closing(nodes), cleared(nodes, "kb-bench") as alias:
        yield ServerStore(nodes, alias, Layout(replicas=2 if "," in ADDRESS else 1))


@contextmanager
def cleared(nodes: Nodes, kind: str) -> Iterator[str]:
    """Yield a name on a server, all of which is gone afterwards.

    What is of this kind, and older than a day, goes before: a run that was ended by force has left it.
    """
    alias = f"{kind}-{time.time_ns()}"

    def clear(is_left: Callable[[str], bool]) -> None:
        for collection in nodes.ask("be cleared", lambda client: client.get_collections().collections):
            if is_left(collection.name):
                with suppress(StoreUnavailable):  # the others go all the same
                    nodes.ask("be cleared", lambda client, name=collection.name: client.delete_collection(name))

    def is_old(name: str) -> bool:
        made = re.match(rf"{kind}-(\d+)", name)
        return made is not None and int(made[1]) < time.time_ns() - _DAY

    try:
        clear(is_old)
        yield alias
    finally:
        clear(lambda name: name.startswith(alias))
