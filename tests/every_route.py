"""Requests to every route that says something of notes, and to every tool, made by chance."""

import random
from collections import namedtuple
from datetime import UTC, datetime

from kb.notes.note import Kind
from kb.text.languages import Language
from tests.restricted import BODIES, QUESTIONS, WORDS

START = datetime(2026, 6, 1, tzinfo=UTC)
"""When the collections that are asked of were first indexed."""
META = "io.modelcontextprotocol/"
NEWEST = "2026-07-28"
CLIENT = {"name": "test", "version": "1"}
CRIME_TYPES = ("phishing", "ransomware", "fraud")
FILTERS = {
    "country": ["BE", "NL", "LU", "BNL", "EU"],
    "crime_type": CRIME_TYPES,
    "phase": ["prevention", "evidence"],
    "power": ["preservation"],
    "kind": [*Kind],
    "status": ["operational", "in-force"],
    "organisation": [*BODIES, "Alphadienstt", "europol"],
    "evidence": ["untested", "monitored"],
}
"""Parameters that narrow a list -> values, which mostly some note has."""
Request = namedtuple("Request", "address parameters method headers", defaults=({}, "GET", {}))


def some(chance, share, **values):
    """Some of these parameters: each in this share of the cases, with one of its values."""
    return {name: chance.choice([*of]) for name, of in values.items() if chance.randrange(100) < 100 * share}


def sometimes(share, **values):
    """What makes some of these parameters."""
    return lambda chance, _: some(chance, share, **values)


filtered = sometimes(0.15, note_lang=Language, **FILTERS)


def feed(chance, ids):
    return filtered(chance, ids) | some(chance, 0.5, q=QUESTIONS)


def note_list(chance, ids):
    return {"note": chance.choices(ids, k=chance.randint(1, 4))}


def filters(chance):
    return some(chance, 0.15, lang=Language, note_lang=Language, **FILTERS)


def search(chance, _):
    more = some(chance, 0.4, limit=(1, 3, 10, 50), explain=[True], group_by=["country"], sort=["date"])
    return {"q": chance.choice(QUESTIONS), **filters(chance), **more}


def similar(chance, ids):
    text = " ".join(f"{chance.choice(QUESTIONS)}." for _ in range(20)) if chance.randrange(3) == 0 else ""
    return {"similar_to": {"text": text} if text else {"note": chance.choice(ids)}, "limit": 4}


def search_or_similar(chance, ids):
    return chance.choice((search, similar))(chance, ids)


def search_page(chance, ids):
    more = some(chance, 0.2, page="123", sort=["date"], explain="1", view=["countries"])
    return filtered(chance, ids) | some(chance, 0.7, q=QUESTIONS) | more


def suggest(chance, _):
    typed = chance.choice(WORDS)[: chance.randint(1, 4)]
    return {"q": typed, "limit": "20", "lang": chance.choice([*Language])}


def compared_by_country(chance, ids):
    return {"power": "preservation"} if chance.randrange(3) == 0 else compare(chance, ids)


def compare_page(chance, ids):
    return {"note": chance.choices(ids, k=2)} if chance.randrange(3) == 0 else compared_by_country(chance, ids)


def compare(chance, _):
    return {"crime_type": chance.choice(CRIME_TYPES), **some(chance, 0.3, phase=["prevention"])}


def feedback(chance, _):
    return {"kind": chance.choice(("useful", "useful", "error")), **some(chance, 0.5, text=["The number is old."])}


def search_tool(chance, _):
    narrowed = some(chance, 0.15, language=Language, **FILTERS)
    return {"question": chance.choice(QUESTIONS), "limit": chance.choice((1, 5, 20)), **narrowed}


def message(method, **parameters):
    return Request("/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}, "POST")


def to(route, asked):
    """What makes requests to a method and path with what is asked."""
    method, path = route.split()

    def make(chance, ids):
        address = path.replace("{language:language}", chance.choice([*Language])).replace("{name}", "page.png")
        return Request(address.replace("{note_id}", chance.choice(ids)), asked(chance, ids), method)

    return make


def call(name, asked):
    return lambda chance, ids: message("tools/call", name=name, arguments=asked(chance, ids))


ASKED_OF_TOOLS = {
    "search_practices": search_tool,
    "get_note": lambda chance, ids: {"id": chance.choice(ids), **some(chance, 0.5, language=Language)},
    "compare_countries": lambda chance, ids: (
        compared_by_country(chance, ids) | some(chance, 0.3, country=[["BE", "NL"]], language=["nl"])
    ),
    "list_coverage": sometimes(0.5, crime_type=CRIME_TYPES),
}
"""Tools whose answers say something of notes -> what makes arguments for them."""
TOOLS_SAME_FOR_ALL = ("taxonomy",)
NOTHING, NOTE, VERSION = sometimes(0), sometimes(0.5, lang=Language), sometimes(0.4, version=Language)
ASKED = {
    "GET /v1/search": 2 * [search],
    "POST /v1/search": [search, similar],
    "POST /v1/search/batch": 4 * [lambda chance, ids: {"queries": [similar(chance, ids), search(chance, ids)]}],
    "GET /v1/notes": [lambda chance, _: {**filters(chance), "limit": chance.choice((3, 50))}],
    "GET /v1/changes": [
        lambda chance, _: {"limit": chance.choice((2, 100)), **some(chance, 0.5, since=[START.isoformat()])}
    ],
    "GET /v1/notes/{note_id}": 2 * [NOTE],
    "GET /v1/notes/{note_id}/stix": [NOTE],
    "GET /v1/notes/{note_id}/misp": [NOTE],
    "POST /v1/search/stix": 4 * [search_or_similar],
    "POST /v1/search/misp": 4 * [search_or_similar],
    "GET /catalog.jsonld": [NOTHING],
    "GET /{language:language}/feed.atom": 2 * [feed],
    "GET /v1/suggest": 4 * [suggest],
    "GET /v1/coverage": [NOTHING],
    "GET /readyz": [NOTHING],
    "GET /{language:language}/": 2 * [search_page],
    "POST /{language:language}/": [lambda chance, _: {"q": "\n".join(chance.choices(QUESTIONS, k=8))}],
    "POST /{language:language}/suggest": 2 * [suggest],
    "GET /{language:language}/notes/{note_id}": 2 * [VERSION],
    "GET /{language:language}/notes/{note_id}.md": [VERSION],
    "POST /{language:language}/notes/{note_id}/feedback": [feedback],
    "GET /{language:language}/notes/{note_id}/{name}": 4 * [VERSION],
    "GET /{language:language}/compare": 4 * [compare_page],
    "GET /{language:language}/list": [note_list],
    "GET /{language:language}/coverage": [NOTHING],
}
"""Method and path of routes whose answers say something of notes -> what makes parameters for them."""
ROUTES = [
    *((route.partition(" ")[2], to(route, asked)) for route, makers in ASKED.items() for asked in makers),
    *((f"/mcp {name}", call(name, asked)) for name, asked in ASKED_OF_TOOLS.items()),
    *3 * [("/mcp compare_countries", call("compare_countries", ASKED_OF_TOOLS["compare_countries"]))],
    (
        "/mcp resource",
        lambda chance, ids: message("resources/read", uri=f"note://{chance.choice(ids)}/{chance.choice([*Language])}"),
    ),
    ("/mcp resources/list", lambda *_: message("resources/list")),
]
"""Each of these routes, and of `/mcp` each tool by itself, with what makes requests to it."""
SAME_FOR_ALL = (
    "/v1/taxonomy /healthz /openapi.json / /notes/{note_id} /{language:language}/about /v1/taxonomy.jsonld "
    "/v1/schema/note.json /{language:language}/opensearch.xml /{language:language}/sign-in "
    "/problems /{language:language}/problems"
)
"""Routes whose answers say nothing of notes but what is public."""
FORMS = "/{language:language}/sign-in /{language:language}/sign-out"
"""Routes that a form without a key is sent to, which lead on."""
MESSAGES_SAME_FOR_ALL = {
    **{f"/mcp {name}": message("tools/call", name=name) for name in TOOLS_SAME_FOR_ALL},
    **{f"/mcp {method}": message(method) for method in ("tools/list", "resources/templates/list", "ping")},
    "/mcp initialize": message("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=CLIENT),
    "/mcp server/discover": message(
        "server/discover",
        _meta={f"{META}protocolVersion": NEWEST, f"{META}clientCapabilities": {}, f"{META}clientInfo": CLIENT},
    )._replace(headers={"mcp-protocol-version": NEWEST, "mcp-method": "server/discover"}),
}
"""Of `/mcp`, likewise."""
EVERYBODYS = {
    **{route: to(f"GET {route}", NOTHING)(random.Random(1), ["be-0"]) for route in SAME_FOR_ALL.split()},
    **{f"{route} sent": to(f"POST {route}", NOTHING)(random.Random(1), ["be-0"]) for route in FORMS.split()},
    "/static": Request("/static/style.css"),
    **MESSAGES_SAME_FOR_ALL,
}
"""A request to each of these."""
