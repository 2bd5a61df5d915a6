"""Type-ahead: what is found by the beginnings of words, and in which order."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kb.text.folding import fold
from kb.text.languages import Language
from search.browse.suggest import Suggestion, Suggestions

FR, NL, EN = Language.FR, Language.NL, Language.EN
HAMECONNAGE = Suggestion("hameçonnage", "term", FR, "crime_type", "phishing")
PHISHING = Suggestion("phishing", "term", NL, "crime_type", "phishing")
PHISHING_EN = Suggestion("phishing", "term", EN, "crime_type", "phishing")
SHIELD = Suggestion("Belgian shield against phishing (BAPS)", "title", EN, note_id="be-baps")
SCHILD = Suggestion("Belgisch schild tegen phishing (BAPS)", "title", NL, note_id="be-baps")
CELEX = Suggestion("32023R1543", "identifier", note_id="eu-e-evidence")
ALL = Suggestions([SHIELD, SCHILD, CELEX, PHISHING_EN, HAMECONNAGE, PHISHING])


def test_words_are_found_by_their_beginnings_whatever_their_accents_and_case():
    assert ALL.starting("HAMEC", NL, 5) == (HAMECONNAGE,)
    assert ALL.starting("hameç", FR, 5) == (HAMECONNAGE,)
    assert ALL.starting("bap", EN, 5) == (SHIELD, SCHILD)
    assert ALL.starting("tegen  phi", EN, 5) == (SCHILD,)
    assert ALL.starting("32023r", NL, 5) == (CELEX,)
    assert ALL.starting("hishing", NL, 5) == ()
    assert ALL.starting("  ", NL, 5) == ()


def test_what_begins_so_comes_first_then_the_readers_language_then_terms():
    assert ALL.starting("phis", NL, 5) == (PHISHING, SCHILD, SHIELD)
    assert ALL.starting("phis", EN, 5) == (PHISHING_EN, SHIELD, SCHILD)
    assert ALL.starting("belg", NL, 5) == (SCHILD, SHIELD)
    assert ALL.starting("belg", None, 1) == (SCHILD,)  # the shorter
    later, first = (Suggestion(text, "title") for text in ("my phone", "phone numbers"))
    assert Suggestions([later, first]).starting("ph", None, 2) == (first, later)


def test_a_number_is_suggested_for_each_note_that_has_it_and_a_term_once():
    numbers = [Suggestion("T1566", "identifier", note_id=note_id) for note_id in ("a", "b")]
    terms = [Suggestion("t1567", "term", language) for language in Language]
    assert [found.note_id for found in Suggestions([*numbers, *terms]).starting("t15", FR, 9)] == [None, "a", "b"]


@given(st.lists(st.text("aéb (-", min_size=1, max_size=8), max_size=12), st.text("aéb (", min_size=1, max_size=3))
def test_everything_with_such_a_word_is_found_once_and_nothing_else(texts, typed):
    found = Suggestions(Suggestion(text, "title") for text in texts).starting(typed, None, 99)
    start = re.escape(" ".join(fold(typed).split()))
    expected = {fold(text) for text in texts if start and re.search(rf"(?<![^\W_])(?=[^\W_]){start}", fold(text))}
    assert sorted(fold(suggestion.text) for suggestion in found) == sorted(expected)
