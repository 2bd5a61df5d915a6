"""Traces for OpenTelemetry, sent to the collector that the operator names.

A span for each request, by the template of its route, and one for each step of its search. No question, id of a note
or key, no address of a caller and no message of an error is in them. Nothing else in this process is traced: the
libraries that could do so by themselves would send what was asked.
"""

import logging
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
    from opentelemetry.trace import SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ImportError as missing:
    raise SettingsError(
        "KB_TRACES_URL needs packages that are not installed.", remedy='`pip install "benelux-practice-base[traces]"`.'
    ) from missing

Told = Callable[[str, int, KbError | None], None]
"""Says what became of a request: the template of its route, the status of its answer, its error if any."""
_NAME: Final = "benelux-practice-base"
_PARENT: Final = b"traceparent"


class Traces:
    """What one server tells of its requests. Safe to share between threads."""

    def __init__(self, exporter: SpanExporter) -> None:
        """Take what sends spans on (`to_collector`)."""
        own = Resource.create({"service.name": _NAME, "service.version": version(_NAME)})
        self._provider = TracerProvider(resource=own)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer(_NAME)

    @contextmanager
    def request(self, method: str, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Told]:
        """Trace a request, as a part of its caller's trace if it names one (W3C Trace Context)."""
        given = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers if name == _PARENT}
        within = TraceContextTextMapPropagator().extract(given)
        with self._tracer.start_as_current_span(
            method, within, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:

            def told(route: str, status: int, error: KbError | None) -> None:
                span.update_name(f"{method} {route}")
                span.set_attributes(
                    {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                )
                if error:
                    span.set_attribute("error.type", type(error).__name__)
                if status >= 500:  # what is refused is no error of the server
                    span.set_status(Status(StatusCode.ERROR))

            yield told

    def step(self, name: str) -> AbstractContextManager[object]:
        """Trace a step of a search (`search.view.Step`)."""
        return self._tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False)

    def flush(self) -> None:
        """Send what has not been sent."""
        self._provider.force_flush()


def to_collector(url: str) -> SpanExporter:
    """Return what sends spans by OTLP over HTTP. url: of the collector, for example http://127.0.0.1:4318/v1/traces"""
    logging.getLogger("opentelemetry.exporter").setLevel(logging.ERROR)  # a collector that is gone: one line a batch
    return OTLPSpanExporter(endpoint=url, timeout=5)
