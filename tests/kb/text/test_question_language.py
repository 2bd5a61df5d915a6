"""Guessing the language of short questions: as often right as promised, silent where there is nothing to read."""

import json
from pathlib import Path

import numpy as np
import pytest

from kb.text.languages import Language
from kb.text.question_language import TABLE, letter_groups, question_language

QUERIES = Path(__file__).parents[2] / "relevance/languages/queries.jsonl"


def asked(language, half="apart"):
    """Questions written in a language, each with the guess and the languages that it may be taken for."""
    rows = map(json.loads, QUERIES.read_text("utf-8").splitlines())
    found = [row for row in rows if row["id"].startswith(language) and row["half"] == half]
    return [(row["question"], question_language(row["question"]), row["languages"]) for row in found]


def test_of_the_half_kept_apart_97_of_100_are_guessed_right():
    found = [row for language in Language for row in asked(language)]
    assert len(found) == 300
    assert sum(guess in right for _, guess, right in found) >= 0.97 * len(found)


@pytest.mark.parametrize("language", Language)
def test_no_language_is_guessed_much_worse_than_another(language):
    assert sum(guess in right for _, guess, right in asked(language)) >= 95


@pytest.mark.parametrize("half", ["choose", "apart"])
def test_of_questions_in_german_a_quarter_at_least_is_not_taken_for_another_language(half):
    assert sum(guess is None for _, guess, _ in asked("de", half)) >= 5


def test_words_borrowed_from_english_do_not_hide_the_language():
    assert question_language("money mules") is question_language("online fraud") is Language.EN
    assert question_language("online fraude") is question_language("money mules ronselen") is Language.NL
    assert question_language("fraude en ligne") is question_language("recrutement de money mules") is Language.FR


def test_case_and_accents_make_no_difference():
    for text in ("faux conseiller bancaire par téléphone", "valse bankmedewerker aan de telefoon"):
        bare = text.replace("é", "e")
        assert question_language(text) is question_language(bare) is question_language(text.upper()) is not None


@pytest.mark.parametrize(
    "text", ["", " \n", "2024-02-28", "!?", "112 / 0800", "LMIO", "32023R1543", "NIS2 BE", "xqz", "Ωμέγα", "xqz wvkjh"]
)
def test_a_text_without_letters_or_words_and_a_name_in_capitals_have_no_language(text):
    assert question_language(text) is None


def test_groups_are_of_five_signs_within_a_word():
    assert len(letter_groups("a")) == len(letter_groups("les")) == 1
    assert len(letter_groups("vols")) == 2
    assert letter_groups("Véhicules volés").tolist() == letter_groups("vehicules, VOLES").tolist()
    assert letter_groups("de dief").tolist() == [*letter_groups("de"), *letter_groups("dief")]
    assert letter_groups("").shape == (0,)


def test_the_table_of_the_package_is_sorted_and_each_language_has_its_share():
    table = np.load(TABLE)
    assert (np.diff(table["group"].astype(np.int64)) > 0).all()
    assert (np.bincount(table["weights"].argmax(axis=1)) > len(table) / 5).all()
