"""What a reader sees on a page and does there.

Knows pages by what they promise: `#q`, `#results`, `.hit h3 a`, `nav#facets`, `#active`, and links that say in their
address what they do.
"""

import re
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest
from playwright.sync_api import expect

from kb.content.reader import read_taxonomy
from kb.text.languages import Language

OTHER = {Language.FR: Language.NL, Language.NL: Language.EN, Language.EN: Language.FR}
COUNTRIES = read_taxonomy([Path(__file__).parents[2] / "content"]).countries
RING = """
() => {
  const focus = document.activeElement, style = getComputedStyle(focus), [box] = focus.getClientRects();
  const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2; // of what is in view
  const top = document.elementFromPoint(box.x + box.width / 2, middle);
  const square = focus.matches("svg a") && focus.querySelector("rect");
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none"
    || (square && parseFloat(getComputedStyle(square).strokeWidth) > 2);
  const uncovered = top !== null && (focus.contains(top) || top.contains(focus));
  return {ring, uncovered, what: focus.outerHTML.slice(0, 120)};
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


def note_id(path):
    """The id in the path of a note's page."""
    return path.removesuffix("/").rpartition("/")[2]


def key_to(tab, target, key="Tab"):
    """Wait for an element, and press a key until the focus is on it; it must then be seen and lie under nothing."""
    expect(tab.locator(target).first).to_be_attached()
    for _ in range(300):
        tab.keyboard.press(key)
        if tab.evaluate("target => document.activeElement.matches(target)", target):
            break
    else:
        raise AssertionError(f"{key} does not lead to {target}")
    focus = tab.evaluate(RING)
    assert focus["ring"], f"the focus cannot be seen: {focus['what']}"
    assert focus["uncovered"], f"something covers the focus: {focus['what']}"


def expect_typed(tab, question):
    """See that the results below the box are those of a question that is typed there, and leave the box and come back:
    then its address is that of the page.
    """
    expect(tab.locator("#results")).to_have_attribute("data-address", re.compile(re.escape(quote_plus(question))))
    tab.locator("#q").evaluate("box => { box.blur(); box.focus(); }")
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
