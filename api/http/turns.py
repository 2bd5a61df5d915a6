"""Lets requests that ask much work one at a time, of each address in turn, so that short questions need not wait."""

import asyncio
from collections import OrderedDict, deque
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MUCH: Final = 2_000
"""Bytes of a body that asks much: a text that was pasted, or several questions."""
BODY_BYTES: Final = "kb.body_bytes"
"""The member of a request's scope with the length of its body."""


class Turns:
    """Has each request with a long body wait for its turn, which ends where the answer begins: it is made by then."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._is_taken = False
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()  # address -> its requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, when it is its turn."""
        if scope.get(BODY_BYTES, 0) < MUCH:
            await self._app(scope, receive, send)
            return
        await self._take((scope["client"] or ("",))[0])
        is_ours = True

        async def sends(message: Message) -> None:
            nonlocal is_ours
            if is_ours:
                is_ours = False
                self._pass_on()
            await send(message)

        try:
            await self._app(scope, receive, sends)
        finally:
            if is_ours:
                self._pass_on()

    async def _take(self, address: str) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(address, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it has just come
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Let the next address have a turn that still waits for one."""
        while self._waiting:
            address, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[address] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._is_taken = False
