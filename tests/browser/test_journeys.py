"""From the question to the note and back by clicks: history, languages, a way on from a refusal."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import expect

from tests.browser.reader import COUNTRIES, ask, asked, both, expect_hits, facet, found_by_api, hits, note_id


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


def test_another_language_keeps_what_was_typed_on_this_page(typing, language, other, question):
    typing.locator("#q").press_sequentially(question)
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    before = hits(typing)
    typing.locator(f"a[hreflang={other}]").first.click()
    expect(typing.locator("html")).to_have_attribute("lang", other)
    assert asked(typing) == {"q": [question]}
    expect(typing.locator("#q")).to_have_value(question)
    assert {note_id(path) for path in hits(typing)} == {note_id(path) for path in before}


@both
def test_a_refused_filter_does_not_refuse_the_next_question(tab, visit, language, question, scripts):
    visit(tab, f"/{language}/?{urlencode({'q': 'x', 'country': 'XX'})}", 400)
    tab.locator("#q").fill(question)
    if not scripts:
        tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == {"q": [question]})
    hits(tab)
