"""BM25 terms per language: what matches what."""

import pytest

from kb.encoder.lexical import passage_terms, query_terms
from kb.text.languages import Language

FR, NL, EN = Language.FR, Language.NL, Language.EN


@pytest.mark.parametrize(
    ("language", "query", "passage"),
    [
        (FR, "hameconnage", "L'hameçonnage augmente."),
        (FR, "ENQUÊTE", "une enquete ouverte"),
        (FR, "hameçonnage", "prévention de l’hameçonnage"),
        (FR, "victime", "les victimes portent plainte"),
        (NL, "bank", "twee banken werken samen"),
        (NL, "coordinatie", "coördinatie van de zaak"),
        (NL, "één meldpunt", "meldpunten"),
        (EN, "report", "reported and reporting"),
        (NL, "126nda", "artikel 126nda Sv"),
        (FR, "2023/1543", "le règlement 2023/1543"),
        (EN, "STIX2", "STIX2 bundles"),
    ],
)
def test_forms_of_one_word_match(language, query, passage):
    assert {*query_terms(query, language).indices} & {*passage_terms(passage, language).indices}
    assert {*query_terms(passage, language).indices} & {*passage_terms(query, language).indices}


@pytest.mark.parametrize(
    ("language", "query", "passage"),
    [(NL, "126nda", "artikel 126nb Sv"), (FR, "2023", "en 2024"), (EN, "fraud", "phishing")],
)
def test_different_words_do_not(language, query, passage):
    assert not {*query_terms(query, language).indices} & {*passage_terms(passage, language).indices}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (FR, "le la les de et dans nous"),
        (NL, "de het een van en in dat"),
        (EN, "the of and in we is"),
        (EN, ""),
        (NL, " —…!? 😀"),
    ],
)
def test_stop_words_and_signs_say_nothing(language, words):
    assert passage_terms(words, language).indices == query_terms(words, language).indices == ()
    assert query_terms("de", EN).indices


def test_repeated_words_weigh_more():
    once, twice = passage_terms("bank politie site", NL), passage_terms("bank bank politie", NL)
    [bank] = query_terms("bank", NL).indices
    weight_once, weight_twice = (dict(zip(each.indices, each.values, strict=True))[bank] for each in (once, twice))
    assert weight_twice > weight_once
    assert len({*twice.indices}) == len(twice.indices) == 2
