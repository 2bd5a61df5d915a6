"""Serves with several processes on one port, where one processor is too few: each maps the same index into memory.

They share nothing else: each counts a caller's requests, keeps answers and takes turns by itself. Linux spreads new
connections over them (SO_REUSEPORT). One that ends by itself is replaced; all end with the process that started them.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from kb.errors import KbError

_COMMAND: Final = (sys.executable, "-P", "-m", "api.cli.main", "serve", "--workers", "1")
_READY: Final = b"ready\n"
"""What a worker writes to its standard output once it answers."""
_LOOKED_AT: Final = 1
"""Seconds after which it is looked whether one has ended."""
_PATIENCE: Final = 11
"""Seconds that they may take to end: a server takes ten at most."""


def run(number: int, host: str, port: int, say: Callable[[str], None], ready: Callable[[], None]) -> None:
    """Answer at an address with so many processes, until this one is interrupted.

    ready: called when all of them are. Raises KbError where one ends before it is ready; it has said why
    """
    workers: list[_Worker] = []
    try:
        for place in range(number):
            workers.append(_Worker("--host", host, "--port", str(port), "--worker", str(place)))
        for worker in workers:
            worker.require_ready()
        ready()
        while True:
            time.sleep(_LOOKED_AT)
            for worker in workers:
                if worker.has_ended():
                    worker.require_ready()
                    say("A worker has ended by itself: another takes its place.")
                    worker.start()
    finally:
        for worker in workers:
            worker.stop()
        end = time.monotonic() + _PATIENCE
        for worker in workers:
            worker.end(end - time.monotonic())


class _Worker:
    """One of the processes, and the next in its place: `kb serve` where others listen, too. options: of the command"""

    def __init__(self, *options: str) -> None:
        self._options = options
        self.start()

    def start(self) -> None:
        """Start it. Its standard input is never written to: it ends where this process is gone."""
        command = (*_COMMAND, *self._options)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._is_ready = False

    def require_ready(self) -> None:
        """Wait until it is ready. Raises KbError where it has ended before."""
        assert self._process.stdout
        self._is_ready = self._is_ready or self._process.stdout.readline() == _READY
        if not self._is_ready:
            raise KbError("A worker has ended before it was ready.", remedy="It said why above.")

    def has_ended(self) -> bool:
        """Return whether it has."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Tell it to end."""
        self._process.terminate()

    def end(self, patience: float) -> None:
        """Wait until it has ended, at most so many seconds."""
        try:
            self._process.communicate(timeout=max(0, patience))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


def end_with_first() -> None:
    """End this process, a worker, as at SIGTERM when the one that started it is gone."""

    def mind() -> None:
        os.read(0, 1)  # past `sys.stdin`, whose lock Python takes when it ends
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=mind, daemon=True).start()


def tell_ready() -> None:
    """Tell the process that started this one, a worker, that it answers from now on."""
    os.write(1, _READY)
