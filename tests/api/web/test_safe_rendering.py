"""Nothing that an author writes runs in a page, or makes it load or send anything: read as browsers read HTML."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import html5rdf
import httpx
import pytest
from starlette.types import ASGIApp

from api.compose import Services
from api.http.app import create_app
from ingest.indexing.index import index_content
from kb.notes.markdown import to_html
from kb.notes.note import Kind
from kb.text.languages import Language
from tests.api.web.script_vectors import TARGETS, VECTORS

HARMLESS = frozenset(
    re.findall(
        r"\w+",
        """
    a p br hr em strong s code pre blockquote ul ol li h1 h2 h3 table thead tbody tr th td div span html head title body
    header main footer nav section article aside details summary form fieldset legend label input select option button
    dl dt dd abbr time mark figure figcaption caption small svg g rect line text tspan path circle desc datalist output
    col colgroup search defs pattern
    """,
    )
)
"""Elements that run and load nothing."""
LOADED = {"script": "src", "link": "href", "img": "src", "use": "href"}
"""Elements that do, and the attribute that says what; they are for files of this server only."""
ADDRESSES = {
    "href",
    "src",
    "action",
    "formaction",
    "poster",
    "background",
    "data",
    "cite",
    "ping",
    "manifest",
    "srcset",
}
FOREIGN = {"srcdoc", "style", "http-equiv", "formaction", "ping", "srcset", "background", "dynsrc", "lowsrc"}
OUR_META = {"viewport", "color-scheme", "description", "robots", "htmx-config", "referrer"}
WORDS = "The police and the banks warn people who have received false messages about it, and help them. "


def dangers(html: str) -> Iterator[str]:
    """What a browser would run, load or be sent to of a page, beside what is ours."""
    for element in html5rdf.parse(html, treebuilder="etree", namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):
            continue  # a comment
        tag = element.tag.rpartition("}")[2]
        attributes = {name.rpartition("}")[2].lower(): value for name, value in element.attrib.items()}
        if not _is_ours(tag, attributes) or (tag == "script" and (element.text or "").strip()):
            yield f"<{tag} {attributes}> {element.text}"
        yield from (f"{tag} {name}={value}" for name, value in attributes.items() if _runs(tag, name, value))


def _is_ours(tag: str, attributes: Mapping[str, str]) -> bool:
    if tag == "meta":
        return "charset" in attributes or attributes.get("name") in OUR_META
    if tag in LOADED:
        leads = attributes.get(LOADED[tag], "")
        return leads.startswith(("/static/", "#")) or attributes.get("rel") in ("alternate", "search")
    return tag in HARMLESS and (tag != "form" or attributes.get("action", "/").startswith("/"))


def _runs(tag: str, name: str, value: str) -> bool:
    scheme = re.match(r"([^/?#]*?):", re.sub(r"[\x00-\x20]", "", value)) if name in ADDRESSES else None
    if scheme and scheme[1].lower() not in ("http", "https", "mailto"):
        return True
    ours = name.startswith("data-hx-") and tag in ("input", "form")  # of the search page
    return (name.startswith(("on", "hx-", "data-hx-")) and not ours) or name in FOREIGN


def body(vector: str) -> str:
    """A vector at all places of a text."""
    line = " ".join(vector.split())
    in_brackets = re.sub(r"([\[\]\\])", r"\\\1", line)
    in_address = quote(line, safe="/:;=()\"'&#")
    return "\n\n".join(
        (
            f"## Problem\n\n{WORDS * 5}",
            vector,
            f"words {vector} words",
            f"- {vector}\n- > {vector}",
            f"[{in_brackets}](https://example.org/a)",
            f"[words](<https://example.org/{line.translate({60: '', 62: ''})}>)",
            f"[words](https://example.org/{in_address} '{line.replace(chr(39), '')}')",
            f"![{in_brackets}](https://evil.example/a.png '{line.replace(chr(39), '')}')",
            f"[words][ref] ![words][ref]\n\n[ref]: https://example.org/a '{line.replace(chr(39), '')}'",
            f"<https://example.org/{in_address}> <a@example.org>",
            f"| a | b |\n|---|---|\n| {line} | `{line}` |",
            f"~~~{line}\n{vector}\n~~~",
            f"```\n{vector}\n```",
            f"    {vector}",
            f"### {vector}",
            f"**{vector}** ~~{vector}~~",
            f"## Approach\n\n{WORDS}",
        )
    )


def fields(vector: str, address: str) -> dict[str, Any]:
    """A vector in every field that takes text, in the space there is."""
    line = " ".join(vector.split())
    source = {"url": address, "title": line, "publisher": line, "accessed": "2026-01-01"}
    return {
        "title": line[:200],
        "summary": line[:400],
        "questions": [f"{line} what is that?"[-140:]],
        "organisations": [{"name": line, "role": "lead", "country": "BE"}],
        "sources": [source],
        "contact": line,
        "authors": [line],
        "licence": line,
    }


def practice(vector: str, address: str) -> dict[str, Any]:
    line = " ".join(vector.split())
    return fields(vector, address) | {
        "evidence": {
            "level": "monitored",
            "effect": "unknown",
            "evaluations": [{"url": address, "year": 2024, "method": line, "outcome": line}],
        },
        "legal_basis": [{"name": line, "country": "BE", "eli": line, "celex": line, "note": line}],
        "effort": {"staff": line, "cost": line, "time_to_start": line},
        "works_best_if": [line],
        "risks": [line],
    }


def strategy(vector: str, address: str) -> dict[str, Any]:
    line = " ".join(vector.split())
    return fields(vector, address) | {
        "issuer": line,
        "official_titles": dict.fromkeys(("fr", "nl", "en"), line),
        "governance": line,
        "identifiers": {"celex": line, "eli": line, "moniteur": line},
        "targets": [{"text": line, "value": line}],
        "objectives": [{"id": "o9", "text": line}],
        "doc_kind": "law",
    }


@pytest.fixture
def served(content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Any) -> ASGIApp:
    """The application on a practice for each vector, and strategies for some, all as lint accepts them."""
    for number, vector in enumerate(VECTORS.values()):
        address = "https://example.org/" + "".join(vector.split())
        content.practice(f"be-p{number}", body=body(vector), implements=["be-s0"], **practice(vector, address))
        if number % 8 == 0:
            objectives = f"## Purpose\n\n{WORDS}\n\n## Objectives and measures\n\n- {vector} {{#o1}}\n- Help. {{#o2}}\n"
            content.strategy(f"be-s{number}", body=objectives, **strategy(vector, address))
    index_content(settings, store, fake_encoder)
    return create_app(Services(settings, fake_searcher()))


def addresses(language: Language) -> Iterator[str]:
    for number, vector in enumerate(VECTORS.values()):
        yield f"/{language}/notes/be-p{number}"
        if number % 8 == 0:
            yield f"/{language}/notes/be-s{number}"
            yield f"/{language}/?q={quote(vector)}&explain=1"
            yield f"/{language}/?country={quote(vector)}"
            yield f"/{language}/notes/{quote(vector, safe='')}"
    yield from (f"/{language}/?q=script+alert+police&page={page}" for page in range(1, 6))
    yield from (f"/{language}/{rest}" for rest in ("", "?view=countries&q=script", "coverage", "about"))
    yield from (f"/{language}/compare", f"/{language}/compare?crime_type=phishing")


def test_no_page_runs_or_loads_anything_of_a_note(served: ASGIApp, ask: Callable[..., httpx.Response]) -> None:
    found = {}
    for address in addresses(Language.FR):
        answer = ask(served, address, headers={"accept": "text/html"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.status_code in (200, 400, 404), address
        if wrong := [*dangers(answer.text)]:
            found[address] = wrong
    assert found == {}


def test_no_other_form_of_a_note_holds_a_page(served: ASGIApp, ask: Callable[..., httpx.Response]) -> None:
    """The API's field `html` is as harmless as a page; everything else says that it is no HTML, and is not guessed."""
    for number in range(len(VECTORS)):
        read = ask(served, f"/v1/notes/be-p{number}")
        assert [*dangers(read.json()["html"])] == []
        for address in (f"/en/notes/be-p{number}.md", f"/v1/notes/be-p{number}/stix"):
            other = ask(served, address)
            assert other.status_code == 200
            assert "html" not in other.headers["content-type"]
            assert other.headers["x-content-type-options"] == "nosniff"
    for address in ("/nl/feed.atom", "/catalog.jsonld", "/v1/search?q=script", "/v1/suggest?q=script", "/v1/notes"):
        other = ask(served, address)
        assert other.status_code == 200, address
        assert "html" not in other.headers["content-type"]
        assert other.headers["x-content-type-options"] == "nosniff"
        assert "<script" not in other.text.lower() or "json" in other.headers["content-type"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_link_leads_to_the_web_a_mailbox_or_this_server_and_a_picture_is_words(target: str) -> None:
    """Also where lint, which refuses most of these (KB203), was passed by."""
    for form in ("[a]({})", "[a](<{}>)", "[a][b]\n\n[b]: {}", "<{}>", "![a]({})", "[![a]({})]({})", "[a]({} 'b')"):
        html = to_html(form.replace("{}", target), Kind.PRACTICE)
        assert [*dangers(html)] == []
        assert "<img" not in html
    html = to_html("[a](x)", Kind.PRACTICE, lambda _: target)
    assert [*dangers(html)] == []


def test_what_is_dangerous_is_seen() -> None:
    """Of the vectors that are elements, all but those that no browser of today runs or sends anywhere by itself."""
    unseen = {name for name, vector in VECTORS.items() if "<" in vector and not [*dangers(f"<p>{vector}</p>")]}
    assert unseen == {
        "includes",
        "downlevel-hidden",
        "server side include",
        "mixed encoding",
        "protocol bypass",
        "CDATA",
    }
