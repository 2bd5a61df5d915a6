"""Runs the HTTP server: binds first, loads, says where it is, then serves until it is stopped.

Writes no access log: an address carries the question, and a question can reveal an investigation.
"""

import ctypes
import gc
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final
from urllib.parse import quote

from api.compose import Services
from api.http import workers
from api.http.app import create_app
from api.http.connections import BACKLOG, BoundedServer
from api.locales.texts import EXAMPLES
from api.own_socket import listening
from api.signals import exiting
from api.web import pages
from api.web.live import ENDED, OWN_HOSTS
from kb.errors import IndexMissing, IndexStale, KbError, SettingsError, StoreUnavailable
from kb.text.languages import Language

_ONE_HEAP: Final = (-8, 1)
"""`M_ARENA_MAX` of glibc. By itself each thread takes its memory from a heap of its own, which keeps what its largest
search took: 170 MB after 16 clients at 100,000 passages. Sharing one costs no time that can be measured.
"""
_OFTEN: Final = 10
"""Collections of garbage among what is new before one among all that has come since the start (CPython's own)."""
_CHECKED_AGAIN: Final = 3_600
"""Seconds after which the files of model and index are looked at again: it takes some seconds of one processor."""
_PATIENCE: Final = 5
"""Seconds that `kb watch` may take to end."""


def run(services: Services, say: Callable[[str], None], live: bool = False, worker: int | None = None) -> None:
    """Serve until interrupted. Raises SettingsError if the address cannot be used, ModelError if the encoder cannot.

    live: whether notes are indexed as they are saved, and pages say what is wrong with them; on the own machine only
    worker: which it is, where this is one of several processes (`api.http.workers`)
    """
    settings = services.settings
    if live and (settings.host not in OWN_HOSTS or settings.trusted_proxies or settings.public_url):
        raise SettingsError(
            "`--watch` is for the own machine: its pages show what is wrong with notes, whoever may see them.",
            remedy=f"Listen on {OWN_HOSTS[0]} without KB_TRUSTED_PROXIES and KB_PUBLIC_URL, or run `kb watch` beside.",
        )
    if live and settings.workers > 1:
        raise SettingsError("`--watch` serves with one process.", remedy="Run `kb watch` beside, or one worker.")
    signal.signal(signal.SIGTERM, exiting())  # what is not to stay is removed
    if hasattr(signal, "SIGHUP") and not (sys.stdin and sys.stdin.isatty()):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # keys and index are read anew without it
    if settings.workers > 1:
        _serve_with_workers(settings.host, settings.port, settings.workers, say)
        return
    if worker is not None:
        workers.end_with_first()
    share_heap()
    with _watching(say) if live else nullcontext() as watching:
        listener = listen(settings.host, settings.port) if worker is None else share(settings.host, settings.port)
        if services.metrics and settings.metrics_port is not None:
            wanted = settings.metrics_port + (worker or 0) * bool(settings.metrics_port)
            at = services.metrics.serve(settings.metrics_host, wanted)
            say(f"Metrics at port {at} of {settings.metrics_host}")
        app = create_app(services, watching)  # loads the encoder
        try:
            services.searcher.warm_up()
            pages.warm_up(services.searcher.view())
        except (IndexMissing, IndexStale, StoreUnavailable) as error:
            say(f"{error} Until then searches are answered with an error.")
        # What has been loaded stays: the collector need not walk through it again while questions wait. It then looks
        # at the little that requests leave behind as often as is usual, not as seldom as commands do.
        gc.collect()
        gc.freeze()
        gc.collect()  # it waits for a quarter of what the last one kept, which is now nothing
        gc.set_threshold(*gc.get_threshold()[:2], _OFTEN)
        if worker is None:
            _announce(listener, say)
        else:
            workers.tell_ready()
        server = BoundedServer(app, settings.time_limit, trusted_proxies=settings.trusted_proxies)
        own: AbstractContextManager[list[socket.socket]]
        own = nullcontext([]) if worker else listening(settings, say)  # one of several has the terminal's socket
        with own as sockets, _checking(services, say):
            server.run(sockets=[listener, *sockets])
        if services.traces:
            services.traces.close()


def _serve_with_workers(host: str, port: int, number: int, say: Callable[[str], None]) -> None:
    """Keep the port, and have so many workers answer there. Raises SettingsError, KbError."""
    if sys.platform != "linux":
        raise SettingsError("Several workers need Linux.", remedy="Serve with one: KB_WORKERS=1.")
    listen(host, port).close()  # others must not listen there, not even workers of another server
    with share(host, port) as kept:
        at, free = kept.getsockname()[:2]
        workers.run(number, at, free, say, lambda: _announce(kept, say))


def _announce(listener: socket.socket, say: Callable[[str], None]) -> None:
    """Say where it is, and an example."""
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(f"Ready at {address}")
    say(f"Try: curl '{address}/v1/search?q={quote(EXAMPLES[Language.NL][0])}&lang=nl'")


def share_heap() -> None:
    """Let the threads of this process share a heap, where its C library has several."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(*_ONE_HEAP)


@contextmanager
def _watching(say: Callable[[str], None]) -> Iterator[Callable[[], bool]]:
    """Run `kb watch` in a process of its own, so that questions do not wait for the encoding of notes.

    Yields whether it still runs, as a function. Its end is announced if it ends by itself.
    """
    process = subprocess.Popen([sys.executable, "-P", "-m", "api.cli.main", "watch", "--of-server"])
    ending = threading.Event()

    def mind() -> None:
        if process.wait() and not ending.is_set():
            say(ENDED)

    threading.Thread(target=mind, daemon=True).start()
    try:
        yield lambda: process.poll() is None
    finally:
        ending.set()
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _checking(services: Services, say: Callable[[str], None]) -> Iterator[None]:
    """Look for damaged files beside the server, at once and every hour; say what was found."""
    ending = threading.Event()

    def look() -> None:
        while not ending.is_set():
            try:
                services.check()
            except KbError as error:
                say(str(error))
            except Exception as error:  # noqa: BLE001 - it must look again in an hour
                say(f"The files of index and model cannot be looked at: {type(error).__name__}.")
            ending.wait(_CHECKED_AGAIN)

    threading.Thread(target=look, daemon=True).start()
    try:
        yield
    finally:
        ending.set()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises SettingsError."""
    return _bound(host, port, lambda bound: bound.listen(BACKLOG))


def share(host: str, port: int) -> socket.socket:
    """Return a socket that keeps a port where others of this user may listen, too, as it can. Raises SettingsError."""
    return _bound(host, port, lambda _: None, socket.SO_REUSEPORT)


def _bound(host: str, port: int, then: Callable[[socket.socket], None], *options: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only with the protocol named does asyncio switch Nagle's algorithm off; else answers wait 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        for option in (socket.SO_REUSEADDR, *options):
            bound.setsockopt(socket.SOL_SOCKET, option, 1)
        bound.bind((host, port))
        then(bound)
    except OSError as error:
        bound.close()
        raise SettingsError(
            f"The server cannot listen on {host}:{port}: {error.strerror or error}.",
            remedy="Another program may be using the port: choose one with `PORT=… make serve` or `kb serve --port …`.",
        ) from error
    return bound
