"""Terms of one country are told in texts about another, where nothing says that both are meant."""

from pathlib import Path

import pytest

from ingest.lint import check
from kb.content.reader import read_collection, read_taxonomy
from kb.text.languages import Language

REPOSITORY = Path(__file__).parents[3]
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
TERMS = TAXONOMY.country_terms
BENELUX = ("BE", "NL", "LU")
HEADINGS = {
    Language.FR: ("Problème", "Approche", "Équivalents dans d'autres pays"),
    Language.NL: ("Probleem", "Aanpak", "Tegenhangers in andere landen"),
    Language.EN: ("Problem", "Approach", "Counterparts in other countries"),
}


def problems(content, language, lines, country="BE", heading="", section=1):
    """The terms that are told of these lines in a note about a country, in its second section or another."""
    texts = ["Text.", "Text.", "Text."]
    texts[section] = heading + "".join(f"- {line}\n" for line in lines)
    sections = (f"## {name}\n\n{text}\n" for name, text in zip(HEADINGS[language], texts, strict=True))
    content.practice("be-a", language, countries=[country], body="\n".join(sections))
    found = check(read_collection([content.root]), TAXONOMY, "2026-11-29")
    assert {issue.code for issue in found} & {"KB105", "KB109"} == set()
    return {issue.message.split("`")[1] for issue in found if issue.code == "KB414"}


def test_the_list_is_large_and_of_known_countries():
    assert len(TERMS) >= 60
    assert {country for term in TERMS for country in (*term.countries, *term.use_instead)} <= {
        *TAXONOMY.countries,
        "any",
    }
    written = [(term.language, form) for term in TERMS for form in (term.term, *term.forms)]
    assert len(written) == len(set(written))


@pytest.mark.parametrize("country", BENELUX)
@pytest.mark.parametrize("language", Language)
def test_every_term_is_told_where_it_is_not_right_and_only_there(content, language, country):
    own = [term for term in TERMS if term.language is language]
    wrong = {term.term for term in own if country not in term.countries}
    assert problems(content, language, [f"zo {term.term} a" for term in own], country) == wrong


@pytest.mark.parametrize("country", BENELUX)
@pytest.mark.parametrize("language", Language)
def test_what_is_to_be_used_instead_is_not_told(content, language, country):
    own = [term for term in TERMS if term.language is language and country not in term.countries]
    assert problems(content, language, [term.instead((country,)) for term in own], country) == set()


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (["“officier van justitie”"], {}),
        (["de procureur (officier van justitie)"], {}),
        (["in Nederland de officier van justitie"], {}),
        (["de Nederlandse officier van justitie"], {}),
        (["officier van justitie"], {"heading": "### Nederland\n\n"}),
        (["officier van justitie"], {"section": 2}),
        (["officier van justitie"], {"country": "BNL"}),
        (["officier van justitie"], {"country": "EU"}),
        (["officier van justitie"], {"country": "DE"}),
    ],
)
def test_a_term_of_another_country_may_stand_where_that_is_meant(content, lines, place):
    assert problems(content, Language.NL, lines, **place) == set()


def test_a_part_about_one_country_has_its_terms(content):
    """As in a playbook, which is about all three."""
    lines = ["de officier van justitie, na aangifte"]
    assert problems(content, Language.NL, lines, "BNL", "### België\n\n") == {"officier van justitie"}


def test_other_words_that_make_it_mean_something_else_are_read(content):
    assert problems(content, Language.FR, ["mettre en évidence", "une empreinte digitale"]) == set()
    assert problems(content, Language.FR, ["l’évidence recueillie", "le procureur d’État"]) == {
        "évidence",
        "procureur d'État",
    }
