"""What a reader sees on a page and does there.

Knows pages by what they promise: `#q`, `#results`, `.hit h3 a`, `nav#facets`, `#active`, and links that say in their
address what they do.
"""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from kb.content.reader import read_taxonomy
from kb.text.languages import Language

COUNTRIES = read_taxonomy([Path(__file__).parents[2] / "content"]).countries
RING = """
() => {
  const one = document.activeElement, style = getComputedStyle(one), [box] = one.getClientRects();
  const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2; // of what is in view
  const top = document.elementFromPoint(box.x + box.width / 2, middle);
  const square = one.matches("svg a") && one.querySelector("rect");
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none"
    || (square && parseFloat(getComputedStyle(square).strokeWidth) > 2);
  return {ring, uncovered: top !== null && (one.contains(top) || top.contains(one)), what: one.outerHTML.slice(0, 120)};
}
"""

both = pytest.mark.parametrize(
    ("scripts", "language"), [(True, Language.FR), (False, Language.NL)], indirect=True, ids=["scripts", "no-scripts"]
)


def asked(tab):
    """The parameters of the page's address."""
    return parse_qs(urlsplit(tab.url).query)


def hits(tab):
    """The paths of the notes found, best first; there must be some."""
    expect(tab.locator("#results .hit")).not_to_have_count(0)
    expect(tab.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)  # all is in place
    links = [link.get_attribute("href") or "" for link in tab.locator("#results .hit h3 a").all()]
    assert len(set(links)) == len(links) == tab.locator("#results .hit").count()
    return [urlsplit(link).path for link in links]


def expect_hits(tab, paths):
    """Wait for just these notes, in this order."""
    found = tab.locator("#results .hit h3 a")
    expect(found).to_have_count(len(paths))
    for number, path in enumerate(paths):
        expect(found.nth(number)).to_have_attribute("href", re.compile(rf"^{re.escape(path)}([?#]|$)"))


def ask(tab, language, question, scripts):
    """Type a question, send it if nothing else does, and read what is found."""
    tab.goto(f"/{language}/")
    tab.locator("form[role=search] #q").press_sequentially(question)
    if not scripts:
        tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    return hits(tab)


def facet(tab, name, value):
    """The link that narrows to a value."""
    return tab.locator(f"nav#facets a[href*='{name}={value}']").first


def note_id(path):
    """The id in the path of a note's page."""
    return path.removesuffix("/").rpartition("/")[2]


def found_by_api(client, **question):
    """The ids of all notes that the API finds."""
    answer = client.get("/v1/search", params={**question, "limit": 50})
    assert answer.status_code == 200, answer.text
    return {hit["id"] for kind in ("practices", "strategies") for hit in answer.json()[kind]}


def key_to(tab, target, key="Tab"):
    """Press a key until the focus is on an element, which must then be seen and lie under nothing."""
    for _ in range(300):
        tab.keyboard.press(key)
        if tab.evaluate("target => document.activeElement.matches(target)", target):
            break
    else:
        raise AssertionError(f"{key} does not lead to {target}")
    focus = tab.evaluate(RING)
    assert focus["ring"], f"the focus cannot be seen: {focus['what']}"
    assert focus["uncovered"], f"something covers the focus: {focus['what']}"
