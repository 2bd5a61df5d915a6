"""Every type of page in every language: usable by everyone, valid, light, still, and closed to scripts of others."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.sync_api import Page, Response, expect

from kb.text.languages import Language
from tests.browser.places import PLACES

MOST_BYTES = 100_000
MOST_SHIFT = 0.01
OpenTab = Callable[..., Page]
Show = Callable[[Page], Response]
Barriers = Callable[[Page], list[str]]
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
one_language = pytest.mark.parametrize("language", [Language.FR], indirect=True)
"""For what does not depend on words. French has the longest."""


def barriers_in_both(tab: Page, barriers: Barriers) -> dict[str, list[str]]:
    """What keeps people from using a page in light and in dark colours."""
    found: dict[str, list[str]] = {}
    for scheme in SCHEMES:
        tab.emulate_media(color_scheme=scheme)
        found[scheme] = barriers(tab)
    return found


def test_pages_meet_wcag(open_tab: OpenTab, show: Show, barriers: Barriers, language: Language) -> None:
    tab = open_tab(language=language)
    show(tab)
    expect(tab.locator("html")).to_have_attribute("lang", language)
    assert barriers_in_both(tab, barriers) == {"light": [], "dark": []}


@one_language
def test_pages_on_a_telephone_meet_wcag(open_tab: OpenTab, show: Show, barriers: Barriers) -> None:
    tab = open_tab(width=390)
    show(tab)
    assert barriers_in_both(tab, barriers) == {"light": [], "dark": []}


def test_results_that_came_while_typing_meet_wcag(
    open_tab: OpenTab, barriers: Barriers, question: str, language: Language
) -> None:
    tab = open_tab(language=language)
    tab.goto(f"/{language}/")
    tab.locator("#q").press_sequentially(question)
    expect(tab.locator("#results .hit")).not_to_have_count(0)
    expect(tab.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    assert barriers_in_both(tab, barriers) == {"light": [], "dark": []}


def test_pages_are_valid_html(
    faults: Callable[..., list[str]],
    address_of: Callable[[Any, Language], str],
    tmp_path: Path,
) -> None:
    pages = []
    for place in PLACES:
        for language in Language:
            answer = httpx.get(
                address_of(place, language), headers={"accept": "text/html"}, timeout=30, trust_env=False
            )
            assert answer.status_code == place.status, answer.url
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            pages.append(tmp_path / f"{place.name}-{language}.html")
            pages[-1].write_text(answer.text, encoding="utf-8")
    assert faults(pages) == []


@one_language
def test_pages_allow_no_script_or_style_within_them(open_tab: OpenTab, show: Show) -> None:
    tab = open_tab()
    policy = show(tab).header_value("content-security-policy")
    assert policy is not None
    assert "default-src 'none'" in policy or "default-src 'self'" in policy
    assert "'unsafe" not in policy  # that nothing violates it is looked at after every test
    for source in ("*", "data:", "http:", "https:"):
        assert source not in policy.replace(";", " ").split()


def test_a_first_view_is_light(
    open_tab: OpenTab, show: Show, weighed: Callable[[Page, Callable[[Page], Any]], int]
) -> None:
    assert weighed(open_tab(), show) <= MOST_BYTES


@one_language
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_by_itself(open_tab: OpenTab, show: Show, shifted: Callable[[Page], float], width: int) -> None:
    tab = open_tab(width=width)
    show(tab)
    assert shifted(tab) < MOST_SHIFT
