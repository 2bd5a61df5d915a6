"""More than a server can carry: clients that ask without a pause, connections that send half a request, a slow stop.

Times are compared within one run, and only in the long form: `make test-deep`.
"""

import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.depth import DEEP, depth

HALF = b"POST /v1/search HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
QUESTIONS = ("hameçonnage", "ransomware in een ziekenhuis", "who takes down child abuse images?", "fraude au président")
LONG = {"similar_to": {"text": "All files of the town hall are encrypted, and each screen asks for bitcoins. " * 40}}


@pytest.fixture
def running(start_server, data_dir):
    server = start_server(KB_DATA_DIR=data_dir, KB_RATE_LIMIT="0")
    yield server
    server.stop()


def asked(server, clients, seconds, long=False):
    """The times of what was answered and all statuses, of so many clients that ask one question after the other."""
    times, statuses, end = [], set(), time.monotonic() + seconds

    def ask(number):
        with httpx.Client(base_url=server.client.base_url, timeout=60, trust_env=False) as client:
            while time.monotonic() < end:
                started = time.perf_counter()
                if long:
                    answer = client.post("/v1/search", json=LONG)
                else:
                    answer = client.get("/v1/search", params={"q": QUESTIONS[(number + len(times)) % len(QUESTIONS)]})
                statuses.add(answer.status_code)
                if answer.is_success:
                    times.append(time.perf_counter() - started)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times), statuses


def share(times, part):
    return times[int(part * (len(times) - 1))]


def memory(server):
    """Pages of memory that the server holds."""
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])


@pytest.mark.deep
@pytest.mark.timeout(2400)
def test_many_clients_that_ask_without_a_pause_are_answered_or_told_to_wait(running, record_property):
    few, _ = asked(running, 16, depth(2, 60))
    warm = memory(running)
    many, statuses = asked(running, 64, depth(2, 1800))
    figures = {
        "p99 of 16 clients": share(few, 0.99),
        "p99 of 64": share(many, 0.99),
        "memory": memory(running) / warm,
        "answers": len(many),
    }
    print(figures)
    assert statuses <= {200, 429, 503}
    assert running.client.get("/readyz").is_success
    if DEEP:
        assert figures["p99 of 64"] <= 5 * figures["p99 of 16 clients"]
        assert figures["memory"] <= 1.02


@pytest.mark.deep
@pytest.mark.timeout(300)
def test_short_questions_need_not_wait_for_long_texts_of_others(running):
    alone, _ = asked(running, 1, depth(1, 20))
    texts = threading.Thread(target=asked, args=(running, 4, depth(4, 30), True))
    texts.start()
    beside, statuses = asked(running, 1, depth(2, 20))
    texts.join()
    print({"p50 alone": share(alone, 0.5), "p50 beside four long texts": share(beside, 0.5), "asked": len(beside)})
    assert statuses == {200}
    if DEEP:
        assert share(beside, 0.5) <= 2 * share(alone, 0.5)


@pytest.mark.deep
@pytest.mark.timeout(300)
def test_requests_that_are_half_sent_stop_nobody_and_not_the_end(start_server, data_dir):
    server = start_server(KB_DATA_DIR=data_dir, KB_RATE_LIMIT="0")
    alone, _ = asked(server, 1, depth(1, 20))
    begun = len(server.output)
    with ExitStack() as opened:
        address = (server.client.base_url.host, server.client.base_url.port)
        for _ in range(depth(100, 1_050)):
            connection = opened.enter_context(socket.create_connection(address, timeout=10))
            connection.sendall(HALF)
        beside, statuses = asked(server, 1, depth(1, 60))
        print({"p99 alone": share(alone, 0.99), "p99 beside half requests": share(beside, 0.99)})
        assert statuses == {200}
        server.stop()
    assert len(server.output) - begun < 1_000_000
    if DEEP:
        assert share(beside, 0.99) <= 3 * share(alone, 0.99)
