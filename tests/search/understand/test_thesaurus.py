"""A question names a concept in any of the three languages, as written, inflected or inside a compound."""

from dataclasses import replace
from pathlib import Path

import pytest

from kb.content.reader import read_taxonomy
from kb.encoder.lexical import stems
from kb.notes.taxonomy import scheme as vocabulary
from kb.text.languages import Language
from search.understand.thesaurus import Named, Thesaurus

TAXONOMY = read_taxonomy([Path(__file__).parents[3] / "content"])
THESAURUS = Thesaurus(TAXONOMY, stems)


@pytest.mark.parametrize(
    ("question", "crime_type", "phases"),
    [
        ("hoe blokkeren we phishingsites", "phishing", {"disruption"}),
        ("comment bloquer les sites d'hameçonnage", "phishing", {"disruption"}),
        ("comment bloquer les sites d'hameconnage", "phishing", {"disruption"}),
        ("how do we block phishing sites", "phishing", {"disruption"}),
        ("PHISHINGBERICHTEN blokkeren", "phishing", {"disruption"}),
        ("gijzelsoftware", "ransomware", set()),
        ("rançongiciels", "ransomware", set()),
        ("ransomwareaanval", "ransomware", set()),
        ("simswap", "account-takeover", set()),
        ("sim swap", "account-takeover", set()),
        ("SIM-swaps", "account-takeover", set()),
        ("CEO fraude", "bec", set()),
        ("bankhelpdesk fraude", "bank-helpdesk-fraud", set()),
    ],
)
def test_the_same_crime_is_named_in_every_language_and_form(question, crime_type, phases):
    found = THESAURUS.named(question)
    assert crime_type in found.crime_types
    assert found.phases == phases


def test_what_is_named_brings_its_narrower_and_broader_concepts():
    assert {"online-fraud", "phishing", "bec"} <= THESAURUS.named("fraude en ligne").crime_types
    assert {"phishing", "online-fraud"} <= THESAURUS.named("phishing").crime_types
    assert "bec" not in THESAURUS.named("phishing").crime_types


def test_a_label_inside_a_longer_one_names_nothing_by_itself():
    assert THESAURUS.named("ethical hacking").crime_types == {"vulnerabilities", "cyber-dependent"}
    assert "hacking" in THESAURUS.named("hacking").crime_types
    assert THESAURUS.named("heimelijke zoeking").powers == {"remote-search"}
    assert THESAURUS.named("niet-heimelijke zoeking").powers == {"device-search"}


def test_crime_types_that_are_only_above_those_named_are_known():
    assert THESAURUS.named("phishing").above == {"online-fraud"}
    assert THESAURUS.named("phishing, onlinefraude").above == set()


def test_words_that_hardly_any_text_has_are_explained_and_common_ones_say_nothing():
    shares = {stem: 0.5 for word in ("we", "phishing") for stem in stems(word, Language.NL)}
    thesaurus = Thesaurus(TAXONOMY, stems, lambda stem: shares.get(stem, 0.0))
    asked = thesaurus.named("wat doen we tegen quishing")
    assert (asked.meanings, asked.whole, asked.plain) == (("hameçonnage", "phishing"), False, True)
    assert thesaurus.named("phishing").meanings == ()
    assert not thesaurus.named("quishing in de bakkerij").plain
    assert not thesaurus.named("wat doen we tegen beton").plain


@pytest.mark.parametrize("question", ["blockchain", "hoe gaat het", "de het een", "samenvatting van het verslag", "?!"])
def test_a_word_that_only_looks_alike_names_nothing(question):
    assert THESAURUS.named(question) == Named()


def test_every_label_is_found_in_itself():
    for scheme, attribute in ((TAXONOMY.crime_types, "crime_types"), (TAXONOMY.phases, "phases")):
        for concept in scheme.values():
            for language in Language:
                if concept.id != "cross-cutting" and stems(concept.label(language), language):
                    assert concept.id in getattr(THESAURUS.named(concept.label(language)), attribute), concept.label(
                        language
                    )


def test_a_label_without_words_of_its_own_is_passed_over_and_a_language_without_them_does_not_judge():
    """`avec` and `dans` say nothing in French, and name things in Dutch where a vocabulary has them."""
    label = {"fr": "avec", "nl": "avec", "en": "convoy"}
    concepts = [{"id": "convoy", "prefLabel": label, "broader": None}]
    crimes = vocabulary({"scheme": "crime-types", "title": label, "concepts": concepts}, "crime-types.yaml")
    thesaurus = Thesaurus(replace(TAXONOMY, crime_types=crimes), stems)
    alone, beside = thesaurus.named("avec"), thesaurus.named("avec dans")
    assert [(each.language, each.text) for each in alone.labels] == [(Language.NL, "avec")]
    assert (alone.whole, beside.whole) == (True, False)
    assert alone.crime_types == beside.crime_types == {"convoy"}


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        *(
            (text, True)
            for text in ("geldezel", "Witwassen?", "grooming", "le blanchiment", "geldezelzaak", "sim swaps")
        ),
        ("prévention de l'hameçonnage", True),
        *((text, False) for text in ("België", "geldezel van mijn buurman", "phishing of kids", "bread", "?!")),
    ],
)
def test_a_question_may_be_nothing_but_names_of_subjects(question, whole):
    assert THESAURUS.named(question).whole is whole


@pytest.mark.parametrize(
    ("country", "questions"),
    [
        (
            "BE",
            "police belge|un Belge|des Belges|parket in België|twee Belgen|Belgian courts|Belgians|in Brüssel|Belgien",
        ),
        ("BE", "les Flamands|parquet bruxellois|Vlaamse scholen|a Walloon mayor|belgischer Staatsanwalt|Ostbelgien"),
        ("NL", "politie Nederland|Nederlandse banken|Nederlanders|la police néerlandaise|un Néerlandais|Dutch law"),
        ("NL", "aux Pays-Bas|The Hague|La Haye|niederländische Polizei|in den Niederlanden|een Nederlands parket"),
        (
            "LU",
            "Luxembourg|au Grand-Duché|Luxemburgse politie|une Luxembourgeoise|Luxembourgers|luxemburgische Polizei",
        ),
        ("DE", "Allemagne|Duitse provider|deutsche Polizei|Germans|un fournisseur allemand"),
        ("FR", "gendarmerie française|French police|Frans recht of Franse politie|französische Bank"),
        ("GB", "British victims|une banque anglaise|in London|de Britten|Großbritannien"),
    ],
)
def test_a_country_is_named_by_its_name_adjectives_people_and_towns(country, questions):
    for question in questions.split("|"):
        assert THESAURUS.named(question).countries == {country}, question


@pytest.mark.parametrize(
    ("question", "countries"),
    [
        ("plainte en français à Bruxelles", {"BE"}),
        ("een Nederlandstalig slachtoffer uit Gent", {"BE"}),
        ("Dutch-speaking victims in Brussels", {"BE"}),
        ("Hilfe auf Deutsch in Luxemburg", {"LU"}),
        ("de l'allemand vers le français", set()),
        ("vertaling in het Frans", set()),
        ("in het Nederlands strafrecht", {"NL"}),
        ("in Dutch law", {"NL"}),
    ],
)
def test_a_language_names_no_country(question, countries):
    assert THESAURUS.named(question).countries == countries
