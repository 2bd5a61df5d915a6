"""The product as processes: commands of the terminal, the server on loopback, what they use, and clients of it."""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from benchmarks.places import REPOSITORY, Place
from benchmarks.timing import timed

PYTHON: Final = sys.executable
KB: Final = (PYTHON, "-m", "api.cli.main")


class Ran(NamedTuple):
    """What a process printed, the seconds it took, those of processors that it used, and most megabytes it had."""

    printed: str
    seconds: float
    processor: float
    peak: float


def kb(place: Place, *arguments: str, runs: int = 1) -> Ran:
    """Run a command of the terminal; of several runs the quickest. Raises RuntimeError with what it said."""
    return min((ran(place, *KB, *arguments) for _ in range(runs)), key=lambda each: each.seconds)


def ran(place: Place, *command: str) -> Ran:
    """Run a program of ours at a place. Raises RuntimeError with what it said."""
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=printed, stderr=said, env=place.environment, cwd=REPOSITORY)
        peak = 0.0
        # What the system reports as the most of a child includes the memory of this process when it began.
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            peak = max(peak, memory(process.pid, "VmHWM"))
            time.sleep(0.005)
        seconds = time.perf_counter() - started
        _, status, used = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (printed, said):
            file.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}: {said.read()[-2000:]}")
        return Ran(printed.read(), seconds, used.ru_utime + used.ru_stime, peak)


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
def running(place: Place, *options: str, until: str = "Ready at ") -> Iterator[Server]:
    """Start the real server on loopback; yield it once it has printed `until`."""
    log = place.data / "serve.log"
    started = time.perf_counter()
    with log.open("w") as said:
        command = (*KB, "serve", "--port", "0", *options)
        process = subprocess.Popen(command, stderr=said, env=place.environment, cwd=REPOSITORY)
    try:
        while not (ready := re.search(r"Ready at (\S+)\n", log.read_text())) or until not in log.read_text():
            if process.poll() is not None:
                raise RuntimeError(f"the server has ended: {log.read_text()}")
            time.sleep(0.01)
        yield Server(urlsplit(ready[1]).netloc, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(30)


def client(address: str) -> Callable[[str], bytes]:
    """Return a client with one open connection; the standard library's own, since what it costs is counted too.

    It takes answers compressed, as browsers do, and leaves them so.
    """
    connection = http.client.HTTPConnection(address)

    def ask(path: str) -> bytes:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return body

    weakref.finalize(ask, connection.close)
    return ask


def clients(address: str, number: int, paths: list[str]) -> tuple[list[float], float]:
    """Ask as so many clients at once, each a share; the milliseconds of every answer, and answers a second."""
    began = time.perf_counter()
    with ThreadPoolExecutor(number) as pool:
        shares = [paths[first::number] for first in range(number)]
        found = pool.map(lambda share: [timed(ask, each) for ask in [client(address)] for each in share], shares)
        times = [each for share in found for each in share]
    return times, len(paths) / (time.perf_counter() - began)


def path(page: str, **parameters: str) -> str:
    """Return an address on the server."""
    return f"{page}?{urlencode(parameters)}"
