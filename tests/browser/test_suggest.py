"""Type-ahead: suggestions over what stands below the box, by keys and by pointer, and nothing of a longer text sent."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from api.locales.texts import TEXTS
from kb.text.languages import Language
from tests.browser.instruments import TWO_FRAMES, barriers, beyond
from tests.browser.reader import expect_typed, hits

BEGINNING = "hameç"
TERM = "hameçonnage"


@pytest.fixture
def box(typing):
    return typing.locator("#q")


@pytest.fixture
def options(typing):
    return typing.locator("#suggestions [role=option]")


@pytest.fixture
def asked_for(typing):
    """The texts for which suggestions were asked."""
    found = []
    typing.on(
        "request",
        lambda request: found.extend(parse_qs(request.post_data)["q"]) if request.url.endswith("/suggest") else 0,
    )
    return found


@pytest.fixture
def no_results(typing):
    """Results that come while typing do not come in this test."""
    typing.route(re.compile("/(fr|nl|en)/([?].*)?$"), lambda route: None)


def expect_chosen(typing, option):
    expect(option).to_have_attribute("aria-selected", "true")
    expect(typing.locator("#q")).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    expect(typing.locator("#q")).to_be_focused()


def test_keys_move_in_the_list_close_it_and_leave_it(typing, box, options, no_results, language):
    box.fill("phi")
    expect(options).to_have_count(6)
    said = TEXTS[language].count("n_suggestions", 6)
    expect(typing.get_by_text(said, exact=True)).to_have_attribute("role", "status")
    assert barriers(typing) == []
    box.press("ArrowDown")
    expect_chosen(typing, options.first)
    box.press("ArrowDown")
    expect_chosen(typing, options.nth(1))
    assert barriers(typing) == []
    box.press("ArrowUp")
    box.press("ArrowUp")
    expect(box).not_to_have_attribute("aria-activedescendant", "suggestion-0")
    box.press("ArrowUp")
    expect_chosen(typing, options.last)
    box.press("Escape")
    expect(options).to_have_count(0)
    expect(box).to_have_value("phi")  # a search box empties at this key where no list is open
    box.press("ArrowDown")  # asks again
    expect(options).to_have_count(6)
    box.press("Tab")
    expect(options).to_have_count(0)
    expect(box).not_to_be_focused()
    assert float(typing.evaluate(TWO_FRAMES)) == 0
    assert beyond(typing, 320) == []


def test_a_term_is_searched_with_the_filters_and_a_title_leads_to_its_note(typing, box, options, visit, language):
    visit(typing, f"/{language}/?country=BE")
    box.fill(BEGINNING)
    expect(options.first).to_have_text(TERM)
    box.press("ArrowDown")
    box.press("Enter")
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == {"q": [TERM], "country": ["BE"]})
    hits(typing)
    visit(typing, f"/{language}/")
    box.fill("shield")
    title = typing.locator("#suggestions [data-note]").first
    name = title.locator("span").first.inner_text()
    title.click()
    typing.wait_for_url(f"**/{language}/notes/*")
    expect(typing.locator("h1")).to_have_text(name)


def test_enter_asks_what_was_typed_where_nothing_is_chosen(typing, box, options):
    box.fill(BEGINNING)
    expect(options.first).to_be_visible()
    box.press("Enter")
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [BEGINNING])
    expect(options).to_have_count(0)


def test_results_that_come_leave_the_list_until_it_is_closed(typing, box, options):
    box.fill("phishing")
    hits(typing)
    expect(options).not_to_have_count(0)
    box.press("ArrowDown")
    expect_chosen(typing, options.first)
    box.press("Escape")
    expect(options).to_have_count(0)
    box.press("ArrowDown")
    expect(options).not_to_have_count(0)


def test_nothing_of_a_letter_or_of_a_longer_text_is_sent(typing, box, asked_for):
    for text in (
        "p",
        "phishing " * 7 + "ring",
        "A letter to the police about phishing that somebody pasted into the box",
    ):
        box.fill(text)
        expect_typed(typing, text)
    assert asked_for == []
    box.fill("phishing")
    expect(typing.locator("#suggestions [role=option]").first).to_be_visible()
    assert asked_for == ["phishing"]


@pytest.mark.parametrize("language", [Language.NL], indirect=True)
def test_without_scripts_there_is_no_list(open_tab, visit, language):
    tab = open_tab(scripts=False, language=language)
    visit(tab, f"/{language}/")
    expect(tab.locator("#q")).not_to_have_attribute("aria-controls", "suggestions")
    expect(tab.locator("#suggestions")).to_have_count(0)
