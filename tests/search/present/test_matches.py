"""Terms: words in any form, concepts in any language, each with what it met."""

from pathlib import Path

from kb.content.reader import read_taxonomy
from kb.encoder.lexical import stems
from kb.text.languages import Language
from search.present.matches import concept_matches, word_matches
from search.results import Match
from search.understand.thesaurus import Thesaurus

FR, NL, EN = Language.FR, Language.NL, Language.EN
THESAURUS = Thesaurus(read_taxonomy([Path(__file__).parents[3] / "content"]), stems)
PHISHING = {"crime_types": ("phishing",), "phases": ("prevention",), "countries": ()}


def concepts(question, facets, reader):
    named = THESAURUS.named(question, {language: stems(question, language) for language in Language})
    return concept_matches(question, named.labels, facets, THESAURUS, reader, stems)


def test_a_word_is_told_with_its_form_in_the_note_and_its_language():
    texts = [(NL, "De banken blokkeren de rekening."), (FR, "Les banques ont bloqué les comptes."), (EN, "Nothing.")]
    assert word_matches("Bloquer un compte of een bank", texts, stems) == (
        Match("bank", "banken", NL),
        Match("Bloquer", "bloqué", FR),
        Match("compte", "comptes", FR),
    )


def test_a_word_is_told_once_a_language_and_stop_words_are_not():
    texts = [(EN, "The site of the site."), (EN, "Sites.")]
    assert word_matches("the site, the Site", texts, stems) == (Match("site", "site", EN),)


def test_an_elision_does_not_hide_a_word():
    assert word_matches("sites d'hameçonnage", [(FR, "L'hameçonnage")], stems) == (
        Match("hameçonnage", "hameçonnage", FR),
    )


def test_a_concept_joins_words_of_two_languages():
    assert Match("phishingsites", "phishing", EN, "crime_type", "phishing", "phishing") in concepts(
        "phishingsites melden", PHISHING, EN
    )
    assert concepts("hameçonnage", PHISHING, NL) == (
        Match("hameçonnage", "hameçonnage", FR, "crime_type", "phishing", "phishing"),
    )


def test_a_note_on_a_neighbouring_concept_is_told_with_its_own():
    facets = {"crime_types": ("online-fraud",), "phases": ()}
    assert {(one.matched, one.concept) for one in concepts("hameçonnage", facets, FR)} == {
        ("hameçonnage", "online-fraud")
    }
    assert concepts("hameçonnage", {"crime_types": ("ddos",), "phases": ()}, FR) == ()
