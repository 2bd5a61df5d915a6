"""What a reader does with a note: copy its link or citation, print, tell the editors."""

import re

import pytest
from playwright.sync_api import expect

from api.feedback_file import FeedbackFile
from api.locales.texts import TEXTS
from tests.api.conftest import Server
from tests.browser.instruments import shifted
from tests.browser.reader import both, key_to
from tests.browser.test_pages import barriers_in_both

NOTE = "/fr/notes/be-baps"


@pytest.fixture(scope="module")
def data(model_dir, tmp_path_factory):
    """A data directory with the index of the real collection, into which a server may write."""
    folder = tmp_path_factory.mktemp("data")
    for name in ("index", "models"):
        (folder / name).symlink_to((model_dir / name).resolve(), target_is_directory=True)
    return folder


@pytest.fixture(scope="module")
def client(data):
    """A client of a server that keeps what it is told apart from the index of others."""
    server = Server(KB_DATA_DIR=data)
    yield server.client
    server.stop()


def test_link_and_citation_are_copied_and_that_is_said(tab, watch, language):
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.goto(NOTE)
    assert shifted(tab) < 0.01
    said = tab.locator("[data-copied]")
    expect(said).to_be_empty()
    for name in ("copy_link", "copy_citation"):
        tab.evaluate("document.querySelector('[data-copied]').textContent = ''")
        tab.get_by_role("button", name=TEXTS[language][name]).press("Enter")
        expect(said).to_have_text(TEXTS[language]["copied"])
        copied = tab.evaluate("navigator.clipboard.readText()")
        assert copied.endswith(f"{watch.home}{NOTE}?version=fr")
    assert copied.startswith(tab.locator("h1").inner_text())
    tab.evaluate("window.print = () => document.title = 'printed'")
    tab.get_by_role("button", name=TEXTS[language]["print"]).click()
    expect(tab).to_have_title("printed")


def test_a_note_leads_back_to_the_results_it_was_opened_from(tab, language):
    tab.goto(NOTE)
    back = tab.get_by_role("link", name=TEXTS[language]["back_to_results"])
    expect(back).to_have_count(0)
    asked = f"/{language}/?q=phishing&kind=practice"
    tab.goto(asked)
    tab.locator(".hit h3 a").first.click()
    back.click()
    expect(tab).to_have_url(re.compile(re.escape(asked) + "$"))


@pytest.mark.parametrize("scripts", [False], indirect=True)
def test_without_scripts_there_are_no_buttons_for_them(tab):
    tab.goto(NOTE)
    expect(tab.locator(".actions a")).to_have_count(3)
    expect(tab.locator(".actions button").first).to_be_hidden()


@both
def test_the_editors_are_told(open_tab, visit, watch, data, language, scripts):
    tab = open_tab(width=320, scripts=scripts, language=language)
    path = f"/{language}/notes/be-baps"
    visit(tab, path)
    watch.failing[f"{watch.home}{path}/feedback?version={language}"] = 400
    words = TEXTS[language]
    key_to(tab, "#tell-editors summary")
    tab.keyboard.press("Enter")
    form = tab.locator("form.feedback")
    expect(form).to_be_visible()
    assert not scripts or barriers_in_both(tab) == []
    form.get_by_role("radio", name=words["error"]).check()
    long = "é" * 2_001
    form.get_by_role("textbox").fill(long)
    form.get_by_role("button").click()
    expect(tab.get_by_role("alert")).to_contain_text(words["feedback_failed"])
    expect(form.get_by_role("textbox")).to_have_value(long)
    expect(form.get_by_role("radio", name=words["error"])).to_be_checked()
    assert not scripts or barriers_in_both(tab) == []
    before = FeedbackFile(data / "feedback.jsonl").all()
    form.get_by_role("textbox").fill("Le numéro a changé.\nDepuis mai.")
    form.get_by_role("button").click()
    thanks = tab.get_by_text(words["feedback_thanks"])
    expect(thanks).to_be_in_viewport()
    expect(thanks).to_be_focused()
    (said,) = FeedbackFile(data / "feedback.jsonl").all()[len(before) :]
    assert (said.note, said.read, said.kind, said.text) == (
        *("be-baps", language, "error"),
        "Le numéro a changé.\nDepuis mai.",
    )
    assert not scripts or barriers_in_both(tab) == []
