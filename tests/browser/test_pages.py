"""Every type of page: usable by everyone, valid, light, still, of every width, and closed to scripts of others.

Pictures of them are kept in `.screenshots`, or in KB_TEST_SCREENSHOTS, for people to see.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from kb.text.languages import Language
from tests.browser.instruments import barriers, beyond, html_faults, shifted, unsettled, weighed
from tests.browser.reader import hits

# Read now: within a test there are no settings.
FOLDER = Path(os.environ.get("KB_TEST_SCREENSHOTS") or Path(__file__).parents[2] / ".screenshots")
MOST_BYTES = 100_000
MOST_SHIFT = 0.01
WIDTHS = (320, 360, 390, 1280, 3840)
PHONE, WIDE = 390, 1280
PAGES = {
    "start": "/nl/",
    "results": "/fr/?q=comment bloquer les sites d'hameçonnage",
    "narrowed": "/nl/?q=hoe blokkeren we phishingsites&country=BE&phase=prevention&sort=date",
    "strategies": "/en/?q=how do we block phishing sites&kind=strategy",
    "third": "/fr/?kind=practice&page=3",
    "nothing": "/nl/?q=recept voor appeltaart",
    "practice": "/fr/notes/be-baps",
    "version": "/nl/notes/be-baps?version=en",
    "annulled": "/en/notes/nl-online-area-ban",
    "strategy": "/fr/notes/nl-nlcs",
    "compare": "/fr/compare?crime_type=phishing&phase=prevention",
    "chosen": "/nl/compare?note=be-baps&note=nl-nlcs",
    "list": "/fr/list?note=be-baps&note=nl-nlcs&note=no-such-note",
    "coverage": "/fr/coverage",
    "about": "/fr/about",
    "problems": "/nl/problems",
    "refused": "/fr/?q=hame%C3%A7onnage&country=XX",
    "missing": "/nl/notes/be-safeonweb-app",
    "filtered": "/nl/?q=fraude&country=LU&evidence=independently-evaluated&status=pilot",
    "sign-in": "/nl/sign-in",
    "unready": "/en/?q=phishing&kind=practice&page=2",
}
"""Every type of page, each in a language -> its address."""
STATUS = {"refused": 400, "missing": 404, "unready": 503}
"""Status of the answer, where it is not 200."""


def barriers_in_both(tab):
    """What keeps people from using a page in light and in dark colours."""
    found = []
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        found += barriers(tab)
    return found


@pytest.mark.parametrize("width", [PHONE, WIDE])
@pytest.mark.parametrize("name", PAGES)
def test_pages_can_be_used_by_everyone(open_tab, visit, unready_page, name, width):
    address, language = PAGES[name], Language(PAGES[name][1:3])
    tab = open_tab(width=width, language=language)
    if name == "unready":
        answered = unready_page(language)
        headers = {name: value for name, value in answered.headers.items() if name != "content-length"}

        def unready(route):
            route.fulfill(status=503, body=answered.text, headers=headers)

        tab.route("**" + address.partition("?")[0] + "?*", unready)
    answers = []
    bytes_loaded = weighed(tab, lambda: answers.append(visit(tab, address, STATUS.get(name, 200))))
    expect(tab.locator("html")).to_have_attribute("lang", language)
    assert shifted(tab) < MOST_SHIFT
    assert unsettled(tab) == []
    assert bytes_loaded <= MOST_BYTES
    assert barriers_in_both(tab) == []
    FOLDER.mkdir(exist_ok=True)
    picture = FOLDER / f"{name}-{language}-{width}.png"
    tab.emulate_media(color_scheme="light")
    tab.screenshot(path=picture, full_page=True, animations="disabled")
    assert picture.stat().st_size > 1_000
    if width == WIDE:
        policy = answers[0].header_value("content-security-policy")
        assert "default-src 'none'" in policy or "default-src 'self'" in policy
        assert "'unsafe" not in policy  # that nothing violates it is looked at after every test
        assert not {"*", "data:", "http:", "https:"} & set(policy.replace(";", " ").split())
        assert beyond(tab, *WIDTHS) == []


def test_results_that_came_while_typing_meet_wcag(typing, question):
    typing.locator("#q").press_sequentially(question)
    hits(typing)
    assert barriers_in_both(typing) == []


def test_pages_are_valid_html(client, unready_page, tmp_path):
    pages = []
    for name, address in PAGES.items():
        if name == "unready":
            answer = unready_page(address[1:3])
        else:
            answer = client.get(address, headers={"accept": "text/html"})
        assert answer.status_code == STATUS.get(name, 200), name
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        pages.append(tmp_path / f"{name}.html")
        pages[-1].write_text(answer.text, encoding="utf-8")
    assert html_faults(pages) == []
