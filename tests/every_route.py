"""Requests to every route that says something of notes, and to every tool, made by chance."""

from collections import namedtuple
from datetime import UTC, datetime

from kb.text.languages import Language
from tests.restricted import BODIES, QUESTIONS, WORDS

START = datetime(2026, 6, 1, tzinfo=UTC)
"""When the collections that are asked of were first indexed."""
META = "io.modelcontextprotocol/"
NEWEST = "2026-07-28"
CLIENT = {"name": "test", "version": "1"}
CRIME_TYPES = ("phishing", "ransomware", "fraud")
Request = namedtuple("Request", "address parameters method headers", defaults=({}, "GET", {}))


def to(address, asked=lambda *_: {}, method="GET"):
    """What makes requests to an address, with a language for `{lang}` and a note for `{id}`; asked: the parameters."""
    values = {"lang": lambda _: [*Language], "id": lambda ids: ids}

    def make(chance, ids):
        parameters = asked(chance, ids)
        parts = {name: chance.choice(of(ids)) for name, of in values.items() if f"{{{name}}}" in address}
        return Request(address.format(**parts), parameters, method)

    return make


def filters(chance):
    """Some of the parameters that narrow a search, mostly with values that some note has."""
    given = {
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


def some(chance, share, **values):
    """Some of these values: each in so many cases out of five."""
    return {name: value for name, value in values.items() if chance.randrange(5) < share}


def language(chance, name):
    """A language in half of the cases."""
    return {name: chance.choice([*Language]).value} if chance.randrange(2) else {}


def search(chance, _):
    limit = chance.choice((1, 3, 10, 50))
    more = some(chance, 2, limit=limit, explain="true", group_by="country", sort="date")
    return {"q": chance.choice(QUESTIONS), **filters(chance), **more}


def search_by_body(chance, ids):
    asked = search(chance, ids)
    return {**asked, "explain": True} if "explain" in asked else asked


def similar(chance, ids):
    text = " ".join(f"{chance.choice(QUESTIONS)}." for _ in range(20)) if chance.randrange(3) == 0 else ""
    return {"similar_to": {"text": text} if text else {"note": chance.choice(ids)}, "limit": 4}


def by_body_or_similar(chance, ids):
    return chance.choice((search_by_body, similar))(chance, ids)


def batch(chance, ids):
    return {"queries": [similar(chance, ids), search_by_body(chance, ids)]}


def all_notes(chance, _):
    return {**filters(chance), "limit": chance.choice((3, 50))}


def all_changes(chance, _):
    more = {"since": START.isoformat()} if chance.randrange(2) else {}
    return {"limit": chance.choice((2, 100)), **more}


def feed(chance, _):
    return {name: value for name, value in filters(chance).items() if name != "lang"}


def search_page(chance, ids):
    asked = feed(chance, ids)
    if chance.randrange(3):
        asked["q"] = chance.choice(QUESTIONS)
    page = str(chance.randint(1, 3))
    return asked | some(chance, 1, page=page, sort="date", explain="1", view="countries")


def version(chance, _):
    return {"version": chance.choice([*Language]).value} if chance.randrange(5) < 2 else {}


def note(chance, _):
    return language(chance, "lang")


def suggest(chance, _):
    typed = chance.choice(WORDS)[: chance.randint(1, 4)]
    return {"q": typed, "limit": "20", "lang": chance.choice([*Language]).value}


def compare(chance, _):
    phase = {"phase": "prevention"} if chance.randrange(3) == 0 else {}
    address = f"/{chance.choice([*Language])}/compare"
    return Request(address, {"crime_type": chance.choice(CRIME_TYPES), **phase})


def message(method, **parameters):
    return Request("/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}, "POST")


def tool(name, asked):
    return lambda chance, ids: message("tools/call", name=name, arguments=asked(chance, ids))


def search_tool(chance, _):
    asked = {name: value for name, value in filters(chance).items() if name != "note_lang"}
    named = {"language": asked.pop("lang")} if "lang" in asked else {}
    return {"question": chance.choice(QUESTIONS), "limit": chance.choice((1, 5, 20)), **asked, **named}


def note_tool(chance, ids):
    named = language(chance, "language")
    return {"id": chance.choice(ids), **named}


def compare_tool(chance, _):
    asked = {"crime_type": chance.choice(CRIME_TYPES)}
    more = {"phase": "prevention", "country": ["BE", "NL"], "language": "nl"}
    return asked | {name: value for name, value in more.items() if chance.randrange(3) == 0}


def coverage_tool(chance, _):
    return {"crime_type": chance.choice(CRIME_TYPES)} if chance.randrange(2) else {}


def resource(chance, ids):
    return message("resources/read", uri=f"note://{chance.choice(ids)}/{chance.choice([*Language])}")


ASKED_OF_TOOLS = {
    "search_practices": search_tool,
    "get_note": note_tool,
    "compare_countries": compare_tool,
    "list_coverage": coverage_tool,
}
"""Tools whose answers say something of notes -> what makes arguments for them."""
TOOLS_SAME_FOR_ALL = ("taxonomy",)
ROUTES = {
    "/v1/search": [
        *2 * [to("/v1/search", search)],
        to("/v1/search", search_by_body, "POST"),
        to("/v1/search", similar, "POST"),
    ],
    "/v1/search/batch": [to("/v1/search/batch", batch, "POST")],
    "/v1/notes": [to("/v1/notes", all_notes)],
    "/v1/changes": [to("/v1/changes", all_changes)],
    "/v1/notes/{note_id}": 2 * [to("/v1/notes/{id}", note)],
    "/v1/notes/{note_id}/stix": [to("/v1/notes/{id}/stix", note)],
    "/v1/notes/{note_id}/misp": [to("/v1/notes/{id}/misp", note)],
    "/v1/search/stix": [to("/v1/search/stix", by_body_or_similar, "POST")],
    "/v1/search/misp": [to("/v1/search/misp", by_body_or_similar, "POST")],
    "/catalog.jsonld": [to("/catalog.jsonld")],
    "/{language:language}/feed.atom": [to("/{lang}/feed.atom", feed)],
    "/v1/suggest": 2 * [to("/v1/suggest", suggest)],
    "/v1/coverage": [to("/v1/coverage")],
    "/readyz": [to("/readyz")],
    "/{language:language}/": 2 * [to("/{lang}/", search_page)],
    "/{language:language}/notes/{note_id}": 2 * [to("/{lang}/notes/{id}", version)],
    "/{language:language}/notes/{note_id}.md": [to("/{lang}/notes/{id}.md", version)],
    "/{language:language}/compare": [compare],
    **{f"/mcp {name}": [tool(name, asked)] for name, asked in ASKED_OF_TOOLS.items()},
    "/mcp resource": [resource],
    "/mcp resources/list": [lambda *_: message("resources/list")],
    "/{language:language}/coverage": [to("/{lang}/coverage")],
}
"""Routes whose answers say something of notes -> what makes requests to them. Of `/mcp`, each tool by itself."""
SAME_FOR_ALL = {
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
EVERYBODYS = {route: Request(address) for route, address in SAME_FOR_ALL.items()} | MESSAGES_SAME_FOR_ALL
"""A request to each of these."""
