"""Side by side: the right practices in the right columns, in their notes' own words, and nothing of restricted ones."""

import pytest

from kb.errors import QueryError
from kb.notes.note import Kind
from kb.text.languages import Language
from search.browse.compare import EXTRACT, SIDE_BY_SIDE, extract

CLEARED = frozenset({"clear", "amber"})
LONG = "Providers block the sites behind false messages, one after the other. " * 6
BODY = (
    f"## Problem\n\nFalse messages.\n\n## Approach\n\n{LONG}\n\n### In detail\n\nMore of it.\n\n"
    "## Legal basis\n\nThe code of procedure.\n\n## Results and evidence\n\nFewer victims.\n\n"
    "### In figures\n\nTen.\n\n"
    "## Cost and effort\n\n- Two persons\n- A server.\n"
)
FR_BODY = "## Problème\n\nDe faux messages.\n\n## Approche\n\nLes fournisseurs bloquent les sites.\n"


def column(found, country):
    return next(one for one in found.columns if one.country == country)


def ids(practices):
    return [one.card.id for one in practices]


def test_each_practice_stands_in_the_columns_of_the_countries_it_names(content, index):
    content.practice("be-a", countries=["BE"])
    content.practice("eu-b", countries=["EU", "NL"])
    content.practice("gb-c", countries=["GB"], crime_types=["ransomware"])
    content.practice("fr-d", countries=["FR"])
    found = index().view().compare("phishing", None, Language.EN)
    assert [one.country for one in found.columns] == ["BE", "NL", "LU", "EU", "FR"]
    assert {one.country: ids(one.practices) for one in found.columns} == {
        "BE": ["be-a"],
        "NL": ["eu-b"],
        "LU": [],
        "EU": ["eu-b"],
        "FR": ["fr-d"],
    }
    assert {one.country: (one.own, one.applying) for one in found.columns} == {
        "BE": (1, 2),
        "NL": (1, 1),
        "LU": (0, 1),
        "EU": (1, 1),
        "FR": (1, 2),
    }


def test_a_broader_crime_type_shows_the_narrower_ones_and_a_phase_narrows(content, index):
    content.practice("be-a", crime_types=["phishing"], phases=["prevention"])
    content.practice("be-b", crime_types=["online-fraud"], phases=["cooperation"])
    content.practice("be-c", crime_types=["cross-cutting"], phases=["prevention"])
    searcher = index()
    for crime_type, phase, expected in (
        ("online-fraud", None, ["be-a", "be-b"]),
        ("online-fraud", "cooperation", ["be-b"]),
        ("phishing", None, ["be-a"]),
    ):
        found = searcher.view().compare(*(crime_type, phase), Language.EN)
        assert ids(column(found, "BE").practices) == expected


@pytest.mark.parametrize(("crime_type", "phase", "field"), [("phish", None, "crime_type"), ("bec", "x", "phase")])
def test_what_no_vocabulary_has_is_refused_with_what_there_is(content, index, crime_type, phase, field):
    content.practice("be-a")
    with pytest.raises(QueryError) as refused:
        index().view().compare(crime_type, phase, Language.EN)
    assert refused.value.field == field
    assert "prevention" in refused.value.allowed or "phishing" in refused.value.allowed


def test_the_most_established_come_first_and_no_more_than_fit(content, index):
    reviewed = {"level": "systematic-review", "effect": "mixed"}
    content.practice("be-ended", status="ended", evidence=reviewed, started="2024")
    content.practice("be-old", started="2015")
    content.practice("be-new", started="2023-05")
    content.practice("be-pilot", status="pilot", started="2025")
    content.practice("be-best", evidence=reviewed, started="2010")
    content.practice("be-untested", evidence={"level": "untested", "effect": "unknown"}, started="2025")
    found = column(index().view().compare("phishing", None, Language.EN), "BE")
    assert ids(found.practices) == ["be-best", "be-ended", "be-new", "be-old"]
    assert (len(found.practices), found.own) == (SIDE_BY_SIDE, 6)


def test_cells_hold_the_notes_own_sections(content, index):
    content.practice("be-a", body=BODY, risks=["It may block too much"], works_best_if=[])
    practice = column(index().view().compare("phishing", None, Language.EN), "BE").practices[0]
    approach = practice.extracts["approach"]
    assert approach.cut
    assert LONG.startswith(approach.text)
    assert EXTRACT - 20 < len(approach.text) <= EXTRACT
    assert (approach.anchor, approach.lang) == ("approach", Language.EN)
    assert practice.extracts["results"].text == "Fewer victims. Ten."
    assert not practice.extracts["results"].cut
    assert practice.extracts["effort"].text == "Two persons; A server."
    assert practice.extracts["risks"][:3] == ("It may block too much", False, "")
    assert set(practice.extracts) == {"approach", "legal-basis", "results", "effort", "risks"}


def test_a_section_is_read_in_the_readers_version_and_else_in_the_original(content, index):
    content.practice("be-a", body=BODY)
    content.translation("be-a", "fr", "en", FR_BODY)
    content.practice("nl-b", countries=["NL"], body=BODY)
    found = index().view().compare("phishing", None, Language.FR)
    translated, foreign = column(found, "BE").practices[0], column(found, "NL").practices[0]
    assert translated.card.title == "Title fr"
    assert translated.extracts["approach"][:1] == ("Les fournisseurs bloquent les sites.",)
    assert translated.extracts["approach"].lang is Language.FR
    assert translated.extracts["results"].lang is Language.EN
    assert (foreign.card.lang, foreign.extracts["approach"].lang) == (Language.EN, Language.EN)


def test_laws_of_other_countries_stand_in_their_columns_and_leaders_come_first(content, index):
    laws = [
        {"name": "Belgian act", "country": "BE"},
        {"name": "Dutch act", "country": "NL"},
        {"name": "A directive", "country": "EU"},
        {"name": "A principle"},
    ]
    bodies = [
        {"name": "A bank", "role": "partner"},
        {"name": "The police", "role": "lead"},
        {"name": "A shop", "role": "partner"},
    ]
    content.practice("be-nl", countries=["BE", "NL"], legal_basis=laws, organisations=bodies)
    found = index().view().compare("phishing", None, Language.EN)
    belgian, dutch = column(found, "BE").practices[0], column(found, "NL").practices[0]
    assert belgian.legal_basis == ("Belgian act", "A directive", "A principle")
    assert dutch.legal_basis == ("Dutch act", "A directive", "A principle")
    assert belgian.organisations == (("The police", True), ("A bank", False), ("A shop", False))


def test_strategies_stand_in_the_columns_those_about_more_apart(content, index):
    content.practice("be-a")
    content.strategy("be-phishing", crime_types=["phishing"], status="expired")
    content.strategy("be-fraud", crime_types=["online-fraud"])
    content.strategy("be-all", crime_types=["cross-cutting"], adopted="2024-01-01")
    content.strategy("be-past", crime_types=["cross-cutting"], status="expired")
    content.strategy("be-other", crime_types=["ransomware"])
    content.strategy("de-plan", countries=["DE"])
    found = index().view().compare("phishing", None, Language.EN)
    belgian = column(found, "BE")
    assert [one.id for one in belgian.strategies] == ["be-phishing"]
    assert [one.id for one in belgian.overarching] == ["be-all", "be-fraud"]
    assert [one.country for one in found.columns] == ["BE", "NL", "LU"]


@pytest.mark.parametrize(
    ("text", "shown", "cut"),
    [
        ("short", "short", False),
        ("x" * EXTRACT, "x" * EXTRACT, False),
        ("x" * 400, "x" * EXTRACT, True),
        ("word, " * 60, ("word, " * 60)[: EXTRACT - 4].rstrip(" ,"), True),
    ],
)
def test_an_extract_ends_between_words(text, shown, cut):
    found = extract([text.strip()], "approach", Language.EN)
    assert (found.text, found.cut) == (shown, cut)


def test_the_real_collection_compares_as_it_searches(searcher):
    found = searcher.view().compare("online-fraud", "prevention", Language.NL)
    assert [one.country for one in found.columns][:3] == ["BE", "NL", "LU"]
    for one in found.columns:
        asked = {"country": [one.country], "crime_type": ["online-fraud"], "phase": ["prevention"]}
        listed = searcher.view().browse(Language.NL, **asked)
        assert one.applying == listed.totals[Kind.PRACTICE]
    assert all(practice.extracts["approach"].text for one in found.columns for practice in one.practices)
