"""Traces for OpenTelemetry, sent to the collector that the operator names.

A span for each request, by the template of its route, and one for each step of its search. No question, id of a note
or key, no address of a caller and no message of an error is in them. Nothing else in this process is traced: the
libraries that could do so by themselves would send what was asked.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from typing import Final

from kb.errors import KbError, SettingsError

try:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
    from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    from opentelemetry.trace import SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as missing:
    raise SettingsError(
        "KB_TRACES_URL needs packages that are not installed.", remedy='`pip install "benelux-practice-base[traces]"`.'
    ) from missing

RecordAnswer = Callable[[str, int, KbError | None], None]
"""Records what became of a request: the template of its route, the status of its answer, its error if any."""
_NAME: Final = "benelux-practice-base"
_PARENT: Final = b"traceparent"
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Any other could be a text; it is recorded as `_OTHER`, as the semantic conventions have it."""
_PATIENCE: Final = 2
"""Seconds that the last spans may take to be sent when the server ends."""


class Traces:
    """What one server tells of its requests. Safe to share between threads."""

    def __init__(self, exporter: SpanExporter, *, believed: bool = False) -> None:
        """Take what sends spans on (`to_collector`). believed: whether requests may say of which trace they are part"""
        own = Resource.create({"service.name": _NAME, "service.version": version(_NAME)})
        self._provider = TracerProvider(ALWAYS_ON, own, shutdown_on_exit=False)
        self._believed = believed
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(_NAME)

    @contextmanager
    def request(self, method: str, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[RecordAnswer]:
        """Trace a request, as part of the trace that it names (W3C Trace Context) if that is believed."""
        method = method if method in _METHODS else "_OTHER"
        believed = [value.decode("latin-1") for name, value in headers if name == _PARENT and self._believed]
        within = TraceContextTextMapPropagator().extract({"traceparent": believed[0]} if believed else {})
        with self._tracer.start_as_current_span(
            method, within, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:

            def record_answer(route: str, status: int, error: KbError | None) -> None:
                span.update_name(f"{method} {route}")
                span.set_attributes(
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                )
                if error:
                    span.set_attribute("error.type", type(error).__name__)
                if status >= 500:  # what is refused is no error of the server
                    span.set_status(Status(StatusCode.ERROR))

            yield record_answer

    def step(self, name: str) -> AbstractContextManager[object]:
        """Trace a step of a search (`search.view.Step`)."""
        return self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)

    def close(self) -> None:
        """Send the last spans, if the collector takes them in time."""
        ending = threading.Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(_PATIENCE)


def to_collector(url: str) -> SpanExporter:
    """Return what sends spans by OTLP over HTTP. url: of the collector, for example http://127.0.0.1:4318/v1/traces"""
    logging.getLogger("opentelemetry.exporter").setLevel(logging.ERROR)  # a collector that is gone: one line a batch
    return OTLPSpanExporter(endpoint=url, timeout=5)
