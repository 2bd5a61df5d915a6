"""Explanations in words: each part where there is something to say, in the reader's language."""

import pytest

from api.locales.texts import TEXTS
from api.web.explanation_words import explanation_lines, explanation_sentences
from kb.content.reader import read_taxonomy
from kb.text.languages import Language
from search.rank.calibrate import Level
from search.results import Combination, Contributions, ExactMatch, Explanation, Match, Move
from tests.conftest import REPOSITORY

FR, NL, EN = Language.FR, Language.NL, Language.EN
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
WHOLE = Explanation(
    passage_lang=NL,
    sentence=None,
    terms=(
        Match("bank", "banken", NL),
        Match("Sites", "sites", NL),
        Match("faux site", "site de hameçonnage", FR, "crime_type", "phishing", "phishing"),
    ),
    identifiers=(ExactMatch("name:skyecc", "about"), ExactMatch("eu:2023/1543", "in-passage")),
    contributions=Contributions(0.3, -0.02, 0.4, 0.05, 0.0, 1.1),
    passages=Combination(NL, 0.3, 0.26, 3),
    linked_with="be-baps",
    level=Level.HIGH,
    thresholds={"high": 0.55, "medium": 0.35},
    move=Move("a", 8, 5, "LU"),
)


def test_every_part_is_told() -> None:
    assert explanation_lines(WHOLE, EN) == (
        "1.830 = meaning +0.300 words -0.020 questions +0.400 subject +0.050 identifier +1.100",
        "best passage 0.300, mean of the best 3 0.260 (text in Dutch)",
        "Relevance: high (high ≥ 0.55; medium ≥ 0.35)",
        "Rises thanks to a linked note that answers better: be-baps",
        "Terms: bank → banken (Dutch); Sites (Dutch); faux site → site de hameçonnage (French), crime type: phishing",
        "about skyecc; in the passage: eu:2023/1543",
        "Moved from place 8 to place 5, so that this country is in view: LU",
    )


@pytest.mark.parametrize("language", Language)
def test_what_there_is_nothing_to_say_of_is_left_out(language: Language) -> None:
    nothing = Contributions(0.3, 0.0, 0.0, 0.0, 0.0, 0.0)
    bare = Explanation(NL, None, (), (), nothing, WHOLE.passages, None, Level.LOW, {"odd": 0.5}, None)
    lines = explanation_lines(bare, language)
    assert len(lines) == 3
    assert lines[0].replace(",", ".") == f"0.300 = {TEXTS[language]['by_dense']} +0.300"
    assert ("," in lines[0]) == (language is not EN)
    assert lines[2].replace(",", ".").endswith("(odd ≥ 0.50)")
    (counted,) = explanation_sentences(bare, TAXONOMY, language)
    assert TEXTS[language]["counted_dense"] in counted


def test_a_page_says_in_words_what_counted_and_how_much() -> None:
    assert explanation_sentences(WHOLE, TAXONOMY, EN) == (
        "Counted most: the identifier or name in the question",
        "Counted too: the questions that the note answers; the meaning of the text; "
        "the crime type, phase or country in the question",
        "Fits less well: the words of the question",
        "Terms: bank → banken (Dutch); Sites (Dutch); faux site → site de hameçonnage (French), crime type: phishing",
        "about skyecc; in the passage: eu:2023/1543",
        "Moved from place 8 to place 5, so that this country is in view: Luxembourg",
    )


def test_french_marks_keep_to_their_words() -> None:
    assert not [one for one in explanation_sentences(WHOLE, TAXONOMY, FR) if "; " in one.replace("\u00a0; ", "")]
