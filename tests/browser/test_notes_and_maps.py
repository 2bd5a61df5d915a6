"""Notes, countries side by side, the map, help and problems, with scripts and without."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from kb.text.languages import Language
from tests.browser.reader import COUNTRIES, Visit, asked, hits, note_id


def test_a_note_can_be_read_in_another_language_cited_and_taken_along(
    tab: Page, visit: Visit, client: httpx.Client, language: Language, other: Language
) -> None:
    own, foreign = (client.get("/v1/notes/be-baps", params={"lang": one}).json() for one in (language, other))
    visit(tab, f"/{language}/notes/be-baps")
    expect(tab.locator("h1")).to_have_text(own["title"])
    expect(tab.locator("main")).to_contain_text(own["summary"])

    cited = tab.locator("#cite")
    expect(cited).to_contain_text(own["title"])
    expect(cited).to_contain_text("/notes/be-baps")

    with tab.expect_download() as taken:
        tab.locator("a[download]").first.click()
    assert taken.value.suggested_filename.endswith(".md")
    assert own["title"] in taken.value.path().read_text(encoding="utf-8")

    tab.locator(f"a[href*='version={other}']").first.click()
    expect(tab).to_have_url(re.compile(rf"/{language}/notes/be-baps\?version={other}"))
    expect(tab.locator("html")).to_have_attribute("lang", language)
    expect(tab.locator(f"main [lang={other}]").first).to_be_visible()
    expect(tab.locator("main")).to_contain_text(foreign["summary"])


def test_a_strategy_shows_its_objectives_and_who_works_on_them(
    tab: Page, visit: Visit, client: httpx.Client, language: Language
) -> None:
    note = client.get("/v1/notes/nl-nlcs", params={"lang": language}).json()
    assert note["objectives"]
    assert note["implemented_by"]
    visit(tab, f"/{language}/notes/nl-nlcs")
    main = tab.locator("main")
    for words in note["objectives"].values():
        expect(main).to_contain_text(words)
    for practice in note["implemented_by"]:
        link = main.locator(f"#served a[href='/{language}/notes/{practice['id']}']").first
        expect(link).to_have_text(practice["title"])
    main.locator(f"#served a[href='/{language}/notes/{note['implemented_by'][0]['id']}']").first.click()
    expect(tab.locator("h1")).to_have_text(note["implemented_by"][0]["title"])


# --- the other pages ---


def test_comparing_puts_countries_side_by_side(
    tab: Page, visit: Visit, client: httpx.Client, language: Language
) -> None:
    visit(tab, f"/{language}/compare?crime_type=phishing&phase=prevention")
    for country in ("BE", "LU", "NL"):
        expect(tab.locator("main")).to_contain_text(COUNTRIES[country].label(language))
    notes = tab.locator(f"main a[href^='/{language}/notes/']")
    expect(notes.first).to_be_visible()
    countries: set[str] = set()
    for link in notes.all():
        facts = client.get(f"/v1/notes/{note_id(urlsplit(link.get_attribute('href') or '').path)}").json()["metadata"]
        assert "prevention" in facts["phases"]
        countries |= set(facts["countries"])
    assert countries >= {"BE", "LU", "NL"}
    title = notes.first.inner_text()
    notes.first.click()
    expect(tab.locator("h1")).to_have_text(title)


def test_a_cell_of_the_coverage_leads_to_its_notes(tab: Page, visit: Visit, language: Language) -> None:
    visit(tab, f"/{language}/coverage")
    cell = tab.locator("main svg a[href*='crime_type=phishing'][href*='phase=prevention']").first
    address = urlsplit(unquote(cell.get_attribute("href") or ""))
    assert address.path == f"/{language}/"
    cell.click()
    expect(tab.locator("#active a")).to_have_count(sum(map(len, parse_qs(address.query).values())))
    assert asked(tab) == parse_qs(address.query)
    assert hits(tab)


def test_what_this_is_can_be_read(tab: Page, visit: Visit, language: Language) -> None:
    visit(tab, f"/{language}/")
    tab.locator(f"a[href='/{language}/about']").first.click()
    expect(tab.locator("html")).to_have_attribute("lang", language)
    expect(tab.locator("h1")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "status"),
    [("notes/no-such-note", 404), ("nothing", 404), ("?q=phishing&country=XX", 400), ("compare?phase=none", 400)],
)
def test_an_error_page_says_what_to_do_and_leads_back(
    tab: Page, visit: Visit, language: Language, path: str, status: int
) -> None:
    visit(tab, f"/{language}/{path}", status)
    expect(tab.locator("html")).to_have_attribute("lang", language)
    expect(tab.locator("h1")).to_be_visible()
    tab.locator(f"main a[href='/{language}/']").first.click()
    expect(tab.locator("#q")).to_be_visible()
