"""Headings of others mean ours in three languages, with numbers and slips of the pen; most headings mean nothing."""

import pytest

from ingest.authoring.arrange import Meant, meant
from kb.notes.note import SECTIONS, Kind
from kb.text.languages import Language


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("language", Language)
def test_every_fixed_heading_means_itself(kind: Kind, language: Language) -> None:
    for key, names in SECTIONS[kind].items():
        for written in (names[language], names[language].upper(), f"3.2 {names[language]}:", f"IV. {names[language]}"):
            assert meant(written, kind) == Meant(key, True), written


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("Contexte", "problem"), ("1. La problématique", "problem"), ("Aanleiding", "problem"),
        ("Background", "problem"),
        ("Onze werkwijze", "approach"), ("Démarche", "approach"), ("Hoofdstuk 2: Methode", "approach"),
        ("Mise en œuvre", "how-it-works"), ("CADRE LEGAL", "legal-basis"), ("Wettelijk kader", "legal-basis"),
        ("Risico’s", "risks"), ("Lessons learned", "risks"), ("Resultaaten", "results"), ("Bronvermelding", "sources"),
        ("L’évaluation", "results"),
    ],
)  # fmt: skip
def test_what_others_call_the_sections_of_a_practice_is_known(written: str, key: str) -> None:
    assert meant(written, Kind.PRACTICE) == Meant(key, False)


@pytest.mark.parametrize(
    ("written", "key"),
    [("Doelstellingen", "objectives"), ("Champ d'application", "scope"), ("International cooperation", "exchange")],
)
def test_strategies_have_words_of_their_own(written: str, key: str) -> None:
    assert meant(written, Kind.STRATEGY) == Meant(key, False)
    assert meant(written, Kind.PRACTICE) is None


@pytest.mark.parametrize(
    "written", ["", "1.", "Banken", "De rol van de politie", "Annexe 3", "Problem gambling in bars"]
)
def test_other_headings_mean_nothing(written: str) -> None:
    assert meant(written, Kind.PRACTICE) is None
