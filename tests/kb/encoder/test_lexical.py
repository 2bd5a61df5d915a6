"""BM25 terms per language: what matches what."""

import pytest

from kb.encoder.lexical import passage_terms, query_terms
from kb.text.languages import Language

FR, NL, EN = Language.FR, Language.NL, Language.EN


def matches(query, passage, language):
    return bool(set(query_terms(query, language).indices) & set(passage_terms(passage, language).indices))


@pytest.mark.parametrize(
    ("language", "query", "passage"),
    [
        (FR, "hameconnage", "L'hameçonnage augmente."),
        (FR, "ENQUÊTE", "une enquete ouverte"),
        (FR, "hameçonnage", "prévention de l'hameçonnage"),
        (FR, "hameçonnage", "prévention de l’hameçonnage"),
        (FR, "hameçonnage", "campagnes d'hameçonnage"),
        (FR, "victime", "les victimes portent plainte"),
        (NL, "bank", "twee banken werken samen"),
        (NL, "slachtoffers", "het slachtoffer belt"),
        (NL, "coordinatie", "coördinatie van de zaak"),
        (NL, "één meldpunt", "meldpunten"),
        (EN, "report", "reported and reporting"),
        (EN, "naive", "a naïve plan"),
        (NL, "126nda", "artikel 126nda Sv"),
        (FR, "2023/1543", "le règlement 2023/1543"),
        (EN, "STIX2", "STIX2 bundles"),
        (NL, "8002", "bel 8002 1234"),
    ],
)
def test_forms_of_one_word_match(language, query, passage):
    assert matches(query, passage, language)
    assert matches(passage, query, language)


@pytest.mark.parametrize(
    ("language", "query", "passage"),
    [
        (NL, "banken", "politie en justitie"),
        (NL, "126nda", "artikel 126nb Sv"),
        (FR, "2023", "en 2024"),
        (EN, "fraud", "phishing"),
    ],
)
def test_different_words_do_not(language, query, passage):
    assert not matches(query, passage, language)


@pytest.mark.parametrize(
    ("language", "words"),
    [(FR, "le la les de et dans nous"), (NL, "de het een van en in dat"), (EN, "the of and in we is")],
)
def test_stop_words_say_nothing(language, words):
    assert passage_terms(words, language).indices == query_terms(words, language).indices == ()


def test_stop_words_are_those_of_the_language():
    assert query_terms("de", EN).indices


def test_the_same_text_gives_the_same_vector_and_repeated_words_weigh_more():
    assert passage_terms("bank bank politie", NL) == passage_terms("bank bank politie", NL)
    once, twice = passage_terms("bank politie site", NL), passage_terms("bank bank politie", NL)
    [bank] = query_terms("bank", NL).indices
    assert (
        dict(zip(twice.indices, twice.values, strict=True))[bank]
        > dict(zip(once.indices, once.values, strict=True))[bank]
    )
    assert len(set(twice.indices)) == len(twice.indices) == 2


@pytest.mark.parametrize("text", ["", "   ", "—…!?", "😀"])
def test_a_text_without_words_has_no_terms(text):
    assert all(query_terms(text, language).indices == () for language in Language)
