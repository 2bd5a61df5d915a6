"""The coverage page in a browser: short, with folds that open for who is led into them."""

import pytest
from playwright.sync_api import expect

from tests.browser.instruments import barriers

MOST_HIGH = 3_500


def test_the_page_is_short_and_its_folds_can_be_opened(tab, visit, language):
    visit(tab, f"/{language}/coverage")
    assert tab.evaluate("document.documentElement.scrollHeight") < MOST_HIGH
    expect(tab.locator("table.gaps")).to_be_hidden()
    tab.locator(".fold > summary").first.click()
    expect(tab.locator("table.gaps")).to_be_visible()
    assert barriers(tab) == []


@pytest.mark.parametrize("scripts", [True, False], indirect=True)
@pytest.mark.parametrize("anchor", ["gaps", "objectives", "of-be-css-2", "map", "figures"])
def test_an_address_with_a_fragment_arrives_inside_a_fold(tab, visit, language, anchor):
    visit(tab, f"/{language}/coverage#{anchor}")
    expect(tab.locator(f"#{anchor}")).to_be_in_viewport()
