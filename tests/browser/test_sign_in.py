"""Signing in by keys alone, with scripts and without, and out again."""

import pytest
from playwright.sync_api import expect

from api.auth.key_file import KeyFile
from api.locales.texts import TEXTS
from tests.browser.instruments import barriers
from tests.browser.reader import both, key_to
from tests.conftest import Content

AMBER = {"tlp": "amber", "pap": "red", "audience": {"countries": ["BE"]}}


@pytest.fixture(scope="module")
def restricted(serve_notes, tmp_path_factory):
    """The address of a server that holds a restricted note, and its keys."""
    content = Content(tmp_path_factory.mktemp("restricted") / "content")
    content.practice("be-open")
    content.practice("be-amber", title="How false sites are taken over", **AMBER)
    home = serve_notes(content)
    return home, KeyFile(content.root.parent / "data" / "keys.json")


@both
def test_a_reader_signs_in_and_out(restricted, watch, open_tab, visit, language, scripts):
    watch.home, keys = restricted
    words, (key, text) = TEXTS[language], keys.create("test", "amber", ["BE"])
    note, form = f"/{language}/notes/be-amber", f"/{language}/sign-in"
    tab = open_tab(scripts=scripts, language=language)
    visit(tab, note, 404)
    tab.get_by_role("link", name=words["sign_in"]).last.click()
    for typed in (f"{text[:-1]}x", text):
        watch.failing[f"{watch.home}{form}"] = 401
        key_to(tab, "#key")
        tab.keyboard.type(typed)
        assert tab.context.cookies() == []
        tab.keyboard.press("Enter")
        if typed != text:
            expect(tab.get_by_role("alert")).to_contain_text(words["error_signed_out"])
            assert not scripts or barriers(tab) == []
    tab.wait_for_url(f"**/{language}/")
    expect(tab.locator("footer")).to_contain_text(words["signed_in_as"].format(key.id))
    (cookie,) = tab.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert not scripts or tab.evaluate("document.cookie") == ""
    visit(tab, note)
    expect(tab.locator("h1")).to_have_text("How false sites are taken over")
    assert not scripts or barriers(tab) == []
    tab.get_by_role("button", name=words["sign_out"]).click()
    tab.wait_for_url(f"**/{language}/")
    assert tab.context.cookies() == []
    visit(tab, note, 404)


def test_who_signs_in_while_a_key_is_revoked_is_told_and_goes_on(restricted, watch, open_tab, visit, language):
    watch.home, keys = restricted
    key, text = keys.create("test", "amber", ["BE"])
    tab = open_tab(language=language)
    visit(tab, f"/{language}/sign-in")
    tab.locator("#key").fill(text)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**/{language}/")
    keys.revoke(key.id)
    visit(tab, f"/{language}/notes/be-open", 401)
    expect(tab.locator("#key")).to_be_visible()
    visit(tab, f"/{language}/notes/be-open")
