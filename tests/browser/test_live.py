"""Who writes a note sees its page load anew when the note is saved, and what is wrong with it."""

import pytest
from playwright.sync_api import expect

from tests.conftest import BODY, Content

SLOW = 60_000.0
"""Milliseconds that a busy machine may take to index three notes and to notice a fourth."""


@pytest.fixture
def content(tmp_path):
    written = Content(tmp_path / "content")
    written.practice("be-a")
    written.practice("nl-b", countries=["NL"], related=[{"id": "be-a", "rel": "see-also"}])
    return written


def test_a_page_loads_anew_when_its_note_is_saved_and_says_what_is_wrong(serve_notes, content, open_tab, watch):
    watch.home = serve_notes(content, "--watch")
    tab = open_tab()
    tab.goto("/en/notes/be-a")
    expect(tab.locator(".prose")).to_contain_text("People receive false messages.")
    content.practice("be-a", body=BODY.replace("false messages", "letters from a false bailiff"))
    expect(tab.locator(".prose")).to_contain_text("a false bailiff", timeout=SLOW)
    content.practice("be-a", crime_types=["fishing"])
    expect(tab.locator("#live")).to_contain_text("KB111", timeout=SLOW)
    expect(tab.locator(".prose")).to_contain_text("a false bailiff")
    content.practice("be-a")
    expect(tab.locator(".prose")).to_contain_text("People receive false messages.", timeout=SLOW)
    for _ in range(2):  # what was asked first may have been shown by the page before, or not at all yet
        with tab.expect_response("**/live"):
            pass
    expect(tab.locator("#live")).to_have_count(0)
