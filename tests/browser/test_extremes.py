"""Lists of none, one and 500 notes, words without end, a note in one language, tables on paper: designed, all of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

WIDTHS = (320, 390, 1280, 3840)
A4_ON_ITS_SIDE = 1031
"""297 mm less the margins, in pixels."""
CUT_OFF = """
[...document.querySelectorAll(".scroll")].filter(one => one.scrollWidth > one.clientWidth).map(one => one.className)
"""


@pytest.fixture
def crowd(crowded_server: Any, watch: Any, open_tab: Callable[..., Page]) -> Page:
    """A tab on the server with 500 practices."""
    watch.home = crowded_server.origin
    return open_tab()


@pytest.mark.parametrize(
    ("address", "shown", "total"),
    [
        ("/en/?kind=practice", 10, 500),
        ("/en/?crime_type=ransomware&kind=practice", 1, 1),
        ("/en/?country=LU&kind=practice", 0, 0),
        ("/en/?q=blocking+sites&kind=practice", 10, None),
        ("/en/?kind=practice&page=50", 10, 500),
        ("/en/?crime_type=ddos&kind=practice", 1, 1),
    ],
)
def test_lists_of_any_length_are_pages(
    crowd: Page, visit: Any, barriers: Any, beyond: Any, address: str, shown: int, total: int | None
) -> None:
    visit(crowd, address)
    expect(crowd.locator("#results .hit")).to_have_count(shown)
    if total is not None:
        expect(crowd.locator("#results h2 .number")).to_have_text(str(total))
    assert barriers(crowd) == []
    assert [found for width in WIDTHS if (found := (width, beyond(crowd, width)))[1]] == []


def test_pages_lead_from_the_first_to_the_last_that_can_be_read(crowd: Page, visit: Any) -> None:
    visit(crowd, "/en/?kind=practice")
    expect(crowd.locator(".paging")).to_contain_text("Page 1 of 50")
    crowd.locator("a[rel=next]").click()
    expect(crowd).to_have_url(re.compile("page=2"))
    visit(crowd, "/en/?kind=practice&page=50")
    expect(crowd.locator("a[rel=next]")).to_have_count(0)
    for beyond_the_last in (99, 101, 10**20):
        visit(crowd, f"/en/?kind=practice&page={beyond_the_last}")
        expect(crowd.locator(".paging")).to_contain_text("Page 50 of 50")


@pytest.mark.parametrize("note", ["be-endless", "be-dutch"])
def test_a_note_without_measure_or_translation_is_a_page(
    crowd: Page, visit: Any, barriers: Any, beyond: Any, note: str
) -> None:
    visit(crowd, f"/fr/notes/{note}")
    expect(crowd.locator("main")).to_contain_text("pas de version française")
    assert barriers(crowd) == []
    assert [found for width in WIDTHS if (found := (width, beyond(crowd, width)))[1]] == []


@pytest.mark.parametrize(("path", "tables"), [("compare?crime_type=online-fraud", 1), ("coverage", 20)])
def test_tables_of_countries_are_whole_on_paper(
    open_tab: Callable[..., Page], visit: Any, beyond: Any, path: str, tables: int
) -> None:
    tab = open_tab()
    visit(tab, f"/nl/{path}")
    tab.emulate_media(media="print")
    assert beyond(tab, A4_ON_ITS_SIDE) == []
    assert tab.evaluate(CUT_OFF) == []
    assert tab.locator(".scroll").filter(visible=True).count() >= tables
