"""Requests that ask much: one at a time, of each address in turn, and short ones past them."""

import asyncio

import pytest

from api.http.turns import BODY_BYTES, MUCH, Turns


class Work:
    """An application that says which requests it works at, and ends those that it is told to."""

    def __init__(self):
        self.begun, self.answered, self._may_end = [], [], {}

    async def __call__(self, scope, receive, send):
        self.begun.append(scope["path"])
        await self._end(scope["path"]).wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self._end(f"{scope['path']} is read").wait()

    def _end(self, name):
        return self._may_end.setdefault(name, asyncio.Event())

    async def ends(self, name):
        self._end(name).set()
        await settled()


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def work():
    return Work()


@pytest.fixture
def ask(work):
    turns = Turns(work)

    def ask(path, address="10.0.0.1", size=MUCH):
        async def sends(message):
            work.answered.append(path)

        scope = {"type": "http", "path": path, "client": (address, 1), BODY_BYTES: size}
        return asyncio.ensure_future(turns(scope, None, sends))

    return ask


def test_addresses_take_turns_and_short_questions_none(work, ask):
    async def all_of_it():
        running = [ask(name) for name in ("a1", "a2", "a3")] + [ask("b1", "10.0.0.2"), ask("short", size=MUCH - 1)]
        await settled()
        assert work.begun == ["a1", "short"]
        for name in ("a1", "a2", "b1", "a3"):
            await work.ends(name)
        assert work.begun == ["a1", "short", "a2", "b1", "a3"]
        assert work.answered == ["a1", "a2", "b1", "a3"], "whoever reads slowly holds up nobody"
        for each in running:
            each.cancel()

    asyncio.run(all_of_it())


def test_whoever_gives_up_leaves_the_turn_to_the_next(work, ask):
    async def all_of_it():
        first, second, third = ask("1"), ask("2"), ask("3")
        await settled()
        second.cancel()
        await settled()
        first.cancel()
        await settled()
        assert work.begun == ["1", "3"]
        await work.ends("3")
        assert third not in (first, second)
        last = ask("4")
        await settled()
        assert work.begun[-1] == "4", "the turn is free again"
        for each in (third, last):
            each.cancel()

    asyncio.run(all_of_it())


def test_a_turn_that_came_just_as_its_request_was_given_up_is_passed_on(work, ask):
    async def all_of_it():
        _, second, third = ask("1"), ask("2"), ask("3")
        await settled()
        work._end("1").set()
        await asyncio.sleep(0)
        while work.answered != ["1"]:
            await asyncio.sleep(0)
        second.cancel()
        await settled()
        assert work.begun == ["1", "3"]
        third.cancel()

    asyncio.run(all_of_it())
