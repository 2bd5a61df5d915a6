"""Lets no caller wait for ever: where an answer has not begun in time, it is 503. A plain ASGI wrapper.

What has not begun then is not begun. A thread that works already cannot be stopped: it ends by itself, and what it then
says goes nowhere.
"""

import asyncio
from collections.abc import Callable

from anyio import CancelScope
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.errors import KbError, Overdue


class Deadline:
    """seconds: that an answer may take to begin; None: any time. answer: makes the answer of an error."""

    def __init__(self, app: ASGIApp, answer: Callable[[Request, KbError], Response], seconds: float | None) -> None:
        self._app = app
        self._answer = answer
        self._seconds = seconds
        self._late: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or say that the answer is overdue."""
        if scope["type"] != "http" or self._seconds is None:
            await self._app(scope, receive, send)
            return
        begun = given_up = False

        async def in_time(message: Message) -> None:
            nonlocal begun
            if not given_up:
                begun = True
                await send(message)

        within = CancelScope()

        async def answered() -> None:
            with within:
                await self._app(scope, receive, in_time)

        answering = asyncio.create_task(answered())
        try:
            await asyncio.wait({answering}, timeout=self._seconds)
            if answering.done() or begun:
                await answering
                return
            given_up = True
            await self._answer(Request(scope), _overdue())(scope, receive, send)
        finally:
            if not answering.done():
                within.cancel()  # the task's own cancel would let a thread that works count as free
                self._late.add(answering)
                answering.add_done_callback(self._forget)

    def _forget(self, late: asyncio.Task[None]) -> None:
        self._late.discard(late)
        if not late.cancelled():
            late.exception()  # looked at, so that nobody writes it down: it could carry a question


def _overdue() -> Overdue:
    return Overdue("The answer takes longer than callers may wait.", remedy="Ask again later, or ask for less.")
