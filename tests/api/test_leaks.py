"""Over every route, a caller is answered what a server would answer that holds only the notes the caller may see.

Byte for byte, headers included, but for the time that a search took. Random collections, callers and requests;
`KB_TEST_LEAK_COLLECTIONS` says how many collections, 2 unless told; `make test-leaks` asks for 40.
"""

import json
import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.types import ASGIApp

from api.app import bare_app, create_app
from api.assistants.tool_table import TOOLS
from api.key_file import KeyFile
from ingest.index import index_content
from kb.access import Handling, clearance
from kb.chunk_schema import recipe
from kb.content import read_taxonomy
from kb.engines.edge import EdgeStore
from kb.languages import Language
from kb.settings import Settings
from search.service import Searcher
from tests.restricted import BODIES, CLEARED, EVERYTHING, HANDLINGS, QUESTIONS, WORDS, keep_visible, write

LOOSE = [f"{country}-loose-{number}" for country in ("be", "nl", "lu") for number in range(4)]
"""Notes that no other is linked with, so that they can come and go."""
START = datetime(2026, 6, 1, tzinfo=UTC)
COLLECTIONS = int(os.environ.get("KB_TEST_LEAK_COLLECTIONS") or 2)
OF_EACH_ROUTE = 5
"""Requests of each caller to each route that says something of notes."""
CRIME_TYPES = ("phishing", "ransomware", "fraud")
TIMES = re.compile(rb'"took_ms":[0-9.e-]+')


class Request(NamedTuple):
    address: str
    parameters: Mapping[str, Any] = {}
    method: str = "GET"


Chance = random.Random
Make = Callable[[Chance, Sequence[str]], Request]


def filters(chance: Chance) -> dict[str, Any]:
    """Some of the parameters that narrow a search, mostly with values that some note has."""
    given: dict[str, Sequence[Any]] = {
        "lang": [*Language], "country": ["BE", "NL", "LU", "BNL", "EU"], "crime_type": CRIME_TYPES,
        "phase": ["prevention", "disruption"], "kind": ["practice", "strategy"], "status": ["operational", "in-force"],
        "organisation": [*BODIES, "Alphadienstt", "europol"], "evidence": ["untested", "monitored"],
        "note_lang": [*Language],
    }  # fmt: skip
    return {name: str(chance.choice(values)) for name, values in given.items() if chance.random() < 0.15}


def search(chance: Chance, _: Sequence[str]) -> Request:
    more: dict[str, Any] = {
        "limit": chance.choice((1, 3, 10, 50)), "explain": "true", "group_by": "country", "sort": "date",
    }  # fmt: skip
    more = {name: value for name, value in more.items() if chance.random() < 0.4}
    return Request("/v1/search", {"q": chance.choice(QUESTIONS), **filters(chance), **more})


def search_by_body(chance: Chance, ids: Sequence[str]) -> Request:
    asked = search(chance, ids)
    as_json = {name: value == "true" if name == "explain" else value for name, value in asked.parameters.items()}
    return Request(asked.address, as_json, "POST")


def search_all(chance: Chance, ids: Sequence[str]) -> Request:
    return Request(
        "/v1/search/batch", {"queries": [similar(chance, ids), search_by_body(chance, ids).parameters]}, "POST"
    )


def search_similar(chance: Chance, ids: Sequence[str]) -> Request:
    return Request("/v1/search", similar(chance, ids), "POST")


def similar(chance: Chance, ids: Sequence[str]) -> dict[str, Any]:
    text = " ".join(f"{chance.choice(QUESTIONS)}." for _ in range(20))
    return {"similar_to": {"note": chance.choice(ids)} if chance.random() < 0.7 else {"text": text}, "limit": 4}


def all_notes(chance: Chance, _: Sequence[str]) -> Request:
    return Request("/v1/notes", {**filters(chance), "limit": chance.choice((3, 50))})


def all_changes(chance: Chance, _: Sequence[str]) -> Request:
    more = {"since": START.isoformat()} if chance.random() < 0.5 else {}
    return Request("/v1/changes", {"limit": chance.choice((2, 100)), **more})


def search_page(chance: Chance, _: Sequence[str]) -> Request:
    asked = filters(chance)
    asked.pop("lang", None)
    if chance.random() < 0.7:
        asked["q"] = chance.choice(QUESTIONS)
    more = {"page": str(chance.randint(1, 3)), "sort": "date", "explain": "1", "view": "countries"}
    asked |= {name: value for name, value in more.items() if chance.random() < 0.2}
    return Request(f"/{chance.choice([*Language])}/", asked)


def note_page(ending: str) -> Make:
    def make(chance: Chance, ids: Sequence[str]) -> Request:
        version = {"version": chance.choice([*Language]).value} if chance.random() < 0.4 else {}
        return Request(f"/{chance.choice([*Language])}/notes/{chance.choice(ids)}{ending}", version)

    return make


def note(chance: Chance, ids: Sequence[str]) -> Request:
    lang = {"lang": chance.choice([*Language]).value} if chance.random() < 0.5 else {}
    return Request(f"/v1/notes/{chance.choice(ids)}", lang)


def note_as(ending: str) -> Make:
    def make(chance: Chance, ids: Sequence[str]) -> Request:
        asked = note(chance, ids)
        return asked._replace(address=asked.address + ending)

    return make


def search_as(ending: str) -> Make:
    def make(chance: Chance, ids: Sequence[str]) -> Request:
        asked = chance.choice((search_by_body, search_similar))(chance, ids)
        return asked._replace(address=asked.address + ending)

    return make


def feed(chance: Chance, _: Sequence[str]) -> Request:
    asked = filters(chance)
    asked.pop("lang", None)
    return Request(f"/{chance.choice([*Language])}/feed.atom", asked)


def suggest(chance: Chance, _: Sequence[str]) -> Request:
    typed = chance.choice(WORDS)[: chance.randint(1, 4)]
    return Request("/v1/suggest", {"q": typed, "limit": "20", "lang": chance.choice([*Language]).value})


def compare(chance: Chance, _: Sequence[str]) -> Request:
    phase = {"phase": "prevention"} if chance.random() < 0.3 else {}
    return Request(f"/{chance.choice([*Language])}/compare", {"crime_type": chance.choice(CRIME_TYPES), **phase})


def message(method: str, **parameters: Any) -> Request:
    return Request("/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}, "POST")


def tool(name: str, asked: Callable[[Chance, Sequence[str]], Mapping[str, Any]]) -> Make:
    return lambda chance, ids: message("tools/call", name=name, arguments=asked(chance, ids))


def search_tool(chance: Chance, _: Sequence[str]) -> dict[str, Any]:
    asked = filters(chance)
    asked.pop("note_lang", None)
    language = {"language": asked.pop("lang")} if "lang" in asked else {}
    return {"question": chance.choice(QUESTIONS), "limit": chance.choice((1, 5, 20)), **asked, **language}


def note_tool(chance: Chance, ids: Sequence[str]) -> dict[str, Any]:
    language = {"language": chance.choice([*Language]).value} if chance.random() < 0.5 else {}
    return {"id": chance.choice(ids), **language}


def compare_tool(chance: Chance, _: Sequence[str]) -> dict[str, Any]:
    more = {"phase": "prevention", "country": ["BE", "NL"], "language": "nl"}
    return {
        "crime_type": chance.choice(CRIME_TYPES),
        **{name: one for name, one in more.items() if chance.random() < 0.3},
    }


def coverage_tool(chance: Chance, _: Sequence[str]) -> dict[str, Any]:
    return {"crime_type": chance.choice(CRIME_TYPES)} if chance.random() < 0.5 else {}


def resource(chance: Chance, ids: Sequence[str]) -> Request:
    return message("resources/read", uri=f"note://{chance.choice(ids)}/{chance.choice([*Language])}")


ASKED_OF_TOOLS: Mapping[str, Callable[[Chance, Sequence[str]], Mapping[str, Any]]] = {
    "search_practices": search_tool,
    "get_note": note_tool,
    "compare_countries": compare_tool,
    "list_coverage": coverage_tool,
}
"""Tools whose answers say something of notes -> what makes arguments for them."""
TOOLS_SAME_FOR_ALL = ("taxonomy",)
ROUTES: Mapping[str, Sequence[Make]] = {
    "/v1/search": [search, search, search_by_body, search_similar],
    "/v1/search/batch": [search_all],
    "/v1/notes": [all_notes],
    "/v1/changes": [all_changes],
    "/v1/notes/{note_id}": [note, note],
    "/v1/notes/{note_id}/stix": [note_as("/stix")],
    "/v1/notes/{note_id}/misp": [note_as("/misp")],
    "/v1/search/stix": [search_as("/stix")],
    "/v1/search/misp": [search_as("/misp")],
    "/catalog.jsonld": [lambda *_: Request("/catalog.jsonld")],
    "/{language:language}/feed.atom": [feed],
    "/v1/suggest": [suggest, suggest],
    "/v1/coverage": [lambda *_: Request("/v1/coverage")],
    "/{language:language}/": [search_page, search_page],
    "/{language:language}/notes/{note_id}": [note_page(""), note_page("")],
    "/{language:language}/notes/{note_id}.md": [note_page(".md")],
    "/{language:language}/compare": [compare],
    **{f"/mcp {name}": [tool(name, asked)] for name, asked in ASKED_OF_TOOLS.items()},
    "/mcp resource": [resource],
    "/{language:language}/coverage": [lambda chance, _: Request(f"/{chance.choice([*Language])}/coverage")],
}
"""Routes whose answers say something of notes -> what makes requests to them. Of `/mcp`, each tool by itself."""
SAME_FOR_ALL: Mapping[str, str] = {
    "/v1/taxonomy": "/v1/taxonomy", "/healthz": "/healthz", "/readyz": "/readyz", "/openapi.json": "/openapi.json",
    "/": "/", "/notes/{note_id}": "/notes/be-0", "/{language:language}/about": "/en/about",
    "/static": "/static/style.css", "/v1/taxonomy.jsonld": "/v1/taxonomy.jsonld",
    "/{language:language}/opensearch.xml": "/nl/opensearch.xml",
}  # fmt: skip
"""Routes whose answers say nothing of notes but what is public -> an address of theirs."""
MESSAGES_SAME_FOR_ALL: Mapping[str, Request] = {
    **{f"/mcp {name}": message("tools/call", name=name) for name in TOOLS_SAME_FOR_ALL},
    **{
        f"/mcp {method}": message(method)
        for method in ("tools/list", "resources/list", "resources/templates/list", "ping", "server/discover")
    },
}
"""Of `/mcp`, likewise."""


def all_paths(routes: Sequence[Any]) -> Iterator[str]:
    """The paths of routes, and of those in the routers that were included; a route of another kind fails."""
    for route in routes:
        if inner := getattr(route, "original_router", None):
            yield from all_paths(inner.routes)
        else:
            yield route.path


def test_every_route_is_asked() -> None:
    paths = set(all_paths(bare_app().routes))
    assert "/static" in paths
    assert paths == {*(one.partition(" ")[0] for one in ROUTES), *SAME_FOR_ALL}


def test_every_tool_is_asked() -> None:
    assert TOOLS.keys() == {*ASKED_OF_TOOLS, *TOOLS_SAME_FOR_ALL}


class Servers:
    """One server that holds everything, and for each caller one that holds what that one may see.

    Each has indexed the collection twice: since the first time, notes were taken out, changed, restricted and opened.
    """

    def __init__(
        self, folder: Path, content: Any, encoder: Any, chance: Chance, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._folder, self._encoder, self._monkeypatch = folder, encoder, monkeypatch
        self._states: list[tuple[Path, dict[str, frozenset[str]]]] = []
        keys = write(content, chance, 2)
        loose = {note_id: chance.choice(HANDLINGS) for note_id in LOOSE}
        for state in (loose, changed(loose, chance)):
            for note_id in LOOSE:
                shutil.rmtree(content.root / "practices" / note_id, ignore_errors=True)
            for note_id, handling in state.items():
                content.practice(
                    note_id, title=f"Loose {len(self._states)}", countries=[note_id[:2].upper()], **handling
                )
                keys[note_id] = Handling.stated(handling).keys(read_taxonomy([content.root]))
            copy = folder / f"state-{len(self._states)}"
            shutil.copytree(content.root, copy)
            self._states.append((copy, dict(keys)))
        self.ids = [*keys]
        file = KeyFile(folder / "keys.json")
        self.callers = [{}, *({"Authorization": f"Bearer {file.create('one', *one)[1]}"} for one in CLEARED[1:])]
        self.whole = self.holding(EVERYTHING)

    def holding(self, cleared: Any) -> ASGIApp:
        here = self._folder / str(len([*self._folder.iterdir()]))
        root, data = here / "content", here / "data"
        here.mkdir()
        settings = Settings(content_dirs=(root,), data_dir=data, rate_limit=0)
        store = EdgeStore(data)
        for number, (state, keys) in enumerate(self._states):
            shutil.rmtree(root, ignore_errors=True)
            keep_visible(state, keys, clearance(*cleared), root)
            self._monkeypatch.setattr("ingest.index._now", lambda number=number: START + timedelta(hours=number))
            index_content(settings, store, self._encoder)
        (data / "keys.json").write_bytes((self._folder / "keys.json").read_bytes())
        made_by = recipe(self._encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        return create_app(settings, Searcher(store, self._encoder, made_by))


def changed(notes: Mapping[str, Mapping[str, Any]], chance: Chance) -> dict[str, Mapping[str, Any]]:
    """Some of these notes, with who may see them: a third of them taken out, the others changed."""
    kept = sorted(chance.sample(sorted(notes), 2 * len(notes) // 3))
    return {note_id: chance.choice([notes[note_id], *HANDLINGS]) for note_id in kept}


def following(answer: tuple[int, dict[str, str], bytes]) -> str | None:
    """The cursor with which a list goes on."""
    if answer[1].get("content-type") != "application/json":
        return None
    found: str | None = json.loads(answer[2].replace(b",}", b"}")).get("next")
    return found


def is_good(status: int, content: bytes) -> bool:
    """Whether an answer is one: a message of a protocol may tell of an error, too."""
    return status == 200 and b'"isError":true' not in content and b'"error":{' not in content


def told(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """All of an answer but the time that the search took, the length that this has, and the number of the request."""
    headers = {name: one for name, one in answer.headers.items() if name not in ("content-length", "x-request-id")}
    return answer.status_code, headers, TIMES.sub(b"", answer.content)


@pytest.fixture(params=range(COLLECTIONS))
def servers(
    request: pytest.FixtureRequest, content: Any, fake_encoder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Servers:
    (tmp_path / "servers").mkdir()
    chance = random.Random(f"leaks {request.param}")
    return Servers(tmp_path / "servers", content, fake_encoder, chance, monkeypatch)


def test_an_answer_is_that_of_a_server_that_holds_what_the_caller_may_see(
    servers: Servers, ask: Callable[..., httpx.Response], request: pytest.FixtureRequest
) -> None:
    chance = random.Random(f"requests {request.node.name}")
    ids = [*servers.ids, "be-none"]
    same = {**{route: Request(address) for route, address in SAME_FOR_ALL.items()}, **MESSAGES_SAME_FOR_ALL}
    asked: Counter[str] = Counter()
    good: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    for cleared, headers in zip(CLEARED, servers.callers, strict=True):
        apart = servers.holding(cleared)
        requests = [
            (f"{one.method} {route}", one)
            for route, makers in ROUTES.items()
            for one in (make(chance, ids) for make in makers for _ in range(OF_EACH_ROUTE))
        ]
        chance.shuffle(requests)  # what one asks is held for others, and must not tell them anything
        waiting = [*requests, *same.items()]
        for route, one in waiting:
            accept = {"accept": "text/html"} if not one.address.startswith(("/v1", "/mcp")) else {}
            given = {"json": one.parameters} if one.method == "POST" else {"params": one.parameters}
            answers = [
                told(ask(app, one.address, one.method, headers={**accept, **as_caller}, **given))
                for app, as_caller in ((servers.whole, headers), (apart, headers), (servers.whole, {}))
            ]
            assert answers[0] == answers[1], (cleared, one)
            if (after := following(answers[0])) and "cursor" not in one.parameters:
                waiting.append((route, one._replace(parameters={**one.parameters, "cursor": after})))
            asked[route] += 1
            good[route] += is_good(answers[0][0], answers[0][2])
            differing[route] += answers[0] != answers[2]
    print(f"{asked.total()} requests checked, {differing.total()} answered differently to an anonymous caller")
    assert asked.total() >= 400
    for route in asked.keys() - same.keys():
        assert good[route] >= asked[route] / 8, route  # some callers may see few of the notes
        assert differing[route] >= 1, route
