"""How answers travel: compressed, in time, and to scripts of the sites that the operator names."""

import asyncio
import json
import threading
import zlib

import httpx
import pytest
import zstandard
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, TracerProvider

from api.http.app import bare_app
from api.http.guard import Deadline, Guard
from kb.errors import SettingsError
from kb.settings import load_settings

SITE = "https://portal.example"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("zstd", "zstd"), ("gzip, zstd", "zstd"), ("gzip", "gzip"), ("br", None), ("identity", None), ("", None)],
)
def test_an_answer_is_compressed_as_the_caller_can_read_it(client, accepted, encoding):
    with client.stream("GET", "/v1/taxonomy", headers={"accept-encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == encoding
    assert "accept-encoding" in answer.headers["vary"].lower()
    opened = {
        "zstd": lambda: zstandard.ZstdDecompressor().decompressobj().decompress(raw),
        "gzip": lambda: zlib.decompress(raw, 31),
        None: lambda: raw,
    }[encoding]()
    assert json.loads(opened) == client.get("/v1/taxonomy").json()
    assert encoding is None or len(raw) < len(opened) / 3


@pytest.mark.parametrize("path", ["/v1/notes/be-baps/stix", "/v1/schema/note.json", "/catalog.jsonld", "/fr/feed.atom"])
def test_formats_of_others_are_compressed_too(client, path):
    with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(raw) < len(zlib.decompress(raw, 31)) / 2


@pytest.fixture
def open_to_a_site(collection, searcher, serve):
    origins = f"{SITE}, http://other.example:8080"
    return serve(collection.model_copy(update={"cors_origins": origins}), searcher).client


def test_scripts_of_a_named_site_may_ask(open_to_a_site):
    wanted = {"Origin": SITE, "Access-Control-Request-Method": "POST"}
    asked = open_to_a_site.options(
        "/v1/search", headers={**wanted, "Access-Control-Request-Headers": "authorization, content-type"}
    )
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == SITE
    assert "POST" in asked.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in asked.headers
    answer = open_to_a_site.post("/v1/search", json={"q": "phishing"}, headers={"Origin": SITE})
    assert "ETag" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]
    refused = open_to_a_site.post("/v1/search", content=b"x" * 400_001, headers={"Origin": SITE})
    assert (answer.status_code, refused.status_code) == (200, 413)
    for readable in (answer, refused):
        assert readable.headers["access-control-allow-origin"] == SITE


@pytest.mark.parametrize("origin", [f"{SITE}.evil.example", "null", f"{SITE}:8443"])
def test_scripts_of_other_sites_may_not(open_to_a_site, origin):
    wanted = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    assert "access-control-allow-origin" not in open_to_a_site.options("/v1/search", headers=wanted).headers
    answer = open_to_a_site.get("/v1/search", params={"q": "phishing"}, headers={"Origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_without_a_word_of_the_operator_no_site_may(client, assert_problem):
    wanted = {"Origin": SITE, "Access-Control-Request-Method": "GET"}
    answer = client.options("/v1/search", headers=wanted)
    assert_problem(answer, 405)
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "wrong", ["*", "portal.example", "https://portal.example/", "https://Portal.example", "https://*.example"]
)
def test_what_is_no_site_is_refused(monkeypatch, wrong):
    monkeypatch.setenv("KB_CORS_ORIGINS", wrong)
    with pytest.raises(SettingsError, match="KB_CORS_ORIGINS"):
        load_settings()


SCOPE = {
    "type": "http",
    "method": "GET",
    "path": "/v1/search",
    "raw_path": b"/v1/search",
    "headers": [(b"host", b"test")],
    "query_string": b"",
    "app": None,
}


async def nothing_arrives():
    await asyncio.Event().wait()
    raise AssertionError


def collect(sent):
    async def send(message):
        sent.append(message)

    return send


def answered(sent):
    """Return the answer that two messages make."""
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return httpx.Response(start["status"], headers=headers, content=body["body"])


def run(seconds, begin, fails=False):
    """Return what is sent until the deadline, and what is sent after what the application waits for has happened.

    begin: whether the application has begun its answer by then; fails: whether it fails at the end
    """

    async def both():
        happened, sent = asyncio.Event(), []
        start = {"type": "http.response.start", "status": 200, "headers": []}

        async def app(scope, receive, send):
            if begin:
                await send(start)
            await happened.wait()
            if not begin:
                await send(start)
            await send({"type": "http.response.body", "body": b"late"})
            if fails:
                raise RuntimeError("what was asked")

        async def send(message):
            sent.append(message)
            if message.get("status") == 503:  # what the application waits for happens while it is refused
                happened.set()
                await asyncio.sleep(0)

        asking = asyncio.create_task(Deadline(app, seconds)(SCOPE, nothing_arrives, send))
        await asyncio.wait({asking}, timeout=0.3)
        before = [*sent]
        happened.set()
        await asking
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()} or {asking})
        return before, sent[len(before) :]

    return asyncio.run(both())


@pytest.mark.parametrize("fails", [False, True])
def test_an_answer_that_does_not_begin_in_time_is_refused_and_never_sent(assert_problem, caplog, fails):
    before, after = run(0.05, begin=False, fails=fails)
    assert_problem(answered(before), 503)
    assert after == []
    assert "what was asked" not in caplog.text


@pytest.mark.parametrize(("seconds", "begin"), [(0.05, True), (0, False), (30, False)])
def test_an_answer_that_has_begun_or_may_take_its_time_is_given(seconds, begin):
    before, after = run(seconds, begin)
    assert len(before) == begin
    assert [*before, *after][-1]["body"] == b"late"


def test_a_body_that_does_not_arrive_is_given_up(assert_problem):
    sent = []
    guard = Guard(bare_app(), 0.05)
    asyncio.run(guard({**SCOPE, "method": "POST"}, nothing_arrives, collect(sent)))
    answer = answered(sent)
    assert answer.headers["connection"] == "close"
    assert_problem(answer, 408)


def test_what_has_not_begun_when_it_is_given_up_is_not_begun():
    begun = []

    def work():
        begun.append(1)
        threading.Event().wait(0.3)

    async def once():
        one_thread = CapacityLimiter(1)

        async def app(scope, receive, send):
            await to_thread.run_sync(work, limiter=one_thread)

        asked = (Deadline(app, 0.1)(SCOPE, nothing_arrives, collect([])) for _ in range(5))
        await asyncio.gather(*asked)
        late = asyncio.all_tasks() - {asyncio.current_task()}
        assert one_thread.borrowed_tokens == len(late) == 1  # the thread that works
        await asyncio.wait(late)

    asyncio.run(once())
    assert len(begun) == 1


class Collector(TracerProvider):
    """Notes whatever begins to be traced."""

    def __init__(self):
        self.traced = []

    def get_tracer(self, *_, **__):
        return self

    def start_span(self, *given, **named):
        self.traced.append((given, named))
        return INVALID_SPAN


@pytest.mark.parametrize("mine", [True, False], ids=["our application", "another"])
def test_whatever_collects_traces_in_the_process_learns_of_no_request(ask, monkeypatch, mine):
    collector = Collector()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", collector)
    app = bare_app() if mine else FastAPI()
    assert ask(app, "/healthz?q=phishing").status_code == (200 if mine else 404)
    assert bool(collector.traced) is not mine
