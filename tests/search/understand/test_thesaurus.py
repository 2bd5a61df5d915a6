"""A question names a concept in any of the three languages, as written, inflected or inside a compound."""

from pathlib import Path

import pytest

from kb.content.reader import read_taxonomy
from kb.encoder.lexical import stems
from kb.text.languages import Language
from search.understand.thesaurus import Named, Thesaurus

TAXONOMY = read_taxonomy([Path(__file__).parents[3] / "content"])
THESAURUS = Thesaurus(TAXONOMY, stems)


def named(question):
    return THESAURUS.named(question, {language: stems(question, language) for language in Language})


@pytest.mark.parametrize(
    "question",
    [
        "hoe blokkeren we phishingsites",
        "comment bloquer les sites d'hameçonnage",
        "comment bloquer les sites d'hameconnage",
        "how do we block phishing sites",
        "PHISHINGBERICHTEN blokkeren",
    ],
)
def test_the_same_crime_is_named_in_every_language_and_form(question):
    assert "phishing" in named(question).crime_types
    assert "disruption" in named(question).phases


@pytest.mark.parametrize("question", ["gijzelsoftware", "rançongiciels", "ransomware", "ransomwareaanval"])
def test_names_of_one_concept_meet(question):
    assert "ransomware" in named(question).crime_types


def test_what_is_named_brings_its_narrower_and_broader_concepts():
    assert {"online-fraud", "phishing", "bec"} <= named("fraude en ligne").crime_types
    assert {"phishing", "online-fraud"} <= named("phishing").crime_types
    assert "bec" not in named("phishing").crime_types


@pytest.mark.parametrize("question", ["blockchain", "hoe gaat het", "de het een", "samenvatting van het verslag", "?!"])
def test_a_word_that_only_looks_alike_names_nothing(question):
    assert named(question) == Named()


def test_every_label_is_found_in_itself():
    for scheme, attribute in ((TAXONOMY.crime_types, "crime_types"), (TAXONOMY.phases, "phases")):
        for concept in scheme.values():
            for language in Language:
                if concept.id != "cross-cutting" and stems(concept.label(language), language):
                    assert concept.id in getattr(named(concept.label(language)), attribute), concept.label(language)


def test_the_labels_that_name_a_concept_are_told_with_their_language():
    labels = named("comment bloquer les sites d'hameçonnage").labels
    assert ("crime_types", "phishing", Language.FR, "hameçonnage") in {
        (label.field, label.concept, label.language, label.text) for label in labels
    }
    assert THESAURUS.called("crime_types", "phishing", Language.FR) == "hameçonnage"
    assert THESAURUS.around("crime_types", "phishing", ("online-fraud", "ransomware")) == ("online-fraud",)


@pytest.mark.parametrize(
    "question", ["geldezel", "Witwassen?", "grooming", "le blanchiment", "prévention de l'hameçonnage"]
)
def test_a_question_may_be_nothing_but_names_of_concepts(question):
    assert named(question).whole


@pytest.mark.parametrize("question", ["België", "geldezel van mijn buurman", "phishing of kids", "bread", "?!"])
def test_a_question_with_other_words_or_no_subject_is_more_than_a_name(question):
    assert not named(question).whole
