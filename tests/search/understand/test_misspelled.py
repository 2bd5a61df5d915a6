"""Did you mean: which words are taken for slips, and what is offered for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.text.languages import Language
from search.understand.misspelled import LONGEST, Vocabulary

FR, NL, EN = Language.FR, Language.NL, Language.EN
TEXTS = (
    (FR, "Le rançongiciel bloque les serveurs du Luxembourg. L'aide aux victimes de rançongiciel, au Luxembourg."),
    (NL, "Aangifte van phishing bij de politie; de politie waarschuwt na aangifte van phishing. Gijzelsoftware."),
    (NL, "gijzelsoftware, bestel geen foto, een foto van het stelsel"),
    (EN, "Police and banks warn the victims of phishing; banks and police freeze accounts. A rarity."),
    (EN, "Policy: [rarity](https://rarity.example/mistaken), policy."),
)
VOCABULARY = Vocabulary(TEXTS, {"warned", "freezing"}.__contains__)


def test_a_vocabulary_has_the_words_of_its_texts_however_they_are_written():
    assert {word in VOCABULARY for word in ("rançongiciel", "RANCONGICIEL", "politie")} == {True}
    assert "rancongicil" not in VOCABULARY


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("phising", "phishing"),  # a letter is missing
        ("phisshing", "phishing"),  # twice
        ("pihshing police?", "phishing police?"),  # the other way round
        ("banjs", "banks"),  # the neighbour's key
        ("rancongiciel", None),
        ("Rancongicil au luxembourg", "Rançongiciel au luxembourg"),  # as the texts write it
        ("la police du Luxembourh", "la police du Luxembourg"),
        ("aangfite bij de poltie", "aangifte bij de politie"),
        ("gijzelsoftwere", "gijzelsoftware"),  # in a long word any letter may be wrong
        ("ight", None),
    ],
)
def test_a_slip_is_offered_as_it_may_be_meant(typed, meant):
    assert VOCABULARY.meant(typed, None) == meant


@pytest.mark.parametrize(
    "word",
    [
        *("tanks", "fotos", "frits"),  # other words, though near to `banks` and `foto`
        *("polcie2024", "polcie@example.org", "www.polcie.be", "POLCIE", "32023R1543"),
        *("phishingaangifte", "banksstelsel"),  # put together from known ones
        *("daide", "laide"),  # without the apostrophe
        *("warned", "freezing"),  # other forms
        *("raryty", "mistakn"),  # near to what is written once, and to an address
        "полиция",
    ],
)
def test_other_words_are_left_alone(word):
    assert VOCABULARY.meant(f"{word} police", None) is None


def test_a_name_is_taken_for_names_alone():
    assert VOCABULARY.meant("police Bankz", None) is None
    assert VOCABULARY.meant("police bankz", None) == "police banks"
    assert VOCABULARY.meant("Bankz police", None) == "Banks police"


def test_the_questions_language_decides_between_words_as_near():
    near = Vocabulary([(NL, "melder melder melder"), (EN, "molder molder")])
    assert [near.meant("mlder", language) for language in (NL, EN, None)] == ["melder", "molder", "melder"]


def test_a_question_of_unknown_words_is_of_another_language_and_a_long_one_is_clear():
    assert VOCABULARY.meant("polcie bitte kommen", None) is None
    assert VOCABULARY.meant("polcie banks", None) == "police banks"
    assert VOCABULARY.meant(f"polcie {'police ' * (LONGEST // 7)}", None) is None


@given(st.text("abeé '-\nBks12", max_size=12))
def test_what_is_offered_is_known(typed):
    if meant := VOCABULARY.meant(typed, None):
        assert VOCABULARY.meant(meant, None) is None
        assert [*map(str.isspace, meant)].count(True) == [*map(str.isspace, typed)].count(True)
