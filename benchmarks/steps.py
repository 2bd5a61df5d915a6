"""A search in this process: what each step takes of it, and how often it asks the store; the exact product alone."""

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Final
from unittest.mock import patch

import numpy as np

import search.pipeline
from api.compose import encoder
from benchmarks.places import Places
from benchmarks.timing import Found, Scale, p50, questions
from kb.encoder.encoders import Encoder
from kb.store.manifest import recipe
from kb.store.protocol import ChunkReader, ChunkStore
from search.service import Searcher

LISTS: Final = "lists"
"""Ranked lists, counted besides the calls in which they are asked for."""


def measure(places: Places, scale: Scale) -> Found:
    """Search in every size."""
    model = encoder(places.at(scale.sizes[0]).settings)
    found: Found = {}
    for size in scale.sizes:
        place = places.at(size)
        counted = CountingStore(place.store)
        engine = searching(counted, model, place.settings)
        asked = questions(scale.questions)
        for question in asked[:8]:
            engine.view().search(question)
        counted.calls.clear()
        for question in asked[:8]:
            engine.view().search(question)
        lists, calls = counted.calls.pop(LISTS), counted.calls.total()
        with shares() as spent:
            whole = p50(engine.view().search, asked)
        manifest = counted.reader().manifest
        found[size] = {
            "search.p50": whole,
            "search.steps": ", ".join(f"{name} {share:.0f}" for name, share in spent().items()),
            "search.calls": calls / len(asked[:8]),
            "search.lists": lists / len(asked[:8]),
            "product.p50": product(manifest.chunks + manifest.questions, manifest.dimension, scale.questions),
        }
    return found


def searching(store: ChunkStore, model: Encoder, settings: Any) -> Searcher:
    """Return a Searcher on a store."""
    return Searcher(store, model, recipe(model.fingerprint, settings.chunk_tokens, settings.chunk_overlap))


@contextmanager
def shares() -> Iterator[Callable[[], dict[str, float]]]:
    """Clock the steps of searches; yield a function that returns the median of each in per cent of all."""
    spent: dict[str, list[float]] = defaultdict(list)

    def clocked(step: Callable[..., Any], name: str, *given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        result = step(*given, **named)
        if isinstance(result, Generator):  # it asks the store
            return waited_for(result, name)
        spent[name].append(time.perf_counter() - started)
        return result

    def waited_for(work: Generator[Any, Any, Any], name: str) -> Generator[Any, Any, Any]:
        started = time.perf_counter()
        result = yield from work
        spent[name].append(time.perf_counter() - started)
        return result

    with ExitStack() as clocks:
        for name in search.pipeline.STEPS:
            step = getattr(search.pipeline, name)
            clocks.enter_context(patch.object(search.pipeline, name, partial(clocked, step, name)))

        def result() -> dict[str, float]:
            medians = {name: statistics.median(times) for name, times in spent.items()}
            return {name: median / sum(medians.values()) * 100 for name, median in medians.items()}

        yield result


def product(texts: int, dimension: int, times: int) -> float:
    """Return the median of one exact scan: the product of a vector with so many."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((texts, dimension), np.float32)
    asked = random.standard_normal((times, dimension), np.float32)
    return p50(lambda place: np.vecdot(vectors, asked[int(place)]), map(str, range(times)))


class CountingStore:
    """A store (`ChunkStore`) that counts how often its readers are asked.

    calls: by name of what was called, and the lists that calls of `query` asked for
    """

    def __init__(self, store: ChunkStore) -> None:
        self.calls: Counter[str] = Counter()
        self._store = store
        self._open: tuple[ChunkReader, _CountingReader] | None = None

    def reader(self) -> Any:
        """Return the reader of the store, counted; the same one as long as the store's is."""
        reader = self._store.reader()
        if self._open is None or self._open[0] is not reader:
            self._open = reader, _CountingReader(reader, self.calls)
        return self._open[1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


class _CountingReader:
    def __init__(self, reader: ChunkReader, calls: Counter[str]) -> None:
        self._reader, self._calls = reader, calls

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reader, name)
        if not callable(found):
            return found

        def counted(*given: Any, **named: Any) -> Any:
            self._calls[name] += 1
            if name == "query":
                self._calls[LISTS] += sum(len(query.lists) for query in given[0])
            return found(*given, **named)

        return counted
