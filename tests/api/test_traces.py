"""Traces: what a collector of OpenTelemetry is sent, and what never is."""

import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.compose import Services, traces
from api.http.app import create_app
from kb.errors import SettingsError

SEARCH = "/v1/search?q=false+sites+of+Quuxovar&lang=en"
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector():
    """A collector on this machine: its address, and the bodies that it was sent."""
    bodies = []

    class Collect(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Collect)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/traces", bodies
    server.shutdown()
    server.server_close()


@pytest.fixture
def services(settings, content, index, collector):
    content.practice("be-a", title="Blocking false sites")
    return Services(settings.model_copy(update={"traces_url": collector[0], "rate_limit": 0}), index())


def spans(bodies):
    """The spans that were sent, the first to end first."""
    sent = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    return [
        span
        for each in sent
        for resource in each.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def attributes(span):
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_request_and_the_steps_of_its_search_are_one_trace(services, ask, collector):
    assert ask(create_app(services), SEARCH, headers={"traceparent": CALLER}).is_success
    services.traces.close()
    *steps, request = spans(collector[1])
    assert request.name == "GET /v1/search"
    assert attributes(request) == {
        "http.request.method": "GET",
        "http.route": "/v1/search",
        "http.response.status_code": 200,
    }
    assert not request.parent_span_id  # anybody could have said so
    assert {step.name for step in steps} == {"encode", "answer"}
    assert {step.parent_span_id for step in steps} == {request.span_id}
    assert {step.trace_id for step in steps} == {request.trace_id}


def test_behind_a_trusted_proxy_a_request_is_part_of_the_trace_that_it_names(settings, content, index, ask, collector):
    content.practice("be-a")
    proxied = settings.model_copy(update={"traces_url": collector[0], "trusted_proxies": "127.0.0.1"})
    services = Services(proxied, index())
    app = create_app(services)
    for header in (CALLER, "nonsense"):
        assert ask(app, SEARCH, headers={"traceparent": header}).is_success
    services.traces.close()
    first, second = (span for span in spans(collector[1]) if span.name == "GET /v1/search")
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == tuple(CALLER.split("-")[1:3])
    assert not second.parent_span_id


def test_no_question_note_address_or_message_is_sent(services, ask, collector, monkeypatch):
    app = create_app(services)
    for address in (SEARCH, "/en/?q=Quuxovar", "/en/notes/be-a", "/v1/notes/no-Quuxovar", "/Quuxovar", f"{SEARCH}&x=1"):
        ask(app, address)
    ask(app, "/en/", method="POST", data={"q": "A story of Quuxovar.\nIt goes on."})
    ask(app, "/v1/search", method="POST", json={"q": "Quuxovar"}, headers={"Authorization": "Bearer kb_Quuxovar"})
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "Quuxovar", "arguments": {}}}
    ask(app, "/mcp", method="POST", json=call, headers={"accept": "application/json, text/event-stream"})
    ask(app, "/", method="QUUXOVAR")
    monkeypatch.setattr(services.searcher, "view", lambda *_: 1 / 0)
    assert ask(app, SEARCH).status_code == 500
    services.traces.close()
    sent = b"".join(collector[1])
    kept_back = (b"Quuxovar", b"false", b"be-a", b"127.0.0.1", b"division", b"testclient")
    assert not [word for word in kept_back if word in sent]
    requests = [span for span in spans(collector[1]) if span.name.startswith("GET ")]
    told = [(span.name, attributes(span).get("error.type"), span.status.code) for span in requests]
    assert ("GET /v1/notes/{note_id}", "NotFound", 0) in told
    assert told[-1] == ("GET /v1/search", "KbError", 2)
    assert {"POST /v1/search", "_OTHER /"} <= {span.name for span in spans(collector[1])}


def test_a_collector_that_is_not_there_stops_no_answer(settings, content, index, ask, caplog):
    content.practice("be-a")
    services = Services(settings.model_copy(update={"traces_url": "http://127.0.0.1:9/v1/traces"}), index())
    assert ask(create_app(services), SEARCH).is_success
    services.traces.close()
    assert "Quuxovar" not in caplog.text
    assert not [record for record in caplog.records if record.levelname == "WARNING"]  # one for each try


def test_a_collector_that_is_silent_does_not_keep_a_server_from_ending(settings, content, index, ask):
    content.practice("be-a")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces"
        services = Services(settings.model_copy(update={"traces_url": url}), index())
        app = create_app(services)
        for _ in range(3):
            assert ask(app, SEARCH).is_success
        begun = time.monotonic()
        services.traces.close()
        assert time.monotonic() - begun < 5


def test_without_its_packages_a_server_says_what_to_install(settings, monkeypatch):
    monkeypatch.delitem(sys.modules, "api.traces", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(SettingsError, match="KB_TRACES_URL") as refused:
        traces(settings.model_copy(update={"traces_url": "http://127.0.0.1:9"}))
    assert "benelux-practice-base[traces]" in refused.value.remedy
    assert traces(settings) is None
