"""Contacts on pages: how they are reached is a link, what authors worded is text; and every kind of note is reached."""

import pytest

from api.locales.texts import TEXTS
from kb.notes.note import Kind
from kb.text.languages import Language

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def page(content, opened):
    content.contact("desk-one", name=dict.fromkeys(("fr", "nl", "en"), f"Desk {HOSTILE}"))
    content.contact("desk-two", channels=[{"type": "email", "value": "a@example.org"}], hours=None)
    content.contact("desk-three", channels=[{"type": "route", "note": {"fr": "a", "nl": "b", "en": "By police"}}])
    content.playbook("be-fraud", title="False banks", contacts=["desk-one", "desk-two", "desk-three"])
    content.power("be-keep", title="Keeping data")
    return opened


def test_a_hit_and_a_note_say_whom_to_reach(page):
    for path in ("/en/?q=false+banks", "/en/?kind=playbook", "/en/notes/be-fraud"):
        read = page(path)
        assert {"tel:0781", "mailto:a@example.org"} <= {*read.hrefs()}
        assert f"Desk {HOSTILE}" in read.words
        assert "By police" in read.words
        assert "Day and night" in read.words
    assert "https://example.org/report" in read.hrefs()
    assert "After the fraud" in read.words
    assert f"{TEXTS[Language.EN]['for_whom']}: victims. Checked on 1 November 2026." in read.words


def test_of_a_long_address_the_glance_says_whose_it_is_and_the_note_shows_all(content, opened):
    address = "https://example.org/a-form-for-reports/with-a-long-address"
    content.contact("desk-one", known_as=["Doc Line"], channels=[{"type": "web", "value": address}])
    content.practice("be-a", title="Blocking false banks", contacts=["desk-one"])
    [glance] = (read := opened("/en/?q=who+answers+the+doc-line")).find("li", **{"data-contact": "desk-one"})
    assert address in read.hrefs()
    assert "example.org/…" in glance.words
    assert "with-a-long-address" not in glance.words
    assert address.removeprefix("https://") in opened("/en/notes/be-a").words


def test_a_country_without_a_note_of_its_own_is_told_of_the_playbook_for_all(content, opened):
    content.practice("be-a", title="Blocking false banks")
    content.playbook("fraud", title="False banks", countries=["BE", "NL", "LU"])
    words, read = TEXTS[Language.EN], opened("/en/?q=false+banks")
    [glance] = read.find("section", **{"class": "glance"})
    assert glance.words.count(words["playbook_for_all"]) == 3
    assert words["nothing_relevant"] not in glance.words


def test_of_many_contacts_the_first_of_each_benelux_country_are_shown_before_those_of_several(content, opened):
    names = [f"{country.lower()}-{number}" for country in ("NL", "BE") for number in range(4)]
    for name in names:
        content.contact(name, countries=[name[:2].upper()])
    content.contact("eu-desk", countries=["EU", "BE"])
    content.playbook("be-fraud", countries=["BE", "NL"], contacts=["eu-desk", *names])
    read = opened("/en/notes/be-fraud")
    assert [found.words for found in read.find("h3")[:2]] == ["Belgium", "Netherlands"]
    folded = [found.words for found in read.find("summary")]
    several = f"{TEXTS[Language.EN]['several_countries']} 1"
    assert [words for words in folded if words in ("and 3 more", several)] == ["and 3 more", "and 3 more", several]


@pytest.mark.parametrize("language", Language)
def test_every_kind_is_reached_from_the_first_page(page, language):
    words = TEXTS[language]
    read = page(f"/{language}/")
    assert f"/{language}/notes/be-fraud" in read.hrefs()
    for kind in Kind:
        assert f"/{language}/?kind={kind}" in read.hrefs()
        assert words.count(f"n_{kind}", int(kind in (Kind.PLAYBOOK, Kind.POWER))) in read.words
    assert f"/{language}/compare?power=preservation" in page(f"/{language}/compare").hrefs()
    assert words["compare_powers_title"] in page(f"/{language}/compare?power=preservation").words


def test_a_power_says_which_it_is_and_leads_to_its_counterparts(page):
    read = page("/en/notes/be-keep")
    assert {"/en/?power=preservation", "/en/compare?power=preservation"} <= {*read.hrefs()}
    assert "in force" in read.words
