"""From the question to the note and back, through filters, orders, pages and languages, with scripts and without."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from kb.text.languages import Language
from tests.browser.reader import (
    COUNTRIES,
    OpenTab,
    Visit,
    ask,
    asked,
    expect_hits,
    facet,
    found_by_api,
    hits,
    note_id,
)

NOTHING = {Language.FR: "Rien de pertinent", Language.NL: "Niets relevants", Language.EN: "Nothing relevant"}


def test_ask_narrow_widen_read_and_return(
    tab: Page, client: httpx.Client, language: Language, question: str, scripts: bool
) -> None:
    whole = ask(tab, language, question, scripts)

    facet(tab, "country", "BE").click()
    expect(tab).to_have_url(re.compile(r"[?&]country=BE(&|$)"))
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))
    expect(tab.locator("#q")).to_have_value(question)
    narrow = hits(tab)
    assert narrow != whole
    assert {note_id(path) for path in narrow} <= found_by_api(client, q=question, lang=language, country="BE")

    tab.locator("#active a").first.click()
    expect(tab.locator("#active a")).to_have_count(0)
    assert asked(tab).get("country") is None
    expect_hits(tab, whole)

    first = tab.locator("#results .hit h3 a").first
    title = first.inner_text()
    first.click()
    expect(tab.locator("h1")).to_have_text(title)
    assert urlsplit(tab.url).path == whole[0]

    tab.go_back()
    expect(tab.locator("#q")).to_have_value(question)
    expect_hits(tab, whole)
    tab.go_forward()
    expect(tab.locator("h1")).to_have_text(title)


def test_back_undoes_a_filter(tab: Page, language: Language, question: str, scripts: bool) -> None:
    whole = ask(tab, language, question, scripts)
    facet(tab, "country", "LU").click()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["LU"].label(language))
    narrow = hits(tab)
    tab.go_back()
    expect(tab.locator("#active a")).to_have_count(0)
    expect_hits(tab, whole)
    expect(tab.locator("#q")).to_have_value(question)
    tab.go_forward()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["LU"].label(language))
    expect_hits(tab, narrow)


def test_an_address_passed_on_shows_the_same(
    tab: Page, open_tab: OpenTab, language: Language, question: str, scripts: bool
) -> None:
    ask(tab, language, question, scripts)
    facet(tab, "country", "NL").click()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["NL"].label(language))
    shown = hits(tab)
    for with_scripts in (True, False):
        received = open_tab(scripts=with_scripts)
        received.goto(tab.url)
        assert hits(received) == shown
        expect(received.locator("#q")).to_have_value(question)
        expect(received.locator("#active")).to_contain_text(COUNTRIES["NL"].label(language))


# --- the list ---


def test_where_nothing_relevant_is_found_it_is_said(
    tab: Page, visit: Visit, language: Language, question: str, pie: str
) -> None:
    said = re.compile(NOTHING[language])
    visit(tab, f"/{language}/?{urlencode({'q': pie})}")
    expect(tab.locator("#results > .warning")).to_contain_text(said)
    expect(tab.locator("#announced")).to_contain_text(said)
    visit(tab, f"/{language}/?{urlencode({'q': question})}")
    hits(tab)
    expect(tab.locator("#results > .warning")).to_have_count(0)
    expect(tab.locator("#announced")).not_to_contain_text(said)


def test_newest_first(tab: Page, visit: Visit, language: Language, question: str) -> None:
    visit(tab, f"/{language}/?{urlencode({'q': question, 'kind': 'practice'})}")
    by_relevance = hits(tab)
    tab.locator("a[href*='sort=date']").first.click()
    expect(tab).to_have_url(re.compile(r"[?&]sort=date(&|$)"))
    by_date = hits(tab)
    assert by_date != by_relevance
    assert asked(tab)["q"] == [question]
    times = [hit.locator("time[datetime]") for hit in tab.locator("#results .hit").all()]
    years = [(one.first.get_attribute("datetime") or "")[:4] if one.count() else "" for one in times]
    assert years == sorted(years, reverse=True), "notes without a date come last"
    assert len(set(years)) > 1
    expect(tab.locator("#q")).to_have_value(question)


def test_pages_of_the_list_follow_each_other(tab: Page, visit: Visit, language: Language) -> None:
    visit(tab, f"/{language}/?q=phishing&kind=practice")
    first = hits(tab)
    tab.locator("a[href*='page=2']").first.click()
    expect(tab).to_have_url(re.compile(r"[?&]page=2(&|$)"))
    expect(tab.locator("#results .hit h3 a").first).not_to_have_attribute("href", re.compile(re.escape(first[0])))
    second = hits(tab)
    assert not set(first) & set(second)
    assert asked(tab)["kind"] == ["practice"]
    tab.go_back()
    expect_hits(tab, first)


def test_a_kind_alone(tab: Page, visit: Visit, client: httpx.Client, language: Language, question: str) -> None:
    for kind in ("practice", "strategy"):
        visit(tab, f"/{language}/?{urlencode({'q': question, 'kind': kind})}")
        kinds = {client.get(f"/v1/notes/{note_id(path)}").json()["kind"] for path in hits(tab)}
        assert kinds == {kind}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("country", "NL"),
        ("crime_type", "phishing"),
        ("phase", "prevention"),
        ("status", "operational"),
        ("evidence", "monitored"),
        ("note_lang", "nl"),
    ],
)
@pytest.mark.parametrize("language", [Language.NL], indirect=True)
def test_every_facet_narrows_and_can_be_taken_away(
    tab: Page, visit: Visit, language: Language, question: str, name: str, value: str
) -> None:
    visit(tab, f"/{language}/?{urlencode({'q': question})}")
    whole = hits(tab)
    facet(tab, name, value).click()
    expect(tab.locator("#active a")).to_have_count(1)
    assert asked(tab)[name] == [value]
    hits(tab)
    tab.locator("#active a").click()
    expect(tab.locator("#active a")).to_have_count(0)
    expect_hits(tab, whole)


# --- languages ---


def test_another_language_keeps_question_and_filters(
    tab: Page, visit: Visit, language: Language, other: Language, question: str
) -> None:
    chosen = {"q": [question], "country": ["BE", "NL"], "phase": ["prevention"], "sort": ["date"]}
    visit(tab, f"/{language}/?{urlencode(chosen, doseq=True)}")
    before = hits(tab)
    tab.locator(f"a[hreflang={other}][href^='/{other}/?']").first.click()
    expect(tab.locator("html")).to_have_attribute("lang", other)
    assert urlsplit(tab.url).path == f"/{other}/"
    assert asked(tab) == chosen
    expect(tab.locator("#q")).to_have_value(question)
    for country in ("BE", "NL"):
        expect(tab.locator("#active")).to_contain_text(COUNTRIES[country].label(other))
    assert {note_id(path) for path in hits(tab)} == {note_id(path) for path in before}


def test_another_language_keeps_what_was_typed_on_this_page(
    typing: Page, language: Language, other: Language, question: str
) -> None:
    typing.locator("#q").press_sequentially(question)
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    before = hits(typing)
    typing.locator(f"a[hreflang={other}]").first.click()
    expect(typing.locator("html")).to_have_attribute("lang", other)
    assert asked(typing) == {"q": [question]}
    expect(typing.locator("#q")).to_have_value(question)
    assert {note_id(path) for path in hits(typing)} == {note_id(path) for path in before}


def test_the_first_page_is_in_the_readers_language(
    tab: Page, visit: Visit, language: Language, other: Language
) -> None:
    visit(tab, "/")
    assert urlsplit(tab.url).path == f"/{language}/"
    tab.locator(f"a[hreflang={other}][href^='/{other}/']").first.click()
    expect(tab.locator("html")).to_have_attribute("lang", other)
    visit(tab, "/")
    assert urlsplit(tab.url).path == f"/{other}/", "the language chosen is forgotten"
