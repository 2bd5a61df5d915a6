"""Figures: the same number in every language's way of writing it, and no number where there is a name."""

from pathlib import Path

import pytest
import yaml

from kb.text.figures import figures

TABLE = Path(__file__).with_name("figures.yaml")


@pytest.mark.parametrize(("texts", "numbers"), yaml.safe_load(TABLE.read_text("utf-8")))
def test_a_number_is_read_alike_however_it_is_written(texts, numbers):
    for text in texts:
        assert sorted(figures(text)) == numbers, text


def test_a_number_comes_with_the_words_it_was_first_written_in():
    assert figures("1,728 and 1.728 and 3,5") == {"1728": "1,728", "3.5": "3,5"}
