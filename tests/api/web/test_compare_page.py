"""The compare page: a form that works without scripts, a table that shows gaps as gaps, hostile notes as text."""

import re
from itertools import chain

import pytest

from api.locales.texts import TEXTS
from kb.text.languages import NAMES, SEMICOLON, Language
from tests.api.web.conftest import read_page

SCHEMES = ("crime-types", "phases", "powers")
BODY = (
    "## Probleem\n\nMensen krijgen valse berichten.\n\n## Aanpak\n\n"
    + "De aanbieders blokkeren de sites die erachter zitten. " * 9
)


@pytest.mark.parametrize("language", Language)
def test_without_a_crime_type_the_page_offers_them_all(client, language):
    read = read_page(client.get(f"/{language}/compare"))
    vocabularies = client.get("/v1/taxonomy").json()
    choices = [["", *(concept["id"] for concept in vocabularies[name]["concepts"])] for name in SCHEMES]
    assert [option["value"] for option in read.all("option")] == [*chain(*choices)]
    assert read.all("select", name="crime_type")[0].keys() >= {"required", "id"}
    assert read.all("form")[0] == {"action": f"/{language}/compare", "method": "get", "class": "choose"}
    assert f"/{language}/compare?crime_type=phishing" in read.hrefs()
    assert read.all("table") == []
    assert [script["src"].partition("?")[0] for script in read.all("script")] == ["/static/shortcut.js"]


@pytest.mark.parametrize("language", Language)
def test_the_table_has_the_benelux_first_and_a_row_for_each_aspect(client, language):
    read = read_page(client.get(f"/{language}/compare", params={"crime_type": "phishing", "phase": ""}))
    assert len(read.rows) == 10
    countries = client.get("/v1/taxonomy").json()["countries"]["concepts"]
    labels = {country["id"]: country["prefLabel"][language] for country in countries}
    assert read.rows[0][1:4] == [labels[code] for code in ("BE", "NL", "LU")]
    assert [option["value"] for option in read.all("option") if "selected" in option] == ["phishing"]
    assert len(read.all("th", scope="row")) == 9
    assert {f"/{other}/compare?crime_type=phishing&remember=1" for other in Language} <= {*read.hrefs()}


def test_the_number_of_practices_that_apply_is_what_the_search_lists(client):
    read = read_page(client.get("/en/compare", params={"crime_type": "online-fraud"}))
    links = [link for link in read.hrefs() if link.startswith("/en/?")]
    numbers = [int(number) for number in re.findall(r"all (\d+) practices that apply", read.words)]
    assert len(links) >= 3
    for link, number in zip(links, numbers, strict=True):
        assert f'role="status">{number} practices<' in client.get(link).text


def test_gaps_are_shown_as_gaps(content, opened):
    content.practice("be-a", legal_basis=[{"name": "Belgian act"}])
    read = opened("/en/compare?crime_type=phishing&phase=prevention")
    assert len(read.all("td", **{"class": "empty", "rowspan": "8"})) == 2
    assert read.words.count("Nothing in the base") == 5
    assert read.all("p", **{"class": "gap"})
    risks = next(row for row in read.rows if row[0] == "Risks and lessons")
    assert "not stated in the note" in risks[1]
    assert "Belgian act" in next(row for row in read.rows if row[0] == "Legal basis")[1]


@pytest.mark.parametrize("language", Language)
def test_a_law_that_no_source_names_is_a_gap_and_no_law(content, opened, language):
    content.practice("be-a", legal_basis=[{"country": "BE", "note": "training only"}, {"name": "Belgian act"}])
    gap = TEXTS[language]["no_law"]
    compared = opened(f"/{language}/compare?crime_type=phishing")
    assert [gap in "".join(row) for row in compared.rows if "Belgian act" in "".join(row)] == [True]
    note = opened(f"/{language}/notes/be-a")
    assert note.words.count(gap) == note.words.count("(training only)") == note.words.count("Belgian act") == 1
    assert len(compared.all("span", **{"class": "gap"})) == len(note.all("span", **{"class": "gap"})) == 1


def test_an_annulled_practice_cannot_be_missed(content, opened):
    content.practice("be-a", status="annulled", legal_outcome="annulled")
    content.practice("nl-b", countries=["NL"], status="ended", legal_outcome="annulled")
    content.practice("lu-c", countries=["LU"])
    read = opened("/en/compare?crime_type=phishing")
    assert read.words.count(TEXTS[Language.EN]["is_annulled"]) == 2
    assert len(read.all("p", **{"class": "whose annulled"})) == 16
    assert len(read.all("p", **{"class": "whose"})) == 1  # alone in its column, it is named at its top


@pytest.mark.parametrize("language", Language)
def test_the_evidence_of_each_practice_has_a_row(content, opened, language):
    content.practice("be-a", evidence={"level": "evaluated-locally", "effect": "none"})
    content.practice("nl-b", countries=["NL"], evidence={"level": "untested", "effect": "unknown"})
    words = TEXTS[language]
    row = next(row for row in opened(f"/{language}/compare?crime_type=phishing").rows if row[0] == words["evidence"])
    for cell, level, effect in ((row[1], "evaluated-locally", "none_effect"), (row[2], "untested", "unknown")):
        said = words["pair"].format(words["effect"].lower(), words[effect])
        assert f"{words[level]}{SEMICOLON[language]}{said}" in cell


def test_what_is_not_in_the_readers_language_says_so_and_leads_to_its_version(content, opened):
    content.practice("nl-a", "nl", countries=["NL"], body=f"{BODY}\n\n## Juridische grondslag\n\n{'De wet. ' * 90}\n")
    read = opened("/en/compare?crime_type=phishing")
    assert "/en/notes/nl-a?version=nl#approach" in read.hrefs()
    assert read.all("p", lang="nl")
    assert TEXTS[Language.EN]["passage_in"].format(NAMES[Language.NL][Language.EN]) in read.words
    assert all(link.get("lang") == "nl" for link in read.all("a", **{"class": "linked"}))
    content.translation("nl-a", "en", "nl", "## Problem\n\nFalse messages.\n\n## Approach\n\nBlocking.\n")
    more = next(link for link in opened("/en/compare?crime_type=phishing").hrefs() if link.endswith("#legal-basis"))
    assert opened(more.partition("#")[0]).all("h2", id="legal-basis")


def test_what_cannot_be_compared_is_refused_above_the_form(client):
    read = read_page(client.get("/fr/compare?crime_type=phish"), 400)
    assert "hameçonnage" in read.words
    assert read.all("select", name="crime_type")
    assert read.all("table") == []


def test_chosen_notes_of_every_kind_stand_side_by_side(client):
    notes = (
        "be-baps",
        "nl-nlcs",
        *(client.get(f"/v1/notes?kind={kind}&limit=1").json()["notes"][0]["id"] for kind in ("power", "playbook")),
    )
    read = read_page(client.get("/en/compare", params={"note": [*notes, "be-baps"]}))
    titles = [client.get(f"/v1/notes/{note_id}?lang=en").json()["title"] for note_id in notes]
    assert read.rows[0] == ["Aspect", *titles]
    rows = {row[0]: row[1:] for row in read.rows}
    assert {"Approach", "Legal basis", "Purpose", "What may be done", "The first hour"} <= rows.keys()
    filled = {name: [TEXTS[Language.EN]["not_stated"] not in cell for cell in row] for name, row in rows.items()}
    assert filled["Approach"] == [True, False, False, False]
    assert filled["Purpose"] == [False, True, False, False]
    assert filled["The first hour"] == [False, False, False, True]
    assert f"/fr/compare?{'&'.join(f'note={note_id}' for note_id in notes)}&remember=1" in read.hrefs()


@pytest.mark.parametrize("notes", [["be-baps"], ["be-baps", "be-baps"], [f"be-{number}" for number in range(7)]])
def test_fewer_than_two_or_more_than_six_notes_are_refused_in_words(client, notes):
    read = read_page(client.get("/en/compare", params={"note": notes}), 400)
    assert f"{len({*notes})} notes are chosen; from 2 to 6 can be compared." in read.words
    assert read.all("table") == []


def test_a_chosen_note_that_the_caller_may_not_see_is_refused_as_one_that_does_not_exist(content, with_key):
    content.practice("be-open")
    content.practice("be-amber", tlp="amber", pap="amber", title="Kept back")
    cleared, hidden = with_key("/en/compare?note=be-open&note=be-amber")
    assert "Kept back" in read_page(cleared).rows[0]
    _, unknown = with_key("/en/compare?note=be-open&note=be-nopes")
    assert hidden.text.replace("be-amber", "be-nopes") == unknown.text
    assert "/en/compare?note=be-open" in read_page(hidden, 400).hrefs()
