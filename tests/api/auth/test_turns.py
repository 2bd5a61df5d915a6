"""Requests that ask much: one at a time, of each caller in turn; and which those are."""

import asyncio

import pytest

from api.auth.turns import Turns
from kb.errors import Overdue


class Work:
    """Requests that take turns. `begun`: in which order they began."""

    def __init__(self):
        self.begun, self._turns, self._events = [], Turns(), {}

    def asks(self, name, caller="a"):
        async def work():
            async with self._turns.taken(caller, self._event(f"{name} has gone").wait):
                self.begun.append(name)
                await self._event(name).wait()

        return asyncio.ensure_future(work())

    def _event(self, name):
        return self._events.setdefault(name, asyncio.Event())

    async def happens(self, name):
        self._event(name).set()
        await settled()


async def settled():
    for _ in range(10):
        await asyncio.sleep(0)


def running(test):
    """Run a test on a loop of its own, and end what it leaves."""

    def run():
        async def all_of_it():
            await test(Work())
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

        asyncio.run(all_of_it())

    run.__name__ = test.__name__
    return run


@running
async def test_callers_take_turns(work):
    for name, caller in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")):
        work.asks(name, caller)
    await settled()
    assert work.begun == ["a1"]
    for name in ("a1", "a2", "b1"):
        await work.happens(name)
    assert work.begun == ["a1", "a2", "b1", "a3"]


@running
async def test_whoever_is_given_up_leaves_the_turn_to_the_next(work):
    first, second, _ = work.asks("1"), work.asks("2"), work.asks("3")
    await settled()
    second.cancel()
    first.cancel()
    await settled()
    assert work.begun == ["1", "3"]
    await work.happens("3")
    work.asks("4")
    await settled()
    assert work.begun == ["1", "3", "4"], "the turn is free again"


@running
async def test_whoever_has_gone_waits_no_more(work):
    _, second, _ = work.asks("1"), work.asks("2"), work.asks("3")
    await settled()
    await work.happens("2 has gone")
    with pytest.raises(Overdue):
        second.result()
    await work.happens("1")
    assert work.begun == ["1", "3"]


@running
async def test_a_turn_that_came_just_as_its_request_was_given_up_is_passed_on(work):
    first, second, _ = work.asks("1"), work.asks("2"), work.asks("3")
    await settled()
    work._event("1").set()
    while not first.done():
        await asyncio.sleep(0)
    second.cancel()
    await settled()
    assert work.begun == ["1", "3"]


@pytest.mark.parametrize(
    ("path", "body", "waits"),
    [
        ("/v1/search", {"q": "phishing"}, False),
        ("/v1/search", {"similar_to": {"text": "All files of the town hall are encrypted. " * 60}}, True),
        ("/v1/search/batch", {"queries": [{"q": "phishing"}]}, True),
    ],
    ids=["a question", "a text", "a batch"],
)
def test_what_asks_much_waits_and_what_does_not_passes_by(open_app, ask, content, path, body, waits):
    content.practice("be-open", title="Blocking false sites")
    app = open_app(rate_limit=0, time_limit=1 if waits else 30)
    app.state.turns._is_taken = True
    assert ask(app, path, "POST", json=body).status_code == (503 if waits else 200)
    assert ask(app, "/v1/search?q=phishing").status_code == 200
