"""Over every route, a caller is answered what a server would answer that holds only the notes the caller may see.

Byte for byte, headers included, but for the time that a search took. Hypothesis makes collections, callers and
requests; `make test-deep` takes 36 rounds of them.
"""

import json
import random
import re
import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, assume, given, seed, settings
from hypothesis import strategies as st
from mcp_types.methods import SPEC_CLIENT_METHODS

from api.auth.key_file import KeyFile
from api.compose import Services
from api.http.app import bare_app, create_app
from api.mcp.server import assistant_server
from api.mcp.tool_table import TOOLS
from ingest.indexing.index import index_content
from kb.access import CLEAR, Handling, clearance
from kb.content.reader import read_taxonomy
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from tests.conftest import Content, searcher_on, server_store
from tests.depth import DEEP, depth
from tests.every_route import (
    ASKED_OF_TOOLS,
    EVERYBODYS,
    MESSAGES_SAME_FOR_ALL,
    ROUTES,
    START,
    TOOLS_SAME_FOR_ALL,
)
from tests.restricted import EVERYTHING, caller, handling, keep_visible, same_but_for_last_digits, write

LOOSE = [f"{country}-loose-{number}" for country in ("be", "nl", "lu") for number in range(4)]
"""Notes that no other is linked with, so that they can come and go."""
ROUNDS = depth(1, 36)
OF_A_ROUND = 4
"""Collections of a round, each asked by two callers."""
TIMES = re.compile(rb'"took_ms":[0-9.e-]+')


def all_routes(routes):
    """Method and path of routes, and of those in the routers that were included; a route of another kind fails.

    HEAD reaches none: the guard asks them by GET.
    """
    for route in routes:
        if inner := getattr(route, "original_router", None):
            yield from all_routes(inner.routes)
        else:
            yield from ((method, route.path) for method in getattr(route, "methods", ["GET"]) if method != "HEAD")


def test_every_route_is_asked():
    routes = set(all_routes(bare_app().routes))
    assert ("GET", "/static") in routes
    chance = random.Random(1)
    made = [(route, make(chance, ["be-0"])) for route, make in ROUTES]
    asked = {(request.method, route.partition(" ")[0]) for route, request in [*made, *EVERYBODYS.items()]}
    assert asked == routes


def test_every_tool_and_every_message_that_the_protocol_knows_is_asked():
    assert TOOLS.keys() == {*ASKED_OF_TOOLS, *TOOLS_SAME_FOR_ALL}
    server = assistant_server(lambda _: pytest.fail("nothing is to be read"), "")
    answered = {method for method in SPEC_CLIENT_METHODS if server.get_request_handler(method)}
    chance = random.Random(1)
    made = [make(chance, ["be-0"]) for route, make in ROUTES if route.startswith("/mcp")]
    asked = {request.parameters["method"] for request in [*made, *MESSAGES_SAME_FOR_ALL.values()]}
    assert asked == answered | {"initialize"}


EXPIRES = re.compile(r"expires=[^;]+; ")
"""The time in a cookie that is deleted."""


class Servers:
    """A server that holds everything, and for each caller another that holds only what that caller may see.

    Each has indexed the collection twice: since the first time, notes were taken out, changed, restricted and opened.
    """

    def __init__(self, folder, encoder, chance, monkeypatch, kept):
        self._folder, self._encoder, self._monkeypatch, self._kept = folder, encoder, monkeypatch, kept
        self._keys_at = folder / "keys.json"
        self._keys = KeyFile(self._keys_at)
        self._states = []
        content = Content(folder / "written")
        keys = write(content, chance, 2)
        loose = {note_id: handling(chance) for note_id in LOOSE}
        for state in (loose, changed(loose, chance)):
            for note_id in LOOSE:
                shutil.rmtree(content.root / "practices" / note_id, ignore_errors=True)
            for note_id, handled in state.items():
                content.practice(
                    note_id, title=f"Loose {len(self._states)}", countries=[note_id[:2].upper()], **handled
                )
                keys[note_id] = Handling.stated(handled).keys(read_taxonomy([content.root]))
            copy = folder / f"state-{len(self._states)}"
            shutil.copytree(content.root, copy)
            self._states.append((copy, dict(keys)))
        self.ids = [*keys]

    def hides_something_from(self, cleared):
        return any(keys.isdisjoint(clearance(*cleared)) for keys in self._states[-1][1].values())

    def opened_to(self, cleared):
        """The restricted notes that a caller may see."""
        own = clearance(*cleared)
        return [note_id for note_id, keys in self._states[-1][1].items() if CLEAR not in keys and keys & own]

    def credentials(self, cleared):
        """The headers by which the servers that are made from now on know a caller."""
        return {} if cleared[0] == "clear" else {"Authorization": f"Bearer {self._keys.create('one', *cleared)[1]}"}

    def alike(self, mine, theirs):
        """Whether two answers are the same, times apart; on a server in memory, but for the last digits of scores."""
        for _, headers, _ in (mine, theirs):
            headers.update({name: EXPIRES.sub("", headers[name]) for name in ("set-cookie",) if name in headers})
        if self._kept is EdgeStore:
            return mine == theirs
        for _, headers, _ in (mine, theirs):
            headers.pop("etag", None)
        return mine[:2] == theirs[:2] and same_but_for_last_digits(
            mine[2].decode("latin-1"), theirs[2].decode("latin-1")
        )

    def holding(self, cleared):
        here = self._folder / f"server-{len([*self._folder.iterdir()])}"
        root, data = here / "content", here / "data"
        here.mkdir()
        stated = Settings(content_dirs=(root,), data_dir=data, rate_limit=0, time_limit=0)
        store = self._kept(data)
        for number, (state, keys) in enumerate(self._states):
            shutil.rmtree(root, ignore_errors=True)
            keep_visible(state, keys, clearance(*cleared), root)
            self._monkeypatch.setattr(
                "ingest.indexing.changing.now", lambda number=number: START + timedelta(hours=number)
            )
            index_content(stated, store, self._encoder)
        if self._keys_at.exists():
            (data / "keys.json").write_bytes(self._keys_at.read_bytes())
        return create_app(Services(stated, searcher_on(stated, self._encoder, store)))


def changed(notes, chance):
    """Some of these notes, with who may see them: some taken out, the others changed."""
    return {
        note_id: handled if chance.randrange(3) == 0 else handling(chance)
        for note_id, handled in notes.items()
        if chance.randrange(3)
    }


def following(asked, answer):
    """The request for the second part of a list that goes on."""
    if answer[1].get("content-type") != "application/json":
        return None
    found = json.loads(answer[2].replace(b",}", b"}"))
    if asked.address == "/mcp":
        after, given = found.get("result", {}).get("nextCursor"), asked.parameters["params"]
        goes_on = {**asked.parameters, "params": {**given, "cursor": after}}
    else:
        after, given = found.get("next"), asked.parameters
        goes_on = {**given, "cursor": after}
    return asked._replace(parameters=goes_on) if after and "cursor" not in given else None


def is_good(status, content):
    """Return whether an answer is no error; a message of a protocol may hold one."""
    return status in (200, 303) and b'"isError":true' not in content and b'"error":{' not in content


def comparable(answer):
    """Return all of an answer but the time that the search took, its length, and the number of the request."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("content-length", "x-request-id")}
    return answer.status_code, headers, TIMES.sub(b"", answer.content)


def check(servers, chance, ask, checked):
    """Let two callers ask in turns: what is cached for the first must tell the second nothing.

    checked: how often each route was asked, with how many good answers, and differing from an anonymous caller's
    """
    cleared = [caller(chance) for _ in range(2)]
    # Hypothesis begins with what is simplest: nothing restricted, and callers who may see everything.
    assume(all(servers.hides_something_from(each) for each in cleared))
    headers = [servers.credentials(each) for each in cleared]
    whole, apart = servers.holding(EVERYTHING), [servers.holding(each) for each in cleared]
    ids = [*servers.ids, "be-none"]
    opened = [servers.opened_to(each) or ids for each in cleared]
    requests = [
        (number, f"{request.method} {route}", request)
        for number in range(2)
        for route, request in (
            *((route, make(chance, notes)) for route, make in ROUTES for notes in (ids, opened[number])),
            *EVERYBODYS.items(),
        )
    ]
    chance.shuffle(requests)
    for number, route, request in requests:
        is_page = not request.address.startswith(("/v1", "/mcp"))
        accept = {"accept": "text/html"} if is_page else request.headers
        form = "params" if request.method == "GET" else "data" if is_page else "json"
        given = {form: request.parameters}
        answer, alone, to_anybody = (
            comparable(ask(server, request.address, request.method, headers={**accept, **as_caller}, **given))
            for server, as_caller in ((whole, headers[number]), (apart[number], headers[number]), (whole, {}))
        )
        assert servers.alike(answer, alone), (cleared[number], request)
        if goes_on := following(request, answer):
            requests.append((number, route, goes_on))
        checked["asked"][route] += 1
        checked["good"][route] += is_good(answer[0], answer[2])
        checked["differing"][route] += answer != to_anybody
        if route.partition(" ")[2] in EVERYBODYS:
            assert (answer[0], answer[2]) == (to_anybody[0], to_anybody[2]), request
            assert is_good(answer[0], answer[2]) or answer[0] in (303, 307), (request, answer)
    checked["collections"][""] += 1


@pytest.mark.deep
@pytest.mark.parametrize(
    ("number", "kept"), [*((number, EdgeStore) for number in range(ROUNDS)), *[(ROUNDS, server_store)] * DEEP]
)
def test_an_answer_is_that_of_a_server_that_holds_what_the_caller_may_see(number, kept, fake_encoder, ask, monkeypatch):
    checked = {name: Counter() for name in ("collections", "asked", "good", "differing")}
    monkeypatch.setattr("api.mcp.server.PAGE", 7)
    monkeypatch.setattr("search.rank.late_interaction.BEHIND", 1.0)  # vectors of the fake encoder lie far apart

    @seed(number)
    @settings(max_examples=OF_A_ROUND, phases=[Phase.generate], database=None)
    @given(st.randoms(use_true_random=False))
    def with_a_collection(chance):
        with TemporaryDirectory() as folder:
            check(Servers(Path(folder), fake_encoder, chance, monkeypatch, kept), chance, ask, checked)

    with_a_collection()
    assert checked["collections"].total() >= OF_A_ROUND
    assert checked["asked"].total() >= 150 * OF_A_ROUND
    routes = checked["asked"].keys() - {f"{request.method} {route}" for route, request in EVERYBODYS.items()}
    for route in routes:
        assert checked["good"][route] >= checked["asked"][route] / 8, route  # some callers may see few of the notes
    same = {route for route in routes if not checked["differing"][route]}
    assert len(same) <= depth(3, 1), same  # a round asks so little that chance may leave some out
