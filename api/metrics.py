"""Metrics for Prometheus, on a port of their own. No question, no id of a note or key, and no address is in them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from math import nan
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    start_http_server,
)

from kb.errors import KbError, SettingsError

if TYPE_CHECKING:
    from search.service import Searcher
    from search.view import Generation

disable_created_metrics()  # type: ignore[no-untyped-call]  # a time for each of a thousand: nobody looks at it
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_OF_INDEX: Final[dict[str, tuple[str, Callable[["Generation"], float]]]] = {
    "kb_index_notes": ("Notes in the index, restricted ones too.", lambda index: index.reader.manifest.notes),
    "kb_index_passages": ("Passages in the index.", lambda index: index.reader.manifest.chunks),
    "kb_index_changed_timestamp_seconds": (
        "When a note of the index last changed.",
        lambda index: index.reader.manifest.journal.latest.timestamp(),
    ),
    "kb_cache_asked": ("Values asked of the cache of this generation.", lambda index: index.cache.asked),
    "kb_cache_found": ("Values that the cache of this generation had.", lambda index: index.cache.found),
}


class Metrics:
    """What one server has measured. Safe to share between threads."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Histogram(
            "kb_request_seconds",
            "Seconds until an answer begins, by the template of its route.",
            ("route", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._under_way = Gauge("kb_requests_under_way", "Requests that are being answered.", registry=registry)
        self._errors = Counter(
            "kb_errors",
            "Answers with an error, by its class: what was refused, or failed.",
            ("error",),
            registry=registry,
        )
        self._steps = Histogram(
            "kb_search_step_seconds",
            "Seconds that a search takes: `encode` the question, `answer` it.",
            ("step",),
            buckets=_SECONDS,
            registry=registry,
        )
        self._steps_under_way = Gauge(
            "kb_search_steps_under_way",
            "Searches that wait in a step or are in it; in `encode`: for the encoder.",
            ("step",),
            registry=registry,
        )

    def answered(self, route: str, status: int, seconds: float, error: KbError | None) -> None:
        """Count an answer."""
        self._requests.labels(route, f"{status // 100}xx").observe(seconds)
        if error:
            self._errors.labels(type(error).__name__).inc()

    def under_way(self) -> AbstractContextManager[object]:
        """Return what a request is answered within."""
        return self._under_way.track_inprogress()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step of a search (`search.view.Step`)."""
        with self._steps_under_way.labels(name).track_inprogress(), self._steps.labels(name).time():
            yield

    def watch(self, searcher: "Searcher", failed_notes: Callable[[], float]) -> None:
        """Measure a search that has opened nothing yet. failed_notes: returns how many the last `kb index` refused"""
        told = {
            "kb_index_generations": ("Generations of the index that were opened.", lambda: searcher.opened),
            "kb_failed_notes": ("Notes with errors, as the last `kb index` or `kb watch` found them.", failed_notes),
        }
        for name, (meaning, value) in told.items():
            Gauge(name, meaning, registry=self.registry).set_function(value)
        for name, (meaning, of) in _OF_INDEX.items():
            Gauge(name, meaning, registry=self.registry).set_function(
                lambda of=of: nan if searcher.current is None else of(searcher.current)  # type: ignore[misc]  # of a default
            )

    def serve(self, host: str, port: int) -> int:
        """Listen on a thread; returns the port. Raises SettingsError."""
        try:
            return start_http_server(port, host, self.registry)[0].server_port
        except (OSError, OverflowError) as error:
            raise SettingsError(
                f"Metrics cannot be served on {host}:{port}: {getattr(error, 'strerror', '') or error}.",
                remedy="Choose another KB_METRICS_PORT or KB_METRICS_HOST.",
            ) from error
