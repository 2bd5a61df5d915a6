"""What readers do from question to note and back, in three languages, with scripts and without, with keys alone.

Knows pages by what they promise: `#q`, `#results`, `.hit h3 a`, `nav#facets`, `#active`, and links that say in their
address what they do.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import httpx
import pytest
from playwright.sync_api import Locator, Page, Response, expect

from api.interface_texts import TEXTS
from kb.content import read_taxonomy
from kb.languages import Language

OpenTab = Callable[..., Page]
Visit = Callable[..., Response]
COUNTRIES = read_taxonomy([Path(__file__).parents[2] / "content"]).countries
NOTHING = {Language.FR: "Rien de pertinent", Language.NL: "Niets relevants", Language.EN: "Nothing relevant"}
RING = """
() => {
  const one = document.activeElement, style = getComputedStyle(one), [box] = one.getClientRects();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  return {ring, uncovered: top !== null && (one.contains(top) || top.contains(one)), what: one.outerHTML.slice(0, 120)};
}
"""
COVERED = """
() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
  const one = document.activeElement, [box] = one.getClientRects();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  done(top && !one.contains(top) && top.closest("th, .labels") ? one.outerHTML.slice(0, 120) : "");
})))
"""


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """With scripts and without."""
    return bool(request.param)


@pytest.fixture
def tab(open_tab: OpenTab, language: Language, scripts: bool) -> Page:
    """A tab in this language, with scripts or without."""
    return open_tab(scripts=scripts, language=language)


@pytest.fixture
def typing(open_tab: OpenTab, language: Language) -> Page:
    """A tab with scripts on the search page."""
    opened = open_tab(language=language)
    opened.goto(f"/{language}/")
    return opened


# --- what a reader sees and does ---


def asked(tab: Page) -> dict[str, list[str]]:
    """The parameters of the page's address."""
    return parse_qs(urlsplit(tab.url).query)


def quiet(tab: Page) -> None:
    """Wait until nothing is being fetched or put in place."""
    expect(tab.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def hits(tab: Page) -> list[str]:
    """The paths of the notes found, best first; there must be some."""
    expect(tab.locator("#results .hit")).not_to_have_count(0)
    quiet(tab)
    links = [link.get_attribute("href") or "" for link in tab.locator("#results .hit h3 a").all()]
    assert len(set(links)) == len(links) == tab.locator("#results .hit").count()
    return [urlsplit(link).path for link in links]


def expect_hits(tab: Page, paths: list[str]) -> None:
    """Wait for just these notes, in this order."""
    found = tab.locator("#results .hit h3 a")
    expect(found).to_have_count(len(paths))
    for number, path in enumerate(paths):
        expect(found.nth(number)).to_have_attribute("href", re.compile(rf"^{re.escape(path)}([?#]|$)"))


def ask(tab: Page, language: Language, question: str, scripts: bool) -> list[str]:
    """Type a question, send it if nothing else does, and read what is found."""
    tab.goto(f"/{language}/")
    tab.locator("form[role=search] #q").press_sequentially(question)
    if not scripts:
        tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    return hits(tab)


def facet(tab: Page, name: str, value: str) -> Locator:
    """The link that narrows to a value."""
    return tab.locator(f"nav#facets a[href*='{name}={value}']").first


def note_id(path: str) -> str:
    """The id in the path of a note's page."""
    return path.removesuffix("/").rpartition("/")[2]


def found_by_api(client: httpx.Client, **question: Any) -> set[str]:
    """The ids of all notes that the API finds."""
    answer = client.get("/v1/search", params={**question, "limit": 50})
    assert answer.status_code == 200, answer.text
    return {hit["id"] for kind in ("practices", "strategies") for hit in answer.json()[kind]}


def key_to(tab: Page, target: str) -> None:
    """Press Tab until the focus is on an element, which must then be seen and lie under nothing."""
    for _ in range(300):
        tab.keyboard.press("Tab")
        if tab.evaluate("target => document.activeElement.matches(target)", target):
            break
    else:
        raise AssertionError(f"Tab does not lead to {target}")
    focus = tab.evaluate(RING)
    assert focus["ring"], f"the focus cannot be seen: {focus['what']}"
    assert focus["uncovered"], f"something covers the focus: {focus['what']}"


# --- from the question to the note and back ---


def test_ask_narrow_widen_read_and_return(
    tab: Page, client: httpx.Client, language: Language, question: str, scripts: bool
) -> None:
    whole = ask(tab, language, question, scripts)

    facet(tab, "country", "BE").click()
    expect(tab).to_have_url(re.compile(r"[?&]country=BE(&|$)"))
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))
    expect(tab.locator("#q")).to_have_value(question)
    narrow = hits(tab)
    assert narrow != whole
    assert {note_id(path) for path in narrow} <= found_by_api(client, q=question, lang=language, country="BE")

    tab.locator("#active a").first.click()
    expect(tab.locator("#active a")).to_have_count(0)
    assert asked(tab).get("country") is None
    expect_hits(tab, whole)

    first = tab.locator("#results .hit h3 a").first
    title = first.inner_text()
    first.click()
    expect(tab.locator("h1")).to_have_text(title)
    assert urlsplit(tab.url).path == whole[0]

    tab.go_back()
    expect(tab.locator("#q")).to_have_value(question)
    expect_hits(tab, whole)
    tab.go_forward()
    expect(tab.locator("h1")).to_have_text(title)


def test_back_undoes_a_filter(tab: Page, language: Language, question: str, scripts: bool) -> None:
    whole = ask(tab, language, question, scripts)
    facet(tab, "country", "LU").click()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["LU"].label(language))
    narrow = hits(tab)
    tab.go_back()
    expect(tab.locator("#active a")).to_have_count(0)
    expect_hits(tab, whole)
    expect(tab.locator("#q")).to_have_value(question)
    tab.go_forward()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["LU"].label(language))
    expect_hits(tab, narrow)


@pytest.mark.parametrize("language", [Language.FR], indirect=True)
def test_keys_alone_are_enough(tab: Page, language: Language, question: str, scripts: bool) -> None:
    tab.goto(f"/{language}/")
    tab.keyboard.press("Tab")  # the first stop leads past the head of the page, wherever the focus has begun
    key_to(tab, "#q")
    tab.keyboard.type(question)
    tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    whole = hits(tab)
    key_to(tab, ".to-facets a")  # seen on wide screens too, once the focus is there
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('#facets') !== null")
    key_to(tab, "nav#facets a[href*='country=BE']")
    tab.keyboard.press("Enter")
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))
    key_to(tab, "#active a")
    tab.keyboard.press("Enter")
    expect(tab.locator("#active a")).to_have_count(0)
    expect_hits(tab, whole)
    key_to(tab, "#results .hit h3 a")
    title = tab.evaluate("document.activeElement.innerText")
    tab.keyboard.press("Enter")
    expect(tab.locator("h1")).to_have_text(title)
    tab.go_back()  # the browser's own keys are not the page's
    expect(tab.locator("#q")).to_have_value(question)
    expect_hits(tab, whole)


def test_an_address_passed_on_shows_the_same(
    tab: Page, open_tab: OpenTab, language: Language, question: str, scripts: bool
) -> None:
    ask(tab, language, question, scripts)
    facet(tab, "country", "NL").click()
    expect(tab.locator("#active")).to_contain_text(COUNTRIES["NL"].label(language))
    shown = hits(tab)
    for with_scripts in (True, False):
        received = open_tab(scripts=with_scripts)
        received.goto(tab.url)
        assert hits(received) == shown
        expect(received.locator("#q")).to_have_value(question)
        expect(received.locator("#active")).to_contain_text(COUNTRIES["NL"].label(language))


# --- while typing ---


def test_results_appear_while_typing(typing: Page, question: str) -> None:
    typing.evaluate("window.kept = true")
    typing.locator("#q").press_sequentially(question)
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    before = hits(typing)
    expect(typing.locator("#q")).to_be_focused()
    expect(typing.locator("#q")).to_have_value(question)
    typing.locator("#q").press_sequentially(" ransomware")
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [f"{question} ransomware"])
    assert hits(typing) != before
    expect(typing.locator("#q")).to_be_focused()
    assert typing.evaluate("window.kept"), "the page was loaded anew"
    ids = typing.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(set(ids)) == len(ids)


def test_typing_keeps_filters(typing: Page, language: Language, question: str) -> None:
    typing.goto(f"/{language}/?{urlencode({'q': 'ransomware', 'country': 'BE'})}")
    typing.locator("#q").fill("")
    typing.locator("#q").press_sequentially(question)
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    assert asked(typing)["country"] == ["BE"]
    expect(typing.locator("#active")).to_contain_text(COUNTRIES["BE"].label(language))


def test_what_has_come_is_said_to_those_who_do_not_see_it(typing: Page, question: str) -> None:
    said = typing.locator("[role=status], [aria-live=polite]").first
    expect(said).to_be_attached()  # it is there before it speaks, else it is not heard
    typing.locator("#q").press_sequentially(question)
    hits(typing)
    expect(said).to_contain_text(re.compile(r"\d"))


@pytest.mark.parametrize("body", ["busy", None], ids=["no-page", "page"])
def test_a_failure_while_typing_is_said_and_is_over_when_an_answer_comes(
    typing: Page, watch: Any, unready_server: Any, language: Language, question: str, body: str | None
) -> None:
    watch.provoked = ("responded with a status of 503 ",)
    page = httpx.get(f"{unready_server.origin}/{language}/?q=x", headers={"accept": "text/html"}, trust_env=False).text
    typing.route("**/?q=*", lambda route: route.fulfill(status=503, body=body or page, content_type="text/html"))
    typing.locator("#q").press_sequentially(question)
    said = typing.locator("#results [role=alert]")
    expect(said).to_have_text(
        TEXTS[language]["no_answer"] if body else re.compile(TEXTS[language]["error_unavailable"])
    )
    expect(typing.locator("#q")).to_be_focused()
    typing.unroute_all()
    typing.locator("#q").press_sequentially(" ransomware")
    hits(typing)
    expect(said).to_have_count(0)


def test_a_server_that_does_not_answer_while_typing_is_told(
    typing: Page, watch: Any, language: Language, question: str
) -> None:
    watch.provoked = ("net::ERR_FAILED", "htmx:sendError", "htmx:afterRequest")
    typing.locator("#q").press_sequentially(question)
    before = hits(typing)
    typing.route("**/?q=*", lambda route: route.abort())
    said = typing.locator("#results [role=alert]")
    for more in (" ransomware", " blokkeren"):
        typing.locator("#q").press_sequentially(more)
        expect(said).to_have_text(TEXTS[language]["no_answer"])
    assert hits(typing) == before
    typing.unroute_all()
    typing.locator("#q").press_sequentially(" phishing")
    expect(said).to_have_count(0)


def test_a_refused_filter_does_not_refuse_the_next_question(
    tab: Page, visit: Visit, language: Language, question: str, scripts: bool
) -> None:
    visit(tab, f"/{language}/?q=x&country=XX", 400)
    tab.locator("#q").fill(question)
    if not scripts:
        tab.keyboard.press("Enter")
    tab.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == {"q": [question]})
    hits(tab)


def test_a_slash_leads_to_the_question(typing: Page, question: str) -> None:
    box = typing.locator("#q")
    box.press_sequentially(question)
    hits(typing)
    typing.locator("#results .hit h3 a").first.focus()
    expect(box).not_to_be_focused()
    typing.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value(question)
    typing.keyboard.press("End")
    typing.keyboard.press("/")
    expect(box).to_have_value(f"{question}/")


# --- the list ---


def test_where_nothing_relevant_is_found_it_is_said(
    tab: Page, visit: Visit, language: Language, question: str, pie: str
) -> None:
    said = re.compile(NOTHING[language])
    visit(tab, f"/{language}/?{urlencode({'q': pie})}")
    expect(tab.locator("main")).to_contain_text(said)
    visit(tab, f"/{language}/?{urlencode({'q': question})}")
    hits(tab)
    expect(tab.locator("main")).not_to_contain_text(said)


def test_newest_first(tab: Page, visit: Visit, language: Language, question: str) -> None:
    visit(tab, f"/{language}/?{urlencode({'q': question, 'kind': 'practice'})}")
    by_relevance = hits(tab)
    tab.locator("a[href*='sort=date']").first.click()
    expect(tab).to_have_url(re.compile(r"[?&]sort=date(&|$)"))
    by_date = hits(tab)
    assert by_date != by_relevance
    assert asked(tab)["q"] == [question]
    times = [hit.locator("time[datetime]") for hit in tab.locator("#results .hit").all()]
    years = [(one.first.get_attribute("datetime") or "")[:4] if one.count() else "" for one in times]
    assert years == sorted(years, reverse=True), "notes without a date come last"
    assert len(set(years)) > 1
    expect(tab.locator("#q")).to_have_value(question)


def test_pages_of_the_list_follow_each_other(tab: Page, visit: Visit, language: Language) -> None:
    visit(tab, f"/{language}/?q=phishing&kind=practice")
    first = hits(tab)
    tab.locator("a[href*='page=2']").first.click()
    expect(tab).to_have_url(re.compile(r"[?&]page=2(&|$)"))
    expect(tab.locator("#results .hit h3 a").first).not_to_have_attribute("href", re.compile(re.escape(first[0])))
    second = hits(tab)
    assert not set(first) & set(second)
    assert asked(tab)["kind"] == ["practice"]
    tab.go_back()
    expect_hits(tab, first)


def test_a_kind_alone(tab: Page, visit: Visit, client: httpx.Client, language: Language, question: str) -> None:
    for kind in ("practice", "strategy"):
        visit(tab, f"/{language}/?{urlencode({'q': question, 'kind': kind})}")
        kinds = {client.get(f"/v1/notes/{note_id(path)}").json()["kind"] for path in hits(tab)}
        assert kinds == {kind}


@pytest.mark.parametrize(
    ("name", "value"),
    [("country", "NL"), ("crime_type", "phishing"), ("phase", "prevention"), ("status", "operational"),
     ("evidence", "monitored"), ("note_lang", "nl")],
)  # fmt: skip
@pytest.mark.parametrize("language", [Language.NL], indirect=True)
def test_every_facet_narrows_and_can_be_taken_away(
    tab: Page, visit: Visit, language: Language, question: str, name: str, value: str
) -> None:
    visit(tab, f"/{language}/?{urlencode({'q': question})}")
    whole = hits(tab)
    facet(tab, name, value).click()
    expect(tab.locator("#active a")).to_have_count(1)
    assert asked(tab)[name] == [value]
    hits(tab)
    tab.locator("#active a").click()
    expect(tab.locator("#active a")).to_have_count(0)
    expect_hits(tab, whole)


# --- languages ---


def test_another_language_keeps_question_and_filters(
    tab: Page, visit: Visit, language: Language, other: Language, question: str
) -> None:
    chosen = {"q": [question], "country": ["BE", "NL"], "phase": ["prevention"], "sort": ["date"]}
    visit(tab, f"/{language}/?{urlencode(chosen, doseq=True)}")
    before = hits(tab)
    tab.locator(f"a[hreflang={other}][href^='/{other}/?']").first.click()
    expect(tab.locator("html")).to_have_attribute("lang", other)
    assert urlsplit(tab.url).path == f"/{other}/"
    assert asked(tab) == chosen
    expect(tab.locator("#q")).to_have_value(question)
    for country in ("BE", "NL"):
        expect(tab.locator("#active")).to_contain_text(COUNTRIES[country].label(other))
    assert {note_id(path) for path in hits(tab)} == {note_id(path) for path in before}


def test_another_language_keeps_what_was_typed_on_this_page(
    typing: Page, language: Language, other: Language, question: str
) -> None:
    typing.locator("#q").press_sequentially(question)
    typing.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("q") == [question])
    before = hits(typing)
    typing.locator(f"a[hreflang={other}]").first.click()
    expect(typing.locator("html")).to_have_attribute("lang", other)
    assert asked(typing) == {"q": [question]}
    expect(typing.locator("#q")).to_have_value(question)
    assert {note_id(path) for path in hits(typing)} == {note_id(path) for path in before}


def test_the_first_page_is_in_the_readers_language(
    tab: Page, visit: Visit, language: Language, other: Language
) -> None:
    visit(tab, "/")
    assert urlsplit(tab.url).path == f"/{language}/"
    tab.locator(f"a[hreflang={other}][href^='/{other}/']").first.click()
    expect(tab.locator("html")).to_have_attribute("lang", other)
    visit(tab, "/")
    assert urlsplit(tab.url).path == f"/{other}/", "the language chosen is forgotten"


# --- notes ---


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


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(("path", "table"), [
    ("coverage", ".map"), ("compare?crime_type=phishing&phase=prevention", ".scroll"),
])  # fmt: skip
@pytest.mark.parametrize("language", [Language.FR], indirect=True)
def test_a_column_that_stays_in_place_does_not_cover_the_focus(
    open_tab: OpenTab, visit: Visit, language: Language, path: str, table: str, width: int
) -> None:
    tab = open_tab(language=language, width=width)
    visit(tab, f"/{language}/{path}")
    links = tab.locator(f"{table} a").count()
    assert links > 10
    tab.locator(table).first.focus()
    for key in ("Tab", "Shift+Tab"):
        seen = 0
        for _ in range(links):
            tab.keyboard.press(key)
            if tab.evaluate("table => document.activeElement.matches(`${table} a`)", table):
                seen += 1
                assert tab.evaluate(COVERED) == "", key
        assert seen >= links - 1


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
