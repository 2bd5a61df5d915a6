"""Nothing that an author writes runs in a page, or makes it load or send anything: read as browsers read HTML."""

import re
from pathlib import Path
from urllib.parse import quote

import html5rdf
import pytest
import yaml

from kb.notes.markdown import to_html
from kb.notes.note import Kind
from kb.text.languages import Language
from tests.api.web.script_vectors import HARMLESS, TARGETS, VECTORS

LOADED = {"script": "src", "link": "href", "img": "src", "use": "href"}
"""Elements that do, and the attribute that says what; they are for files of this server only."""
ADDRESSES = set(re.findall(r"\w+", "href src action formaction poster background data cite ping manifest srcset"))
FOREIGN = {"srcdoc", "style", "http-equiv", "formaction", "ping", "srcset", "background", "dynsrc", "lowsrc"}
EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
OUR_META = {"viewport", "color-scheme", "description", "robots", "htmx-config", "referrer"}
HOSTILE = yaml.safe_load(Path(__file__).with_name("hostile_notes.yaml").read_text(encoding="utf-8"))
WORDS = "The police and the banks warn people who have received false messages about it, and help them."


def dangers(html):
    """What a browser would run, load or be sent to of a page, beside what is ours."""
    for element in html5rdf.parse(html, treebuilder="etree", namespaceHTMLElements=False).iter():
        if not isinstance(element.tag, str):  # a comment
            continue
        tag = element.tag.rpartition("}")[2]
        attributes = {name.rpartition("}")[2].lower(): value for name, value in element.attrib.items()}
        if not _is_ours(tag, attributes) or (tag == "script" and (element.text or "").strip()):
            yield f"<{tag} {attributes}> {element.text}"
        yield from (f"{tag} {name}={value}" for name, value in attributes.items() if _runs(tag, name, value))


def _is_ours(tag, attributes):
    if tag == "meta":
        return "charset" in attributes or attributes.get("name") in OUR_META
    if tag == "base":
        return [*attributes] == ["target"]
    if tag in LOADED:
        return attributes.get(LOADED[tag], "").startswith(("/static/", "#")) or attributes.get("rel") in (
            "alternate",
            "search",
        )
    if tag == "textarea":
        return attributes.get("id") in ("q", "feedback-text")
    return tag in HARMLESS and (tag != "form" or attributes.get("action", "/").startswith("/"))


def _runs(tag, name, value):
    scheme = re.match(r"([^/?#]*?):", re.sub(r"[\x00-\x20]", "", value)) if name in ADDRESSES else None
    if scheme and scheme[1].lower() not in ("http", "https", "mailto"):
        return True
    ours = name.startswith("data-hx-") and tag in ("textarea", "form")  # of the search page
    return (name.startswith(("on", "hx-", "data-hx-")) and not ours) or name in FOREIGN


def body(vector):
    """A vector at all places of a text."""
    line = " ".join(vector.split())
    forms = {
        "WORDS": WORDS,
        "BRACKETS": re.sub(r"([\[\]\\])", r"\\\1", line),
        "BARE": line.translate({60: "", 62: ""}),
        "PATH": quote(line, safe="/:;=()\"'&#"),
        "QUOTES": line.replace("'", ""),
        "LINE": line,
        "VECTOR": vector,
    }
    return re.sub("|".join(forms), lambda found: forms[found[0]], "\n\n".join(HOSTILE["body"]))


def fields(kind, vector, address):
    """Return fields of a note with a vector wherever they take text, in the space there is."""
    line = " ".join(vector.split())

    def filled(value):
        if isinstance(value, dict):
            return {name: filled(part) for name, part in value.items()}
        return [filled(part) for part in value] if isinstance(value, list) else forms.get(value, value)

    forms = {"LINE": line, "ADDRESS": address}
    questions = [f"{line} what is that?"[-140:]]
    return {"title": line[:200], "summary": line[:400], "questions": questions} | filled(HOSTILE[kind])


@pytest.fixture
def served(content, open_app):
    """The application on a practice for each vector, and strategies for some, all as lint accepts them."""
    for number, vector in enumerate(VECTORS.values()):
        address = "https://example.org/" + "".join(vector.split())
        content.practice(
            f"be-p{number}", body=body(vector), implements=["be-s0"], **fields("practice", vector, address)
        )
        if number % 8 == 0:
            objectives = f"## Purpose\n\n{WORDS}\n\n## Objectives and measures\n\n- {vector} {{#o1}}\n- Help. {{#o2}}\n"
            content.strategy(f"be-s{number}", body=objectives, **fields("strategy", vector, address))
    return open_app()


def addresses():
    """Each note in one of the languages, which have the same templates; all else in every language."""
    languages = [*Language]
    for number, vector in enumerate(VECTORS.values()):
        yield f"/{languages[number % 3]}/notes/be-p{number}"
        if number % 8 == 0:
            for language in languages:
                yield f"/{language}/notes/be-s{number}"
                yield f"/{language}/?q={quote(vector)}&explain=1"
                yield f"/{language}/?country={quote(vector)}"
                yield f"/{language}/notes/{quote(vector, safe='')}"
    for language in languages:
        yield from (f"/{language}/?q=script+alert+police&page={page}" for page in range(1, 6))
        yield from (f"/{language}/{rest}" for rest in ("", "?view=countries&q=script", "coverage", "about"))
        yield from (f"/{language}/compare", f"/{language}/compare?crime_type=phishing")
        yield f"/{language}/compare?note=be-p0&note=be-s0"
        yield from (f"/{language}/{page}?note=be-p0&note={quote(EVIL)}" for page in ("compare", "list"))


def test_nothing_of_a_note_runs_or_is_loaded_in_a_page(served, ask):
    """The API's field `html` is as harmless as a page; everything else says that it is no HTML, and is not guessed."""
    found = {}
    for address in addresses():
        answer = ask(served, address, headers={"accept": "text/html"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.status_code in (200, 400, 404), address
        if wrong := [*dangers(answer.text)]:
            found[address] = wrong
    assert found == {}
    others = ["/nl/feed.atom", "/catalog.jsonld", "/v1/search?q=script", "/v1/suggest?q=script", "/v1/notes"]
    for number in range(len(VECTORS)):
        assert [*dangers(ask(served, f"/v1/notes/be-p{number}").json()["html"])] == []
        others += (f"/en/notes/be-p{number}.md", f"/v1/notes/be-p{number}/stix")
    for address in others:
        other = ask(served, address)
        assert other.status_code == 200, address
        assert "html" not in other.headers["content-type"]
        assert other.headers["x-content-type-options"] == "nosniff"
        plain = address.startswith("/en/notes/") or "json" in other.headers["content-type"]
        assert plain or "<script" not in other.text.lower()


@pytest.mark.parametrize("target", TARGETS)
def test_a_link_leads_to_nothing_that_runs_and_a_picture_is_words(target):
    """Also where lint, which refuses most of these (KB203), was passed by."""
    for form in ("[a]({})", "[a](<{}>)", "[a][b]\n\n[b]: {}", "<{}>", "![a]({})", "[![a]({})]({})", "[a]({} 'b')"):
        html = to_html(form.replace("{}", target), Kind.PRACTICE)
        assert [*dangers(html)] == []
        assert "<img" not in html
    html = to_html("[a](x)", Kind.PRACTICE, lambda _: target)
    assert [*dangers(html)] == []


def test_what_is_dangerous_is_found():
    """Of the vectors that are elements, all but those that no browser of today runs or sends anywhere by itself."""
    not_found = {name for name, vector in VECTORS.items() if "<" in vector and not [*dangers(f"<p>{vector}</p>")]}
    harmless = {"includes", "downlevel-hidden", "server side include", "mixed encoding", "protocol bypass", "CDATA"}
    assert not_found == harmless


@pytest.mark.parametrize(
    ("path", "status", "times"),
    [
        ("notes/be-a", 200, 6),
        ("?q=evil", 200, 2),
        ("compare?crime_type=phishing", 200, 9),
        (f"compare?crime_type={EVIL}", 400, 1),
        (f"?q=a&country={EVIL}", 400, 1),
        ("coverage", 200, 3),
    ],
)
def test_what_looks_like_markup_is_read_as_written(content, opened, path, status, times):
    content.practice(
        "be-a",
        body=f"## Problem\n\n{EVIL}\n\n## Approach\n\n{EVIL}\n",
        **{**fields("practice", EVIL, "https://example.org/"), "title": f"Evil {EVIL}"},
        implements=["be-plan#o1"],
    )
    content.strategy("be-plan", title=f"Plan {EVIL}")
    assert opened(f"/en/{path}", status).words.count(EVIL) >= times
