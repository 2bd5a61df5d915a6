"""Serves with several processes on one port, where one processor is too few: each maps the same index into memory.

They share nothing else: each counts a caller's requests, keeps answers and takes turns by itself. The system spreads
connections over them. One that ends by itself is replaced; all end with the process that started them.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Final

from kb.errors import KbError

_COMMAND: Final = (sys.executable, "-P", "-m", "api.cli.main", "serve", "--workers", "1")
_READY: Final = b"ready\n"
"""What a worker writes to its standard output once it answers."""
_LOOKED_AT: Final = 1
"""Seconds after which it is looked whether one has ended."""
_PAUSE: Final = 5
"""Seconds at least from one start to the next, so that a defect that ends each at once does not fill the log."""
_PATIENCE: Final = 11
"""Seconds that a worker may take to end: a server takes ten at most."""


def run(number: int, host: str, port: int, say: Callable[[str], None], ready: Callable[[], None]) -> None:
    """Answer at an address with so many processes, until this one is interrupted.

    ready: called when all of them are. Raises KbError where one ends before it is ready; it has said why
    """
    workers: list[_Worker] = []
    try:
        for place in range(number):
            workers.append(_Worker("--host", host, "--port", str(port), "--worker", str(place)))
        if not all(worker.is_ready() for worker in workers):
            raise KbError("A worker has ended before it was ready.", remedy="It said why above.")
        ready()
        while True:
            time.sleep(_LOOKED_AT)
            for worker in workers:
                if worker.is_missing():
                    say("A worker has ended by itself: another takes its place.")
                    worker.start()
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.end()


class _Worker:
    """One of the processes, and the next in its place: `kb serve` where others listen, too. options: of the command"""

    def __init__(self, *options: str) -> None:
        self._options = options
        self.start()

    def start(self) -> None:
        """Start it. Its standard input is never written to: it ends where this process is gone."""
        self._started = time.monotonic()
        command = (*_COMMAND, *self._options)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def is_ready(self) -> bool:
        """Wait until it is, or has ended."""
        assert self._process.stdout
        return self._process.stdout.readline() == _READY

    def is_missing(self) -> bool:
        """Return whether it has ended, and was started long enough ago."""
        return self._process.poll() is not None and time.monotonic() - self._started > _PAUSE

    def stop(self) -> None:
        """Tell it to end."""
        self._process.terminate()

    def end(self) -> None:
        """Wait until it has ended."""
        try:
            self._process.communicate(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def tell_ready() -> None:
    """Tell the process that started this one that it answers; and end as at SIGTERM when that is gone."""

    def mind(lifeline: IO[bytes]) -> None:
        lifeline.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=mind, args=[sys.stdin.buffer], daemon=True).start()
    sys.stdout.buffer.write(_READY)
    sys.stdout.buffer.flush()
