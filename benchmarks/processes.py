"""The product as processes: commands of the terminal, the server on loopback, what they use, and clients of it."""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from benchmarks.places import REPOSITORY, content_of
from benchmarks.timing import Figures, timed
from kb.settings import Settings

_KB: Final = (sys.executable, "-m", "api.cli.main")


def kb(place: Settings, name: str, *arguments: str, runs: int = 1) -> Figures:
    """Run a command of the terminal; of several runs return the quickest, under a name.

    Seconds; `.processor`: those of processors; `.memory`: the most megabytes. Raises RuntimeError with what it said.
    """
    ran = min(_ran(place, arguments) for _ in range(runs))
    return dict(zip((name, f"{name}.processor", f"{name}.memory"), ran, strict=True))


def _ran(place: Settings, arguments: tuple[str, ...]) -> tuple[float, float, float]:
    with tempfile.TemporaryFile("w+") as said:
        started, peak = time.perf_counter(), 0.0
        process = _started(place, arguments, stdout=said, stderr=said)
        # What the system reports as the most of a child includes the memory of this process when it began.
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            peak = max(peak, memory(process.pid, "VmHWM"))
            time.sleep(0.05)
        seconds = time.perf_counter() - started
        _, status, used = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"kb {' '.join(arguments)} ended with {process.returncode}: {said.read()[-2000:]}")
        return seconds, used.ru_utime + used.ru_stime, peak


def _started(place: Settings, arguments: tuple[str, ...], **outputs: object) -> "subprocess.Popen[str]":
    others = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    named = {"KB_CONTENT_DIRS": str(content_of(place)), "KB_DATA_DIR": str(place.data_dir), "KB_RATE_LIMIT": "0"}
    return subprocess.Popen((*_KB, *arguments), env={**others, **named}, cwd=REPOSITORY, **outputs)


def memory(process: int, name: str = "VmRSS") -> float:
    """Return the megabytes that a process has in memory now (or VmHWM: had at most), mapped files included.

    0 of one that is just ending.
    """
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def processor(process: int) -> float:
    """Return the seconds of processors that a process has used."""
    after_name = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return sum(map(int, after_name[11:13])) / os.sysconf("SC_CLK_TCK")


class Server(NamedTuple):
    """A running server. ready: the seconds until it said so"""

    address: str
    pid: int
    ready: float


@contextmanager
def running(place: Settings, *options: str, until: str = "Ready at ") -> Iterator[Server]:
    """Start the real server on loopback; yield it once it has printed `until`."""
    log = place.data_dir / "serve.log"
    started = time.perf_counter()
    with log.open("w") as said:
        process = _started(place, ("serve", "--port", "0", *options), stderr=said)
    try:
        while not (ready := re.search(r"Ready at (\S+)\n", log.read_text())) or until not in log.read_text():
            if process.poll() is not None:
                raise RuntimeError(f"the server has ended: {log.read_text()}")
            time.sleep(0.01)
        yield Server(urlsplit(ready[1]).netloc, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(30)


def client(address: str, to_path: Callable[[str], str] = str) -> Callable[[str], bytes]:
    """Return a client with one open connection; the standard library's own, since what it costs is counted too.

    It takes answers compressed, as browsers do, and leaves them so. to_path: text -> where it is asked
    """
    connection = http.client.HTTPConnection(address)

    def answer_to(text: str) -> http.client.HTTPResponse:
        connection.request("GET", to_path(text), headers={"Accept-Encoding": "gzip"})
        return connection.getresponse()

    def ask(text: str) -> bytes:
        try:
            answer = answer_to(text)
        except ConnectionError:  # servers close what was idle for some seconds
            connection.close()
            answer = answer_to(text)
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{to_path(text)}: {answer.status}")
        return body

    weakref.finalize(ask, connection.close)
    return ask


def clients(address: str, number: int, questions: Sequence[str]) -> tuple[list[float], float]:
    """Ask as so many clients at once, each a share; the milliseconds of every answer, and answers a second."""

    def share(first: int) -> list[float]:
        ask = client(address, search_path)
        return [timed(ask, question) for question in questions[first::number]]

    started = time.perf_counter()
    with ThreadPoolExecutor(number) as pool:
        times = [each for found in pool.map(share, range(number)) for each in found]
    return times, len(questions) / (time.perf_counter() - started)


def path(page: str, **parameters: str) -> str:
    """Return an address on the server."""
    return f"{page}?{urlencode(parameters)}"


def search_path(question: str) -> str:
    """Return the address of a question's answer."""
    return path("/v1/search", q=question, lang="nl")
