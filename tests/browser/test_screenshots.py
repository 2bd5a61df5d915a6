"""Pages fit every width. Pictures of them are kept in `.screenshots`, or in KB_TEST_SCREENSHOTS, for people to see."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Response

from kb.text.languages import Language

# Read now: within a test there are no settings.
FOLDER = Path(os.environ.get("KB_TEST_SCREENSHOTS") or Path(__file__).parents[2] / ".screenshots")
WIDTHS = (320, 360, 390, 1280, 3840)
VIEWS = {
    Language.FR: ((390, False), (1280, False), (1280, True), (1920, False)),  # the longest words of the three
    Language.NL: ((1280, False),),
    Language.EN: ((1280, False),),
}
OpenTab = Callable[..., Page]
Show = Callable[[Page], Response]


def test_pages_are_pictured(open_tab: OpenTab, show: Show, place: Any, language: Language) -> None:
    tab = open_tab(language=language)
    show(tab)
    for width, dark in VIEWS[language]:
        tab.set_viewport_size({"width": width, "height": 800})
        tab.emulate_media(color_scheme="dark" if dark else "light")
        path = FOLDER / f"{place.name}-{language}-{width}{'-dark' if dark else ''}.png"
        tab.screenshot(path=path, full_page=True, animations="disabled")
        assert path.stat().st_size > 1_000


def test_no_page_scrolls_sideways(
    open_tab: OpenTab, show: Show, beyond: Callable[[Page, int], list[str]], language: Language
) -> None:
    tab = open_tab(language=language)
    show(tab)
    assert [found for width in WIDTHS if (found := (width, beyond(tab, width)))[1]] == []
