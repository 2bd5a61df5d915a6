"""The description of a whole incident, pasted into the box: its text stays in the page and goes nowhere else."""

import json
import re

import pytest
from playwright.sync_api import expect

from kb.text.languages import Language
from tests.browser.instruments import barriers, beyond
from tests.conftest import REPOSITORY

INCIDENTS = {
    each["lang"]: each["text"][:3500]
    for line in (REPOSITORY / "tests/relevance/incidents/queries.jsonl").read_text("utf-8").splitlines()
    for each in [json.loads(line)]
    if len(each["text"]) >= 3500
}
"""One of 3,500 characters in each language."""


@pytest.fixture
def incident(language):
    return INCIDENTS[language]


def found_by_the_api(client, text, language):
    answer = client.post("/v1/search", json={"similar_to": {"text": text}, "lang": language}).json()
    return [hit["id"] for hit in answer["practices"]]


@pytest.mark.parametrize(("language", "scripts"), [*((each, True) for each in Language), ("fr", False)], indirect=True)
def test_it_finds_what_the_api_finds_and_leaves_nothing_behind(tab, client, language, scripts, incident):
    addresses = []
    tab.on("request", lambda request: addresses.append(request.url))
    tab.goto(f"/{language}/?kind=practice")
    tab.locator("#q").fill(incident)
    tab.locator(".box button").click()
    expect(tab.locator("base")).to_have_attribute("target", "_blank")
    notes = tab.locator(".hit h3 a")
    shown = [link.get_attribute("href").rpartition("/")[2] for link in notes.all()]
    assert shown == found_by_the_api(client, incident, language)
    assert tab.locator("#q").input_value() == incident
    beginning = incident.split()[0]
    assert not any(beginning in address or "q=" in address for address in addresses)
    assert "q=" not in tab.url
    assert beginning not in tab.title()
    assert beginning not in tab.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    assert [cookie["value"] for cookie in tab.context.cookies()] == []
    if scripts:  # by which these look
        assert barriers(tab) == []
        assert beyond(tab, 320, 1280) == []


def test_what_narrows_sends_the_text_along(tab, language, incident):
    tab.goto(f"/{language}/")
    tab.locator("#q").fill(incident)
    tab.locator(".box button").click()
    tab.locator(".kinds .link", has_text="1").first.click()
    expect(tab.locator(".kinds [aria-current]")).to_contain_text("1")
    assert "kind=" in tab.url
    assert tab.locator("#q").input_value() == incident
    other = next(each for each in Language if each != language)
    tab.locator(f"#languages [lang={other}]").click()
    assert tab.url.partition("kind=")[0].endswith(f"/{other}/?")
    assert tab.locator("#q").input_value() == incident


def test_a_story_that_is_typed_leaves_no_beginning_of_it(typing, language):
    addresses, visited = [], []
    typing.on("request", lambda request: addresses.append(request.url))
    typing.on("framenavigated", lambda frame: visited.append(frame.url))
    story = "Mme Zyxwvut a reçu un appel. "
    typing.locator("#q").press_sequentially(story * 2)
    expect(typing.locator("#results")).to_have_attribute("data-address", re.compile("Zyxwvut"))
    typing.locator("#q").fill(story * 12)
    expect(typing.locator("base")).to_have_attribute("target", "_blank")
    typing.locator("#q").blur()
    assert not any("Zyxwvut" in address for address in [*addresses, *visited, typing.url, typing.title()])
    with typing.context.expect_page() as opened:
        typing.locator(".hit h3 a").first.click()
    expect(opened.value.locator("h1")).to_be_visible()
    expect(typing.locator("#q")).to_have_value(story * 12)


def test_enter_asks_a_question_of_one_line(typing, language):
    typing.locator("#q").fill("phishing")
    typing.locator("#q").press("Enter")
    typing.wait_for_url(f"**/{language}/?q=phishing")
    typing.locator("#q").fill("a\nb")
    typing.locator("#q").press("End")
    typing.locator("#q").press("Enter")
    expect(typing.locator("#q")).to_have_value("a\nb\n")
