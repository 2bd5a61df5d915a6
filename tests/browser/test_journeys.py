"""From the question to the note and back by clicks: history, languages, downloads, the map."""

import re
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from kb.text.languages import Language
from tests.browser.reader import COUNTRIES, ask, asked, expect_hits, facet, found_by_api, hits, note_id

both = pytest.mark.parametrize(
    ("scripts", "language"), [(True, Language.FR), (False, Language.NL)], indirect=True, ids=["scripts", "no-scripts"]
)


@both
def test_ask_narrow_widen_read_and_return(tab, client, language, question, scripts):
    whole = ask(tab, language, question, scripts)
    facet(tab, "country", "BE").click()
    expect(tab).to_have_url(re.compile(r"[?&]country=BE(&|$)"))
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))
    expect(tab.locator("#q")).to_have_value(question)
    narrow = hits(tab)
    assert narrow != whole
    assert {note_id(path) for path in narrow} <= found_by_api(client, q=question, lang=language, country="BE")
    tab.go_back()
    expect(tab.locator("#active a")).to_have_count(0)
    expect_hits(tab, whole)
    tab.go_forward()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))
    expect_hits(tab, narrow)

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


def test_an_address_passed_on_shows_the_same(tab, open_tab, language, question):
    ask(tab, language, question, scripts=True)
    facet(tab, "country", "NL").click()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["NL"].label(language))
    shown = hits(tab)
    for with_scripts in (True, False):
        received = open_tab(scripts=with_scripts)
        received.goto(tab.url)
        assert hits(received) == shown
        expect(received.locator("#q")).to_have_value(question)
        expect(received.locator("#active")).to_contain_text(COUNTRIES["NL"].label(language))


def test_another_language_keeps_what_was_typed_on_this_page(typing, language, other, question):
    typing.locator("#q").press_sequentially(question)
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    before = hits(typing)
    typing.locator(f"a[hreflang={other}]").first.click()
    expect(typing.locator("html")).to_have_attribute("lang", other)
    assert asked(typing) == {"q": [question]}
    expect(typing.locator("#q")).to_have_value(question)
    assert {note_id(path) for path in hits(typing)} == {note_id(path) for path in before}


@pytest.mark.parametrize("language", Language, indirect=True)
def test_the_first_page_is_in_the_readers_language(tab, visit, language, other):
    visit(tab, "/")
    assert urlsplit(tab.url).path == f"/{language}/"
    tab.locator(f"a[hreflang={other}][href^='/{other}/']").first.click()
    expect(tab.locator("html")).to_have_attribute("lang", other)
    visit(tab, "/")
    assert urlsplit(tab.url).path == f"/{other}/", "the language chosen is forgotten"


@both
def test_a_note_can_be_read_in_another_language_cited_and_taken_along(tab, visit, client, language, other):
    own, foreign = (client.get("/v1/notes/be-baps", params={"lang": one}).json() for one in (language, other))
    visit(tab, f"/{language}/notes/be-baps")
    expect(tab.locator("h1")).to_have_text(own["title"])
    expect(tab.locator("#cite")).to_contain_text(own["title"])
    with tab.expect_download() as taken:
        tab.locator("a[download]").first.click()
    assert taken.value.suggested_filename.endswith(".md")
    assert own["title"] in taken.value.path().read_text(encoding="utf-8")
    tab.locator(f"a[href*='version={other}']").first.click()
    expect(tab).to_have_url(re.compile(rf"/{language}/notes/be-baps\?version={other}"))
    expect(tab.locator(f"main [lang={other}]").first).to_be_visible()
    expect(tab.locator("main")).to_contain_text(foreign["summary"])


@both
def test_a_cell_of_the_coverage_leads_to_its_notes(tab, visit, language):
    visit(tab, f"/{language}/coverage")
    cell = tab.locator("main svg a[href*='crime_type=phishing'][href*='phase=prevention']").first
    address = urlsplit(unquote(cell.get_attribute("href") or ""))
    assert address.path == f"/{language}/"
    cell.click()
    expect(tab.locator("#active a")).to_have_count(sum(map(len, parse_qs(address.query).values())))
    assert asked(tab) == parse_qs(address.query)
    assert hits(tab)


@both
def test_a_refused_filter_does_not_refuse_the_next_question(tab, visit, language, question, scripts):
    visit(tab, f"/{language}/?{urlencode({'q': 'x', 'country': 'XX'})}", 400)
    tab.locator("#q").fill(question)
    if not scripts:
        tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == {"q": [question]})
    hits(tab)
