"""Requests to every route that says something of notes, and to every tool, made by chance."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kb.text.languages import Language
from tests.restricted import BODIES, QUESTIONS, WORDS

START = datetime(2026, 6, 1, tzinfo=UTC)
"""When the collections that are asked of were first indexed."""
META = "io.modelcontextprotocol/"
NEWEST = "2026-07-28"
CLIENT = {"name": "test", "version": "1"}
CRIME_TYPES = ("phishing", "ransomware", "fraud")


class Request(NamedTuple):
    address: str
    parameters: Mapping[str, Any] = {}
    method: str = "GET"
    headers: Mapping[str, str] = {}


Chance = random.Random
Make = Callable[[Chance, Sequence[str]], Request]


def filters(chance):
    """Some of the parameters that narrow a search, mostly with values that some note has."""
    given: dict[str, Sequence[Any]] = {
        "lang": [*Language],
        "country": ["BE", "NL", "LU", "BNL", "EU"],
        "crime_type": CRIME_TYPES,
        "phase": ["prevention", "disruption"],
        "kind": ["practice", "strategy"],
        "status": ["operational", "in-force"],
        "organisation": [*BODIES, "Alphadienstt", "europol"],
        "evidence": ["untested", "monitored"],
        "note_lang": [*Language],
    }
    return {name: str(chance.choice(values)) for name, values in given.items() if chance.randrange(7) == 0}


def search(chance, _):
    more: dict[str, Any] = {
        "limit": chance.choice((1, 3, 10, 50)),
        "explain": "true",
        "group_by": "country",
        "sort": "date",
    }
    more = {name: value for name, value in more.items() if chance.randrange(5) < 2}
    return Request("/v1/search", {"q": chance.choice(QUESTIONS), **filters(chance), **more})


def search_by_body(chance, ids):
    asked = search(chance, ids)
    as_json = {name: value == "true" if name == "explain" else value for name, value in asked.parameters.items()}
    return Request(asked.address, as_json, "POST")


def search_all(chance, ids):
    return Request(
        "/v1/search/batch", {"queries": [similar(chance, ids), search_by_body(chance, ids).parameters]}, "POST"
    )


def search_similar(chance, ids):
    return Request("/v1/search", similar(chance, ids), "POST")


def similar(chance, ids):
    text = " ".join(f"{chance.choice(QUESTIONS)}." for _ in range(20)) if chance.randrange(3) == 0 else ""
    return {"similar_to": {"text": text} if text else {"note": chance.choice(ids)}, "limit": 4}


def all_notes(chance, _):
    return Request("/v1/notes", {**filters(chance), "limit": chance.choice((3, 50))})


def all_changes(chance, _):
    more = {"since": START.isoformat()} if chance.randrange(2) else {}
    return Request("/v1/changes", {"limit": chance.choice((2, 100)), **more})


def search_page(chance, _):
    asked = filters(chance)
    asked.pop("lang", None)
    if chance.randrange(3):
        asked["q"] = chance.choice(QUESTIONS)
    more = {"page": str(chance.randint(1, 3)), "sort": "date", "explain": "1", "view": "countries"}
    asked |= {name: value for name, value in more.items() if chance.randrange(5) == 0}
    return Request(f"/{chance.choice([*Language])}/", asked)


def note_page(ending):
    def make(chance, ids):
        version = {"version": chance.choice([*Language]).value} if chance.randrange(5) < 2 else {}
        return Request(f"/{chance.choice([*Language])}/notes/{chance.choice(ids)}{ending}", version)

    return make


def note(chance, ids):
    lang = {"lang": chance.choice([*Language]).value} if chance.randrange(2) else {}
    return Request(f"/v1/notes/{chance.choice(ids)}", lang)


def note_as(ending):
    def make(chance, ids):
        asked = note(chance, ids)
        return asked._replace(address=asked.address + ending)

    return make


def search_as(ending):
    def make(chance, ids):
        asked = chance.choice((search_by_body, search_similar))(chance, ids)
        return asked._replace(address=asked.address + ending)

    return make


def feed(chance, _):
    asked = filters(chance)
    asked.pop("lang", None)
    return Request(f"/{chance.choice([*Language])}/feed.atom", asked)


def suggest(chance, _):
    typed = chance.choice(WORDS)[: chance.randint(1, 4)]
    return Request("/v1/suggest", {"q": typed, "limit": "20", "lang": chance.choice([*Language]).value})


def compare(chance, _):
    phase = {"phase": "prevention"} if chance.randrange(3) == 0 else {}
    return Request(f"/{chance.choice([*Language])}/compare", {"crime_type": chance.choice(CRIME_TYPES), **phase})


def message(method, **parameters):
    return Request("/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}, "POST")


def tool(name, asked):
    return lambda chance, ids: message("tools/call", name=name, arguments=asked(chance, ids))


def search_tool(chance, _):
    asked = filters(chance)
    asked.pop("note_lang", None)
    language = {"language": asked.pop("lang")} if "lang" in asked else {}
    return {"question": chance.choice(QUESTIONS), "limit": chance.choice((1, 5, 20)), **asked, **language}


def note_tool(chance, ids):
    language = {"language": chance.choice([*Language]).value} if chance.randrange(2) else {}
    return {"id": chance.choice(ids), **language}


def compare_tool(chance, _):
    more = {"phase": "prevention", "country": ["BE", "NL"], "language": "nl"}
    return {
        "crime_type": chance.choice(CRIME_TYPES),
        **{name: value for name, value in more.items() if chance.randrange(3) == 0},
    }


def coverage_tool(chance, _):
    return {"crime_type": chance.choice(CRIME_TYPES)} if chance.randrange(2) else {}


def resource(chance, ids):
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
    "/readyz": [lambda *_: Request("/readyz")],
    "/{language:language}/": [search_page, search_page],
    "/{language:language}/notes/{note_id}": [note_page(""), note_page("")],
    "/{language:language}/notes/{note_id}.md": [note_page(".md")],
    "/{language:language}/compare": [compare],
    **{f"/mcp {name}": [tool(name, asked)] for name, asked in ASKED_OF_TOOLS.items()},
    "/mcp resource": [resource],
    "/mcp resources/list": [lambda *_: message("resources/list")],
    "/{language:language}/coverage": [lambda chance, _: Request(f"/{chance.choice([*Language])}/coverage")],
}
"""Routes whose answers say something of notes -> what makes requests to them. Of `/mcp`, each tool by itself."""
SAME_FOR_ALL: Mapping[str, str] = {
    "/v1/taxonomy": "/v1/taxonomy",
    "/healthz": "/healthz",
    "/openapi.json": "/openapi.json",
    "/": "/",
    "/notes/{note_id}": "/notes/be-0",
    "/{language:language}/about": "/en/about",
    "/static": "/static/style.css",
    "/v1/taxonomy.jsonld": "/v1/taxonomy.jsonld",
    "/v1/schema/note.json": "/v1/schema/note.json",
    "/{language:language}/opensearch.xml": "/nl/opensearch.xml",
}
"""Routes whose answers say nothing of notes but what is public -> an address of theirs."""
MESSAGES_SAME_FOR_ALL: Mapping[str, Request] = {
    **{f"/mcp {name}": message("tools/call", name=name) for name in TOOLS_SAME_FOR_ALL},
    **{f"/mcp {method}": message(method) for method in ("tools/list", "resources/templates/list", "ping")},
    "/mcp initialize": message("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=CLIENT),
    "/mcp server/discover": message(
        "server/discover",
        _meta={f"{META}protocolVersion": NEWEST, f"{META}clientCapabilities": {}, f"{META}clientInfo": CLIENT},
    )._replace(headers={"mcp-protocol-version": NEWEST, "mcp-method": "server/discover"}),
}
"""Of `/mcp`, likewise."""
EVERYBODYS: Mapping[str, Request] = {
    **{route: Request(address) for route, address in SAME_FOR_ALL.items()},
    **MESSAGES_SAME_FOR_ALL,
}
"""A request to each of these."""
