"""Keys alone are enough, with scripts and without; the focus can be seen and lies under nothing."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.instruments import barriers
from tests.browser.reader import COUNTRIES, both, expect_hits, expect_typed, hits, key_to

COVERED = """
table => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
  const focus = document.activeElement;
  if (!focus.matches(`${table} a`)) return done(null);
  const under = (x, y) => {
    const top = document.elementFromPoint(x, y);
    return top && !focus.contains(top) && top.closest("th, .labels");
  };
  const hidden = [...focus.getClientRects()].every(line => (
    [line.left + 2, line.left + line.width / 2, line.right - 2].every(x => under(x, line.top + line.height / 2))
  ));
  done(hidden ? focus.outerHTML.slice(0, 120) : "");
})))
"""
"""What is focused and wholly under something that stays in place (WCAG 2.4.11); null if it is no link of the table."""


@both
def test_from_question_to_note(open_tab, language, question, scripts):
    tab = open_tab(width=1700, scripts=scripts, language=language)  # so wide that facets stand beside the lists
    tab.goto(f"/{language}/")
    tab.keyboard.press("Tab")  # the first stop leads past the head of the page, wherever the focus has begun
    key_to(tab, "#q")
    tab.keyboard.type(question)
    if not scripts:
        tab.keyboard.press("Tab")  # to the button: without scripts Enter begins a line
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    whole = hits(tab)
    key_to(tab, "#facets a:first-child")  # the facets come before the lists; the first link in them leads past them
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.matches('#lists .hit:first-child h3 a')")
    tab.keyboard.press("Shift+Tab")
    key_to(tab, "nav#facets a[href*='country=BE']", "Shift+Tab")
    tab.keyboard.press("Enter")
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))
    narrow = hits(tab)
    tab.go_back()
    expect_hits(tab, whole)
    tab.go_forward()
    expect_hits(tab, narrow)
    key_to(tab, "#active a")
    tab.keyboard.press("Enter")
    expect(tab.locator("#active a")).to_have_count(0)
    expect_hits(tab, whole)
    key_to(tab, "#results .hit h3 a")
    title = tab.evaluate("document.activeElement.innerText")
    tab.keyboard.press("Enter")
    expect(tab.locator("h1")).to_have_text(title)
    tab.go_back()  # the browser's own keys are not the page's
    expect(tab.locator("#q")).to_have_value(question)
    expect_hits(tab, whole)


@both
def test_from_question_to_facet_on_a_telephone(open_tab, language, question, scripts):
    tab = open_tab(width=390, scripts=scripts, language=language)
    tab.goto(f"/{language}/?{urlencode({'q': question})}")
    facets = tab.locator("#facets")
    expect(facets).to_be_hidden()
    key_to(tab, ".to-facets a")
    tab.keyboard.press("Enter")
    expect(facets).to_be_visible()
    assert not scripts or barriers(tab) == []  # which looks by script
    key_to(tab, "nav#facets a[href*='country=BE']")
    tab.keyboard.press("Enter")
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))
    expect(facets).to_be_in_viewport()  # for the next choice
    if scripts:
        tab.locator("#q").press_sequentially(" ransomware")
        expect_typed(tab, f"{question} ransomware")
        hits(tab)
        expect(facets).to_be_visible()
    key_to(tab, "nav#facets .close a")
    tab.keyboard.press("Enter")
    expect(facets).to_be_hidden()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))


def test_from_crime_type_to_countries_side_by_side_to_note(tab, language):
    tab.goto(f"/{language}/compare")
    key_to(tab, "#crime_type")
    for _ in range(60):
        tab.keyboard.press("ArrowDown")
        if tab.locator("#crime_type").input_value() == "phishing":
            break
    key_to(tab, ".choose button")
    tab.keyboard.press("Enter")
    expect(tab.locator("table.compare")).to_be_visible()
    assert parse_qs(urlsplit(tab.url).query) == {"crime_type": ["phishing"]}
    key_to(tab, ".scroll")  # which scrolls by arrow keys
    key_to(tab, ".compare .whose a")
    title = tab.evaluate("document.activeElement.innerText")
    tab.keyboard.press("Enter")
    expect(tab.locator("h1")).to_have_text(title)


def test_from_the_map_to_practices(tab, language):
    tab.goto(f"/{language}/coverage")
    key_to(tab, ".coverage > section > .skip")
    key_to(tab, ".labels a[href$='=phishing']")
    key_to(tab, ".cells a[href*='crime_type=phishing'][href*='country=BE']")
    address = tab.evaluate("document.activeElement.getAttribute('href')")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**{address}")
    hits(tab)

    tab.goto(f"/{language}/coverage")  # the map can be skipped
    key_to(tab, ".coverage > section > .skip")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.matches('#after-map summary')")
    tab.keyboard.press("Enter")
    expect(tab.locator("table.figures")).to_be_visible()


# --- the key / ---


def test_a_slash_leads_to_the_question(typing, question):
    box = typing.locator("#q")
    box.press_sequentially(question)
    hits(typing)
    typing.locator("#results .hit h3 a").first.focus()
    expect(box).not_to_be_focused()
    typing.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value(question)
    typing.keyboard.press("End")
    typing.keyboard.press("/")
    expect(box).to_have_value(f"{question}/")


def test_a_slash_leads_from_every_page_to_the_question(tab, visit, language):
    for path in ("notes/be-baps", "compare", "coverage", "about", "notes/no-such-note"):
        is_there = "no-such" not in path
        visit(tab, f"/{language}/{path}", 200 if is_there else 404)
        tab.keyboard.press("/")
        tab.wait_for_url(f"**/{language}/{'' if is_there else path}")
        expect(tab.locator("#q")).to_be_focused()


def test_the_slash_can_be_switched_off_and_on(open_tab, language):
    tab = open_tab(language=language)
    for on in (False, True):
        tab.goto(f"/{language}/about#shortcuts")
        expect(tab.locator("#shortcut")).to_be_checked(checked=not on)
        key_to(tab, "#shortcut")
        tab.keyboard.press("Space")
        expect(tab.locator("#shortcut")).to_be_checked(checked=on)
        tab.goto(f"/{language}/?q=phishing")
        tab.locator("#results .hit h3 a").first.focus()
        tab.keyboard.press("/")
        if on:
            expect(tab.locator("#q")).to_be_focused()
        else:
            expect(tab.locator("#q")).not_to_be_focused()
        assert tab.locator("#q[aria-keyshortcuts]").count() == on


def test_without_scripts_there_is_no_slash_to_switch_off(open_tab, language):
    tab = open_tab(scripts=False, language=language)
    tab.goto(f"/{language}/about")
    expect(tab.locator("#shortcut")).to_be_hidden()


# --- what does not move with the rest ---


@pytest.mark.parametrize(
    ("path", "table", "width"),
    [
        ("coverage", ".map", 390),
        ("compare?crime_type=phishing&phase=prevention", ".scroll", 390),
        ("compare?crime_type=phishing&phase=prevention", ".scroll", 1280),
    ],
)
def test_a_column_that_stays_in_place_does_not_cover_the_focus(open_tab, visit, language, path, table, width):
    tab = open_tab(language=language, width=width)
    visit(tab, f"/{language}/{path}")
    links = tab.locator(f"{table} a").count()
    assert links > 10
    tab.locator(table).first.focus()
    keys = ["Tab", "Shift+Tab"]
    if table == ".map":  # backwards will do: cells come into view at the column that stays
        tab.locator("#after-map summary").focus()
        keys = ["Shift+Tab"]
    for key in keys:
        focused = 0
        for _ in range(links):
            tab.keyboard.press(key)
            covered = tab.evaluate(COVERED, table)
            assert not covered, key
            focused += covered is not None
        assert focused >= links - 1
