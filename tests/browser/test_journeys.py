"""Another language in the middle of a question, and a way on from a refusal."""

from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import expect

from tests.browser.reader import OTHER, asked, both, expect_typed, hits, note_id


def test_another_language_keeps_what_was_typed_on_this_page(typing, language, question):
    typing.locator("#q").press_sequentially(question)
    expect_typed(typing, question)
    before = hits(typing)
    typing.locator(f"a[hreflang={OTHER[language]}]").first.click()
    expect(typing.locator("html")).to_have_attribute("lang", OTHER[language])
    assert asked(typing) == {"q": [question]}
    expect(typing.locator("#q")).to_have_value(question)
    assert {note_id(path) for path in hits(typing)} == {note_id(path) for path in before}


@both
def test_a_refused_filter_does_not_refuse_the_next_question(tab, visit, language, question, scripts):
    visit(tab, f"/{language}/?{urlencode({'q': 'x', 'country': 'XX'})}", 400)
    tab.locator("#q").fill(question)
    tab.locator(".box button").click()
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == {"q": [question]})
    hits(tab)
