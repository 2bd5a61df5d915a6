"""Side by side: the right practices in the right columns, in their notes' own words, and nothing of restricted ones."""

import pytest

from kb.errors import QueryError
from kb.notes.note import Kind
from kb.text.languages import Language
from search.browse.compare import EXTRACT, SIDE_BY_SIDE, extract

LONG = "Providers block the sites behind false messages, one after the other. " * 6
BODY = (
    f"## Problem\n\nFalse messages.\n\n## Approach\n\n{LONG}\n\n### In detail\n\nMore of it.\n\n"
    "## Legal basis\n\nThe code of procedure.\n\n## Results and evidence\n\nFewer victims.\n\n"
    "### In figures\n\nTen.\n\n"
    "## Cost and effort\n\n- Two persons\n- A server.\n"
)
FR_BODY = "## Problème\n\nDe faux messages.\n\n## Approche\n\nLes fournisseurs bloquent les sites.\n"


@pytest.fixture
def compare(index):
    """Compares what has been written; returns the columns by country."""

    def columns(crime_type="phishing", phase=None, language=Language.EN):
        return {column.country: column for column in index().view().compare(crime_type, phase, language)}

    return columns


def ids(column):
    return [practice.card.id for practice in column.practices]


def test_each_practice_stands_in_the_columns_of_the_countries_it_names(content, compare):
    content.practice("be-a", countries=["BE"])
    content.practice("eu-b", countries=["EU", "NL"])
    content.practice("gb-c", countries=["GB"], crime_types=["ransomware"])
    content.practice("fr-d", countries=["FR"])
    assert [(country, ids(column), column.own, column.applying) for country, column in compare().items()] == [
        ("BE", ["be-a"], 1, 2),
        ("NL", ["eu-b"], 1, 1),
        ("LU", [], 0, 1),
        ("EU", ["eu-b"], 1, 1),
        ("FR", ["fr-d"], 1, 2),
    ]


@pytest.mark.parametrize(
    ("crime_type", "phase", "expected"),
    [
        ("online-fraud", None, ["be-a", "be-b"]),
        ("online-fraud", "cooperation", ["be-b"]),
        ("phishing", None, ["be-a"]),
    ],
)
def test_a_broader_crime_type_has_the_narrower_and_a_phase_narrows(content, compare, crime_type, phase, expected):
    content.practice("be-a", crime_types=["phishing"], phases=["prevention"])
    content.practice("be-b", crime_types=["online-fraud"], phases=["cooperation"])
    content.practice("be-c", crime_types=["cross-cutting"], phases=["prevention"])
    assert ids(compare(crime_type, phase)["BE"]) == expected
    with pytest.raises(QueryError, match="phase"):
        compare(crime_type, "x")


def test_the_most_established_come_first_and_no_more_than_fit(content, compare):
    reviewed = {"level": "systematic-review", "effect": "mixed"}
    content.practice("be-ended", status="ended", evidence=reviewed, started="2024")
    content.practice("be-old", started="2015")
    content.practice("be-new", started="2023-05")
    content.practice("be-pilot", status="pilot", started="2025")
    content.practice("be-best", evidence=reviewed, started="2010")
    content.practice("be-untested", evidence={"level": "untested", "effect": "unknown"}, started="2025")
    found = compare()["BE"]
    assert ids(found) == ["be-best", "be-ended", "be-new", "be-old"]
    assert (len(found.practices), found.own) == (SIDE_BY_SIDE, 6)


def test_cells_have_the_sections_of_the_note(content, compare):
    content.practice("be-a", body=BODY, risks=["It may block too much"], works_best_if=[])
    extracts = dict(compare()["BE"].practices[0].extracts)
    approach = extracts.pop("approach")
    assert LONG.startswith(approach.text)
    assert EXTRACT - 20 < len(approach.text) <= EXTRACT
    assert approach[1:] == (True, "approach", Language.EN)
    assert extracts == {
        "legal-basis": ("The code of procedure.", False, "legal-basis", Language.EN),
        "results": ("Fewer victims. Ten.", False, "results", Language.EN),
        "effort": ("Two persons; A server.", False, "effort", Language.EN),
        "risks": ("It may block too much", False, "", Language.EN),
    }


def test_a_section_is_read_in_the_readers_version_and_else_in_the_original(content, compare):
    content.practice("be-a", body=BODY)
    content.translation("be-a", "fr", "en", FR_BODY)
    content.practice("nl-b", countries=["NL"], body=BODY)
    found = compare(language=Language.FR)
    [translated], [foreign] = found["BE"].practices, found["NL"].practices
    assert translated.card.title == "Title fr"
    assert translated.extracts["approach"].text == "Les fournisseurs bloquent les sites."
    assert translated.extracts["approach"].lang is Language.FR
    assert translated.extracts["results"].lang is Language.EN
    assert (foreign.card.lang, foreign.extracts["approach"].lang) == (Language.EN, Language.EN)


def test_laws_of_other_countries_stand_in_their_columns_and_leaders_come_first(content, compare):
    laws = [{"name": f"Act of {country}", "country": country} for country in ("BE", "NL", "EU")]
    laws.append({"name": "A principle"})
    roles = {"A bank": "partner", "The police": "lead", "A shop": "partner"}
    bodies = [{"name": name, "role": role} for name, role in roles.items()]
    content.practice("be-nl", countries=["BE", "NL"], legal_basis=laws, organisations=bodies)
    [belgian], [dutch] = (compare()[country].practices for country in ("BE", "NL"))
    assert belgian.legal_basis == ("Act of BE", "Act of EU", "A principle")
    assert dutch.legal_basis == ("Act of NL", "Act of EU", "A principle")
    assert [body["name"] for body in belgian.organisations] == ["The police", "A bank", "A shop"]


def test_strategies_stand_in_the_columns_those_about_more_apart(content, compare):
    content.practice("be-a")
    content.strategy("be-phishing", crime_types=["phishing"], status="expired")
    content.strategy("be-fraud", crime_types=["online-fraud"])
    content.strategy("be-all", crime_types=["cross-cutting"], adopted="2024-01-01")
    content.strategy("be-past", crime_types=["cross-cutting"], status="expired")
    content.strategy("be-other", crime_types=["ransomware"])
    content.strategy("de-plan", countries=["DE"])
    found = compare()
    assert [card.id for card in found["BE"].strategies] == ["be-phishing"]
    assert [card.id for card in found["BE"].overarching] == ["be-all", "be-fraud"]
    assert [*found] == ["BE", "NL", "LU"]


@pytest.mark.parametrize(
    ("text", "expected", "cut"),
    [
        ("x" * EXTRACT, "x" * EXTRACT, False),
        ("x" * 400, "x" * EXTRACT, True),
        ("word, " * 60, ("word, " * 60)[: EXTRACT - 4].rstrip(" ,"), True),
    ],
)
def test_an_extract_ends_between_words(text, expected, cut):
    assert extract([text.strip()], "approach", Language.EN)[:2] == (expected, cut)


def test_the_real_collection_compares_as_it_searches(searcher):
    for column in searcher.view().compare("online-fraud", "prevention", Language.NL):
        asked = {"country": [column.country], "crime_type": ["online-fraud"], "phase": ["prevention"]}
        assert column.applying == searcher.view().browse(Language.NL, **asked).totals[Kind.PRACTICE]
        assert all(practice.extracts["approach"].text for practice in column.practices)
