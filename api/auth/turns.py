"""Lets requests that ask much work one at a time, those of each caller in turn, so that short questions pass by."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from kb.errors import Overdue


class Turns:
    """Whose turn it is, and who waits for one. For one event loop."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()  # caller -> its requests

    @asynccontextmanager
    async def taken(self, caller: str, gone: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
        """Wait for a turn of a caller, and hold it. gone: ends when nobody waits for the answer any more

        Raises Overdue where that is sooner.
        """
        await self._take(caller, gone)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, caller: str, gone: Callable[[], Awaitable[object]]) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        left = asyncio.ensure_future(gone())
        try:
            await asyncio.wait({turn, left}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._give_up(turn)
            raise
        finally:
            left.cancel()
        if not turn.done():
            self._give_up(turn)
            raise Overdue("Nobody waits for the answer any more.")

    def _give_up(self, turn: "asyncio.Future[None]") -> None:
        if turn.done():  # it has just come
            self._pass_on()
        else:
            turn.cancel()

    def _pass_on(self) -> None:
        """Let the next caller have a turn that still waits for one."""
        while self._waiting:
            caller, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[caller] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._is_taken = False
