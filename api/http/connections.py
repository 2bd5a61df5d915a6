"""Bounds what connections may cost: how many are open, how long one may wait, how much is written down about them.

A connection that sends no whole request within the time limit is closed, and so is one whose peer does not read its
answer. Where all places are taken, the connection that has waited longest for a whole request gives way to a new one.
"""

import asyncio
import errno
import logging
import os
import resource
import socket
import time
from contextlib import suppress
from functools import partial
from typing import Any, Final, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.guard import MAX_ADDRESS_BYTES

MAX_CONNECTIONS: Final = 1000
IDLE_SECONDS: Final = 5
"""How long a connection is kept for a next request."""
_LAST_SECONDS: Final = 8
"""How long a server that is stopped waits for answers that are under way, and for those who read them slowly."""
BACKLOG: Final = 128
"""Connections that the system keeps until they are accepted. asyncio accepts as many before it looks at any."""
_OUT_OF_DESCRIPTORS: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_LOG = logging.getLogger("kb.connections")


class OncePerMinute(logging.Filter):
    """Lets each message of a logger through once a minute, so that no caller can fill a log."""

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the message was not written within the last 60 seconds. Its arguments do not count."""
        now = time.monotonic()
        if now - self._written.get(str(record.msg), -60.0) < 60:
            return False
        self._written[str(record.msg)] = now
        return True


class BoundedServer(uvicorn.Server):
    """Serves an application on sockets that listen already."""

    def __init__(
        self, app: ASGIApp, seconds: int, connections: int = MAX_CONNECTIONS, trusted_proxies: str | None = None
    ) -> None:
        """Take the limits.

        seconds: that the head of a request may take to arrive, and a peer to read on; 0: any time
        connections: open at a time, at most half of the file descriptors of the process
        """
        connections = min(connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        super().__init__(
            uvicorn.Config(
                app,
                http=partial(_BoundedConnection, seconds, connections),  # type: ignore[arg-type]  # a factory serves where a class does
                loop="asyncio",  # another that happens to be installed would not tell us that descriptors have run out
                ws="none",
                log_level="warning",
                access_log=False,
                server_header=False,
                backlog=BACKLOG,
                timeout_keep_alive=min(seconds, IDLE_SECONDS) if seconds else IDLE_SECONDS,
                # Room for what our own answer refuses: the server's would be a bare line.
                h11_max_incomplete_event_size=2 * MAX_ADDRESS_BYTES,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=trusted_proxies or "",
            )
        )
        for name in ("uvicorn.error", "kb.connections"):
            logging.getLogger(name).addFilter(OncePerMinute())

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept connections, and refuse them without a traceback where descriptors run out."""
        self._listeners = sockets or []
        self._reserve()
        asyncio.get_running_loop().set_exception_handler(self._refuse)
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, with the answers that are under way: at once whom no whole request has come from, the others in time."""
        self._close(waiting=True)
        asyncio.get_running_loop().call_later(_LAST_SECONDS, self._close)
        await super().shutdown(sockets)

    def _close(self, *, waiting: bool = False) -> None:
        """Close all connections, or those that wait for a request."""
        for connection in cast("list[_BoundedConnection]", [*self.server_state.connections]):
            if connection.can_give_way or not waiting:
                connection.transport.abort()

    def _refuse(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Close the connections that wait where descriptors have run out, or hand on any other error of the loop.

        asyncio itself would try again for each of them, with a traceback each time.
        """
        error = context.get("exception")
        if self.should_exit and str(error).startswith("Invalid file descriptor"):
            return  # a second after it ran out, asyncio begins to accept again, on a socket that is closed by now
        if not isinstance(error, OSError) or error.errno not in _OUT_OF_DESCRIPTORS or "socket" not in context:
            loop.default_exception_handler(context)
            return
        _LOG.error("Connections are refused: %s.", os.strerror(error.errno))
        if self._spare is not None:
            os.close(self._spare)
        for listener in self._listeners:
            with suppress(OSError):  # nobody waits any more, or another thread has taken the descriptor
                for _ in range(2 * BACKLOG):
                    listener.accept()[0].close()
        self._reserve()

    def _reserve(self) -> None:
        self._spare: int | None = None
        with suppress(OSError):  # another thread was quicker
            self._spare = os.open(os.devnull, os.O_RDONLY)


class _BoundedConnection(H11Protocol):
    """A connection with a time limit on whatever its peer owes: a whole request head, or reading its answer."""

    def __init__(self, seconds: int, most: int, **given: Any) -> None:
        super().__init__(**given)
        self._seconds = seconds
        self._most = most
        self._timer: asyncio.TimerHandle | None = None
        self.waiting_since = self.loop.time()

    @property
    def waits_for_request(self) -> bool:
        """Return whether no request is being answered here."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def can_give_way(self) -> bool:
        """Return whether no whole request has arrived here that is being answered."""
        return self.waits_for_request or self.cycle.more_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """Take a place, of the connection that waits longest where all are taken, or close at once."""
        if len(self.connections) >= self._most:
            _LOG.warning("All %d places for connections are taken.", self._most)
            ours = cast("set[_BoundedConnection]", self.connections)
            waiting = (connection for connection in ours if connection.can_give_way)
            longest = min(waiting, key=lambda connection: connection.waiting_since, default=None)
            if longest is None:
                transport.abort()
                return
            self.connections.discard(longest)
            longest.transport.abort()
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_timer()
        if self.transport is not None:  # a connection that was refused was never made
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what arrives within a head, or after an answer, wins no time."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop_timer()
        elif self.waits_for_request and self._timer is None:
            self._start_timer()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self.waiting_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Wait for the peer to read."""
        super().pause_writing()
        self._start_timer()

    def resume_writing(self) -> None:
        """Stop the clock, since the peer has read."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_timer()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection without a next request, whether its peer reads the last answer or not."""
        super().timeout_keep_alive_handler()
        self._start_timer()

    def _start_timer(self) -> None:
        self._stop_timer()
        if self._seconds:
            self._timer = self.loop.call_later(self._seconds, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
