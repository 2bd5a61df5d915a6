"""Names of countries and languages in a question say where, not what."""

from pathlib import Path

import pytest

from kb.content.reader import read_taxonomy
from kb.encoder.lexical import stems
from search.understand.languages_named import without_languages
from search.understand.places import Places

PLACES = Places(read_taxonomy([Path(__file__).parents[3] / "content"]).countries, stems)


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("capitale du Luxembourg", "capitale du"),
        ("saisie de cryptomonnaies au Grand-Duché", "saisie de cryptomonnaies au"),
        ("Dutch-speaking victims in The Hague", "victims in"),
        ("Luxemburgische Polizei, nachts", "Polizei, nachts"),
        ("aux Pays-Bas comme en Belgique", "aux comme en"),
        ("European Union strategy", "European Union strategy"),
        ("phishing melden", "phishing melden"),
        ("victimes qui parlent néerlandais", "victimes qui"),
        ("cours en français pour enquêteurs", "cours pour enquêteurs"),
        ("mama zegt dat de brug dicht is", "mama zegt dat de brug dicht is"),
        ("personnel soignant, tourner une vidéo, dîner", "personnel soignant, tourner une vidéo, dîner"),
    ],
)
def test_names_of_countries_and_languages_are_left_out(question, rest):
    assert PLACES.without(question) == rest


@pytest.mark.parametrize(
    ("question", "are_all"),
    [
        *(
            (text, True)
            for text in ("Luxembourg", "Gent", "en Belgique", "jongeren van 12 tot 18 jaar in Gent", "in Dutch")
        ),
        *(
            (text, True)
            for text in ("enfants de 6 ans à Liège", "65-plussers Antwerpen", "Kinder ab 8 Jahren in Luxemburg")
        ),
        *((text, False) for text in ("capitale du Luxembourg", "phishing België", "grooming of kids aged 12 in Ghent")),
        *((text, False) for text in ("?!", "the", "phishing")),
        *((text, False) for text in ("2023/1543", "116000", "AI Belgique", "IP Nederland")),
    ],
)
def test_a_question_may_be_nothing_but_places_languages_and_ages(question, are_all):
    assert PLACES.are_all(question) is are_all


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("Nederlandse en Duitse politie", "Nederlandse en Duitse politie"),
        ("Belgische en Nederlandse parketten", "Belgische en Nederlandse parketten"),
        ("in het Nederlandse recht", "in het Nederlandse recht"),
        ("parlement français", "parlement français"),
        ("il parle français", "il"),
        ("vertaling Frans", ""),
    ],
)
def test_a_country_beside_another_or_before_its_law_is_no_language(question, rest):
    assert " ".join(without_languages(question).split()) == rest
