"""The real server on the real collection, and the one helper that knows what an error must look like."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest
from starlette.types import ASGIApp

from kb.encoder.model_files import ModelFiles
from kb.settings import Settings

REPOSITORY = Path(__file__).parents[2]
MEMBERS = {"type", "title", "status", "detail", "remedy", "field", "allowed"}
DEADLINE = 90.0


def environment(**settings: object) -> dict[str, str]:
    """The environment of a child process: none of the operator's settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    kept["KB_RATE_LIMIT"] = "0"  # all tests ask from one address
    return {**kept, **{name: str(value) for name, value in settings.items()}}


class Server:
    """`kb serve` in a process of its own. `output` is all it has written."""

    def __init__(self, *options: str, **settings: object) -> None:
        self.output = ""
        self._queries: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-c", "from api.cli.main import app; app()", "serve", "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=REPOSITORY, env=environment(**settings),
        )  # fmt: skip
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        try:
            address = self._wait_for(re.compile(r"^Ready at (http://\S+)$", re.MULTILINE))
            self._wait_for(re.compile(r"^Try: .*\n", re.MULTILINE))
        except BaseException:
            self._end()
            raise
        self.client = httpx.Client(
            base_url=address, timeout=30, trust_env=False, event_hooks={"request": [self._remember]}
        )

    def stop(self, expected: tuple[int, ...] = (0, -signal.SIGTERM)) -> None:
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
        assert "Traceback" not in self.output
        assert "Unexpected" not in self.output, self.output
        said = self.output.partition("Try: ")[2].partition("\n")[2]
        for query in self._queries:
            for form in {query, quote(query), quote_plus(query)}:
                assert form not in said, "the server wrote a question down"

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reading.join(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _remember(self, request: httpx.Request) -> None:
        self._queries += [value for value in request.url.params.get_list("q") if len(value) > 8]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line

    def _wait_for(self, pattern: re.Pattern[str]) -> str:
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if found := pattern.search(self.output):
                return found[found.re.groups]
            assert self.process.poll() is None, self.output
            time.sleep(0.02)
        raise AssertionError(f"the server was not ready in time: {self.output}")


@pytest.fixture(scope="session")
def model_folder(files: ModelFiles) -> Path:
    """The folder `models` that a data directory needs."""
    return files.path.parent


@pytest.fixture(scope="session")
def data_dir(collection: Settings) -> Path:
    """The data directory of the real collection, fit for a process of its own; to be read only."""
    return collection.data_dir


@pytest.fixture(scope="session")
def empty_data_dir(model_folder: Path) -> Callable[[Path], Path]:
    """Makes a data directory with model files and nothing else."""

    def make(folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "models").symlink_to(model_folder, target_is_directory=True)
        return folder

    return make


@pytest.fixture(scope="session")
def server(data_dir: Path) -> Iterator[Server]:
    """The real server on the real collection."""
    running = Server(KB_DATA_DIR=data_dir, KB_CONTENT_DIRS=REPOSITORY / "content")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def client(server: Server) -> httpx.Client:
    """A client of the real server."""
    return server.client


@pytest.fixture(scope="session")
def start_server() -> type[Server]:
    """Starts a server with settings of its own."""
    return Server


@pytest.fixture(scope="session")
def run_kb() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `kb` in a process of its own."""

    def run(*arguments: str, cwd: Path = REPOSITORY, **settings: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from api.cli.main import app; app()", *arguments],
            capture_output=True, text=True, timeout=DEADLINE, check=False, cwd=cwd,
            env={"PYTHONPATH": str(REPOSITORY), "COLUMNS": "200", **environment(**settings)},
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def assert_problem() -> Callable[..., dict[str, Any]]:
    """Checks that an answer is a problem of this status, by RFC 9457 and our own promises, and returns it."""

    def check(answer: httpx.Response, status: int, *, field: str | None = None) -> dict[str, Any]:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        body: dict[str, Any] = answer.json()
        assert {"type", "title", "status", "detail"} <= set(body) <= MEMBERS
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
def ask() -> Callable[..., httpx.Response]:
    """Sends one request to an application without a server."""

    def send(app: ASGIApp, address: str, method: str = "GET", **options: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
                return await client.request(method, address, **options)

        return asyncio.run(once())

    return send


@pytest.fixture
def indexed_copy(tmp_path: Path, data_dir: Path, empty_data_dir: Callable[[Path], Path]) -> Path:
    """A data directory of its own with a copy of the real index."""
    copy = empty_data_dir(tmp_path / "copy")
    shutil.copytree(data_dir / "index", copy / "index")
    return copy
