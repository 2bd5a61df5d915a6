"""Results that come while a reader types, and what is said where none come."""

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from api.locales.texts import TEXTS
from tests.browser.reader import COUNTRIES, asked, expect_typed, hits


def test_results_appear_while_typing(typing, question):
    typing.evaluate("window.kept = true")
    typing.locator("#q").press_sequentially(question)
    expect_typed(typing, question)
    before = hits(typing)
    expect(typing.locator("#q")).to_be_focused()
    expect(typing.locator("#q")).to_have_value(question)
    typing.locator("#q").press_sequentially(" ransomware")
    expect_typed(typing, f"{question} ransomware")
    assert hits(typing) != before
    expect(typing.locator("#q")).to_be_focused()
    assert typing.evaluate("window.kept"), "the page was loaded anew"
    ids = typing.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("chosen", [{}, {"country": "BE"}], ids=["no-filter", "filter"])
def test_an_emptied_box_shows_the_start_or_what_the_filters_list(typing, language, question, chosen):
    typing.goto(f"/{language}/?{urlencode({'q': question, **chosen})}")
    found = hits(typing)
    typing.locator("#q").fill("")
    expect(typing.locator("#results")).not_to_have_attribute("data-address", re.compile("q="))
    typing.locator("#q").evaluate("box => { box.blur(); box.focus(); }")  # which puts the address there
    assert {name: [value] for name, value in chosen.items()} == asked(typing)
    if chosen:
        expect(typing.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))
        assert hits(typing) != found
    else:
        expect(typing.locator("#results .examples")).to_be_visible()
        expect(typing.locator("#results .hit")).to_have_count(0)
    expect(typing.locator("#q")).to_be_focused()


def test_what_has_come_is_said_to_those_who_do_not_see_it(typing, question):
    message = typing.locator("[role=status], [aria-live=polite]").first
    expect(message).to_be_attached()  # it is there before it speaks, else it is not heard
    typing.locator("#q").press_sequentially(question)
    hits(typing)
    expect(message).to_contain_text(re.compile(r"\d"))


@pytest.mark.parametrize("body", ["busy", None], ids=["no-page", "page"])
def test_a_failure_while_typing_is_said_and_is_over_when_an_answer_comes(
    typing, watch, unready_page, language, question, body
):
    watch.provoked = ("responded with a status of 503 ",)
    page = unready_page(language).text
    answer = {"status": 503, "body": body or page, "content_type": "text/html"}
    typing.route(f"**/{language}/", lambda route: route.fulfill(**answer))
    typing.locator("#q").press_sequentially(question)
    message = typing.locator("#results [role=alert]")
    expect(message).to_have_text(
        TEXTS[language]["no_answer"] if body else re.compile(TEXTS[language]["error_unavailable"])
    )
    expect(typing.locator("#q")).to_be_focused()
    typing.unroute_all()
    typing.locator("#q").press_sequentially(" ransomware")
    hits(typing)
    expect(message).to_have_count(0)


def test_a_server_that_does_not_answer_while_typing_is_announced(typing, watch, language, question):
    watch.provoked = ("net::ERR_FAILED", "htmx:sendError", "htmx:afterRequest")
    typing.locator("#q").press_sequentially(question)
    before = hits(typing)
    typing.route(f"**/{language}/", lambda route: route.abort())
    message = typing.locator("#results [role=alert]")
    for more in (" ransomware", " blokkeren"):
        typing.locator("#q").press_sequentially(more)
        expect(message).to_have_text(TEXTS[language]["no_answer"])
    assert hits(typing) == before
    typing.unroute_all()
    typing.locator("#q").press_sequentially(" phishing")
    expect(message).to_have_count(0)
