"""A list of notes that the browser alone keeps: from a hit to the list, side by side, and away again."""

import pytest
from playwright.sync_api import expect

from api.locales.texts import TEXTS
from kb.text.languages import Language
from tests.browser.instruments import barriers, beyond, shifted
from tests.browser.reader import asked, hits, key_to, note_id


@pytest.mark.parametrize("language", [Language.NL], indirect=True)
def test_notes_are_kept_from_hits_listed_compared_and_taken_off(typing, watch, language, question):
    tab, words = typing, TEXTS[language]
    tab.locator("#q").press_sequentially(question)
    first, second = [note_id(path) for path in hits(tab)[:2]]
    buttons = tab.locator("#results .hit button.keep")
    key_to(tab, "#results .hit button.keep")
    tab.keyboard.press("Enter")
    expect(buttons.nth(0)).to_have_attribute("aria-pressed", "true")
    buttons.nth(1).click()
    expect(buttons.nth(1)).to_contain_text(words["kept"])
    assert barriers(tab) == []
    tab.reload()
    expect(buttons.nth(0)).to_have_attribute("aria-pressed", "true")  # this browser remembers it
    expect(buttons.nth(2)).to_have_attribute("aria-pressed", "false")
    assert not [url for url in watch.asked if "note=" in url]  # nothing was sent before the list is opened

    tab.locator("#results .hit .to-list").first.click()
    expect(tab.locator("h1")).to_have_text(words["list_page"])
    assert asked(tab) == {"note": [first, second]}
    assert barriers(tab) == []
    assert shifted(tab) < 0.01
    tab.get_by_role("button", name=words["compare_these"]).click()
    expect(tab.locator("table.compare thead a")).to_have_count(2)
    assert asked(tab) == {"note": [first, second]}
    assert barriers(tab) == []
    assert beyond(tab, 320, 390, 1280) == []

    tab.goto(f"/{language}/list")  # as a bookmark has it
    tab.wait_for_url("**note=**")
    tab.locator("li a.remove").first.click()
    expect(tab.locator("article.card")).to_have_count(1)
    assert asked(tab) == {"note": [second]}
    tab.goto(f"/{language}/notes/{first}")
    expect(tab.locator("button.keep")).to_have_attribute("aria-pressed", "false")
    tab.locator("footer .to-list").click()
    tab.locator("a.remove").last.click()
    expect(tab.locator("main")).to_contain_text(words["list_empty"])
    assert tab.evaluate("localStorage.length") == 0


def test_without_scripts_there_is_nothing_to_press_and_a_list_can_be_read(open_tab, visit, language):
    tab = open_tab(scripts=False, language=language)
    for address in (f"/{language}/notes/be-baps", f"/{language}/?q=phishing"):
        visit(tab, address)
        assert tab.get_by_role("button", name=TEXTS[language]["keep"]).count() == 0
        expect(tab.locator("button.keep").first).to_be_hidden()
    visit(tab, f"/{language}/list?note=be-baps&note=nl-nlcs")
    tab.locator("li a.remove").first.click()
    expect(tab.locator("article.card")).to_have_count(1)
