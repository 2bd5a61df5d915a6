"""Connections that wait, flood or ask for no address: the server stays, and its log stays short."""

import logging
import os
import resource
import socket
import threading
import time
from contextlib import ExitStack

import httpx
import pytest

from api.http.app import bare_app
from api.http.connections import BoundedServer, OncePerMinute
from api.http.serving import listen

HALF = b"GET /healthz HTTP/1.1\r\nHost: test\r\n"
PUBLIC = "https://kb.example"


@pytest.fixture
def bounded():
    """Starts a server with these limits on a thread, and returns its port."""
    with ExitStack() as running:

        def start(seconds, connections):
            listener = running.enter_context(listen("127.0.0.1", 0))
            server = BoundedServer(bare_app(public_url=PUBLIC), seconds, connections)
            thread = threading.Thread(target=server.run, args=([listener],))
            thread.start()
            running.callback(thread.join, 10)
            running.callback(setattr, server, "should_exit", True)
            return listener.getsockname()[1]

        yield start


def send(port, sent):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(sent)
    return connection


def received(connection):
    """All that arrives until the other side closes."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize(
    "lengths", [("Content-Length: 5", "Transfer-Encoding: chunked"), ("Transfer-Encoding: chunked",)]
)
def test_a_request_of_two_lengths_is_the_last_of_its_connection(bounded, lengths):
    head = "\r\n".join(("POST /nothing HTTP/1.1", "Host: test", *lengths)).encode()
    body = b"\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    with send(bounded(seconds=5, connections=10), head + body + HALF + b"Connection: close\r\n\r\n") as connection:
        answers = received(connection)
    assert answers.count(b"HTTP/1.1 404") == 1
    assert answers.count(b"HTTP/1.1 200") == (len(lengths) == 1)


@pytest.mark.parametrize("sent", [b"", HALF, HALF + b"\r\n" + HALF], ids=["nothing", "half a head", "after an answer"])
def test_a_request_that_does_not_arrive_is_given_up(bounded, sent):
    with send(bounded(seconds=1, connections=10), sent) as connection:
        assert received(connection).count(b"HTTP/1.1 200") == (sent.count(HALF) == 2)


def test_waiting_connections_give_way_to_new_ones(bounded):
    port = bounded(seconds=60, connections=10)
    with ExitStack() as waiting:
        first, *_ = [waiting.enter_context(send(port, HALF)) for _ in range(30)]
        assert received(first) == b""
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200


def test_a_log_has_a_message_once_a_minute(monkeypatch):
    once = OncePerMinute()
    record = logging.LogRecord("kb", logging.WARNING, "", 0, "Too many: %d.", (1,), None)
    assert [once.filter(record), once.filter(record)] == [True, False]
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert once.filter(record)


def test_without_descriptors_it_refuses_and_writes_little(start_server, data_dir):
    running = start_server(KB_DATA_DIR=data_dir, KB_TIME_LIMIT=2)
    process, port = running.process.pid, int(httpx.URL(running.client.base_url).port or 0)
    assert running.client.get("/readyz").status_code == 200
    limit = max(map(int, os.listdir(f"/proc/{process}/fd"))) + 10
    resource.prlimit(process, resource.RLIMIT_NOFILE, (limit, resource.prlimit(process, resource.RLIMIT_NOFILE)[1]))
    before = len(running.output)
    with ExitStack() as waiting:
        for connection in [waiting.enter_context(send(port, HALF)) for _ in range(300)]:
            assert received(connection) == b""
    assert running.client.get("/healthz").status_code == 200
    assert running.output[before:].count("\n") == 1, running.output
    running.stop()


@pytest.mark.parametrize("target", ["GET *", "HEAD *", "OPTIONS *", "POST http://elsewhere.example/healthz"])
def test_a_target_that_is_no_path_is_refused(bounded, target):
    with send(bounded(5, 10), f"{target} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n".encode()) as asked:
        head, _, body = received(asked).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404 ")
    assert b"content-type: application/problem+json" in head
    assert body.startswith(b'{"type":') is not target.startswith("HEAD")


def test_redirects_lead_to_the_public_address(bounded):
    address = f"http://127.0.0.1:{bounded(5, 10)}/v1/notes/"
    answer = httpx.get(address, headers={"Host": "elsewhere.example"}, trust_env=False)
    assert answer.headers["location"] == f"{PUBLIC}/v1/notes"
