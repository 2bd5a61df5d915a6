"""Explanations in words, each part where there is something to say; excerpts that say only what the passage does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.locales.texts import TEXTS
from api.web.hit_words import Excerpt, excerpt, explanation_lines, explanation_sentences, shortened
from kb.content.reader import read_taxonomy
from kb.text.languages import Language
from search.results import Combination, Contributions, ExactMatch, Explanation, Highlight, Level, Match, Move, Passage
from tests.conftest import REPOSITORY

FR, NL, EN = Language.FR, Language.NL, Language.EN
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
WHOLE = Explanation(
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
FOUND = (
    "Terms: bank → banken (Dutch); Sites (Dutch); faux site → site de hameçonnage (French), crime type: phishing",
    "about skyecc; in the passage: eu:2023/1543",
)
TEXT = st.lists(st.text(alphabet="ab<&\u2028", min_size=1, max_size=12), min_size=1, max_size=80).map(" ".join)


def test_a_terminal_shows_every_part_with_its_numbers():
    assert explanation_lines(WHOLE, EN) == (
        "1.830 = meaning +0.300 words -0.020 questions +0.400 subject +0.050 identifier +1.100",
        "best passage 0.300, mean of the best 3 0.260 (text in Dutch)",
        "Relevance: high (high ≥ 0.55; medium ≥ 0.35)",
        "Rises thanks to a linked note that answers better: be-baps",
        *FOUND,
        "Moved from place 8 to place 5, so that this country is in view: LU",
    )


def test_a_page_says_in_words_what_counted_and_how_much():
    assert explanation_sentences(WHOLE, TAXONOMY, EN) == (
        "Counted most: the identifier or name in the question, or the subject that it consists of",
        "Counted too: the questions that the note answers; the meaning of the text; "
        "the crime type, phase, power or country in the question",
        "Fits less well: the words of the question",
        *FOUND,
        "Moved from place 8 to place 5, so that this country is in view: Luxembourg",
    )
    assert not [line for line in explanation_sentences(WHOLE, TAXONOMY, FR) if "; " in line.replace("\u00a0; ", "")]


@pytest.mark.parametrize("language", Language)
def test_what_there_is_nothing_to_say_of_is_left_out(language):
    nothing = Contributions(0.3, 0.0, 0.0, 0.0, 0.0, 0.0)
    bare = Explanation((), (), nothing, WHOLE.passages, None, Level.LOW, {"odd": 0.5}, None)
    lines = explanation_lines(bare, language)
    assert len(lines) == 3
    assert lines[0].replace(",", ".") == f"0.300 = {TEXTS[language]['by_dense']} +0.300"
    assert ("," in lines[0]) == (language is not EN)
    assert lines[2].replace(",", ".").endswith("(odd ≥ 0.50)")
    (counted,) = explanation_sentences(bare, TAXONOMY, language)
    assert TEXTS[language]["counted_dense"] in counted


def passage(text, highlight=None):
    return Passage(text, "", "a", EN, highlight and Highlight(*highlight))


def test_an_excerpt_is_cut_between_words_around_the_sentence():
    assert excerpt(passage("One.\nTwo. Three.", (5, 9)), 99) == Excerpt("One. ", "Two.", " Three.")
    assert excerpt(passage("One. Two."), 99) == Excerpt("", "", "One. Two.")
    text = "before " * 50 + "The one. " + "after " * 50
    found = excerpt(passage(text, (350, 358)), 100)
    assert found.marked == "The one."
    assert (found.before[:9], found.after[-7:]) == ("… before ", "after …")
    assert 60 < len("".join(found)) <= 110
    assert excerpt(passage("word " * 100), 30) == Excerpt("", "", "word word word word word word …")
    for highlight in (None, (0, 4)):  # without white space
        assert len("".join(excerpt(passage("x" * 999, highlight), 50))) <= 52


@given(TEXT, st.integers(0, 500), st.integers(0, 500), st.integers(10, 400))
def test_the_sentence_is_shown_whole_and_all_else_is_the_passages(text, first, second, most):
    start, end = sorted((first % (len(text) + 1), second % (len(text) + 1)))
    found = excerpt(passage(text, (start, end) if start < end else None), most)
    if start < end:
        assert found.marked.split() == text[start:end].split()
    words = " ".join("".join(found).removeprefix("… ").removesuffix(" …").split())
    assert words in " ".join(text.split())
    assert len(words) <= max(most, end - start)


def test_what_does_not_fit_is_cut_after_a_word_and_says_so():
    assert shortened("Day and night, every day") == "Day and night, every day"
    long = "Telephone Monday 14-16, Wednesday 13-15 and Friday 10-12; chat Tuesday and Thursday"
    assert shortened(long) == "Telephone Monday 14-16, Wednesday 13-15 and …"
    with_number = "Through the duty officer of the national unit, day and night (088 661 92 00)"
    assert shortened(with_number) == with_number
    assert shortened(f"{with_number}; no public number of the unit itself") == with_number
