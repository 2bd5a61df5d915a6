"""The real server on the real collection, and the one helper that knows what an error must look like."""

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx
import pytest

from api.compose import Services
from api.http.app import create_app
from api.http.connections import BoundedServer
from api.http.serving import listen

REPOSITORY = Path(__file__).parents[2]
MEMBERS = {"type", "code", "title", "status", "detail", "remedy", "field", "allowed"}
DEADLINE = 90.0


def environment(**settings):
    """The environment of a child process: none of the operator's settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    kept["KB_RATE_LIMIT"] = "0"  # all tests ask from one address
    return {**kept, **{name: str(value) for name, value in settings.items()}}


class Asked:
    """The questions that a server was asked, which it must write down nowhere."""

    def __init__(self):
        self._questions = set()

    def client(self, address):
        """Return a client that remembers what it asks."""
        return httpx.Client(base_url=address, timeout=30, trust_env=False, event_hooks={"request": [self._remember]})

    def assert_not_in(self, written):
        """Fail where a question, or a trace of a defect, was written down."""
        assert "Traceback" not in written
        assert "Unexpected" not in written, written
        forms = {form(question) for question in self._questions for form in (str, quote, quote_plus)}
        assert not [form for form in forms if form in written], "the server wrote a question down"

    def _remember(self, request):
        self._questions |= {value for value in request.url.params.get_list("q") if len(value) > 8}


class ThreadServer(logging.Handler):
    """The application behind a port, on a thread of this process: there at once, with the encoder that tests have."""

    def __init__(self, settings, searcher):
        super().__init__()
        self._written = []
        self._asked = Asked()
        self._listener = listen("127.0.0.1", 0)
        app = create_app(Services(settings, searcher))
        self._server = BoundedServer(app, settings.time_limit, trusted_proxies=settings.trusted_proxies)
        self._loggers = (logging.getLogger(), logging.getLogger("uvicorn"))
        for logger in self._loggers:
            logger.addHandler(self)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)
        self._thread.start()
        self.client = self._asked.client(f"http://127.0.0.1:{self._listener.getsockname()[1]}")

    def emit(self, record):
        """Keep what is logged, but for what a test logs that asks an application by itself."""
        if record.threadName != "MainThread":
            self._written.append(self.format(record))

    @property
    def output(self):
        """All that was logged."""
        return "\n".join(self._written)

    def stop(self):
        """End it, and look at what it has logged."""
        self.client.close()
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()
        for logger in self._loggers:
            logger.removeHandler(self)
        assert not self._thread.is_alive()
        self._asked.assert_not_in(self.output)


class Server:
    """`kb serve` in a process of its own. `output` is all it has written."""

    def __init__(self, *options, **settings):
        self.output = ""
        self._asked = Asked()
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from api.cli.main import app; app()", "serve", "--port", "0", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=REPOSITORY,
            env=environment(**settings),
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        try:
            address = self.wait_for(re.compile(r"^Ready at (http://\S+)$", re.MULTILINE))
            self.wait_for(re.compile(r"^Try: .*\n", re.MULTILINE))
        except BaseException:
            self._end()
            raise
        self.client = self._asked.client(address)

    def wait_for(self, pattern):
        """Wait until the server has written this, and return what the last group matched."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if found := pattern.search(self.output):
                return found[found.re.groups]
            assert self.process.poll() is None, self.output
            time.sleep(0.02)
        raise AssertionError(f"the server was not ready in time: {self.output}")

    def stop(self, expected=(0, -signal.SIGTERM)):
        """End it as an operator would, and look at what it leaves behind."""
        self.client.close()
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=20)
        finally:
            self._end()
        assert code in expected, self.output
        assert time.monotonic() - started < 10
        self._asked.assert_not_in(self.output.partition("Try: ")[2].partition("\n")[2])

    def _end(self):
        self.process.kill()
        self.process.wait()
        self._reading.join(timeout=10)
        self.process.stdout.close()

    def _read(self):
        for line in self.process.stdout:
            self.output += line


@pytest.fixture(scope="session")
def data_dir(collection):
    """The data directory of the real collection, fit for a process of its own; to be read only."""
    return collection.data_dir


@pytest.fixture(scope="session")
def server(collection, searcher):
    """A server on the real collection."""
    searcher.warm_up()
    running = ThreadServer(collection, searcher)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def client(server):
    """A client of the server on the real collection."""
    return server.client


@pytest.fixture
def serve():
    """Starts a server for a test, on an index and with settings of its own."""
    with ExitStack() as running:

        def start(settings, searcher):
            server = ThreadServer(settings, searcher)
            running.callback(server.stop)
            return server

        yield start


@pytest.fixture(scope="session")
def start_server():
    """Starts a server with settings of its own."""
    return Server


@pytest.fixture(scope="session")
def assert_problem():
    """Checks that an answer is a problem of this status, by RFC 9457 and our own promises, and returns it."""

    def check(answer, status, *, field=None):
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert {"type", "code", "title", "status", "detail"} <= set(body) <= MEMBERS
        assert body["type"] == f"/problems#{body['code']}"
        assert body["status"] == status
        assert body["title"]
        assert body["detail"]
        assert all(body.values()), "a member that says nothing is left out"
        for leak in ("Traceback", ".py", "site-packages", ", line ", "pydantic", "UnicodeEncodeError"):
            assert leak not in answer.text
        if field is not None:
            assert body["field"] == field
        return body

    return check


@pytest.fixture(scope="session")
def ask():
    """Sends one request to an application without a server."""

    def send(app, address, method="GET", **options):
        async def once():
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
                return await client.request(method, address, **options)

        return asyncio.run(once())

    return send


@pytest.fixture
def open_app(settings, index):
    """Indexes what has been written into `content`, and makes the application on it with these settings."""
    return lambda **more: create_app(Services(settings.model_copy(update=more), index()))
