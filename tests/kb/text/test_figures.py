"""Figures: the same number in every language's way of writing it, and no number where there is a name."""

import pytest

from kb.text.figures import figures


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (("1,728 clicks", "1.728 klikken", "1 728 clics", "1\u202f728 clics"), {"1728"}),
        (("2.5 million", "2,5 miljoen"), {"2.5"}),
        (("€ 1,234,567.89", "1.234.567,89 euro", "1 234 567,89 euros"), {"1234567.89"}),
        (("1 January 2024", "1er janvier 2024", "op 1 januari 2024", "the 1st, in 2024"), {"1", "2024"}),
        (("2021-2025", "from 2021 to 2025", "2021–2025"), {"2021", "2025"}),
        (("85%", "85 %", "85 procent"), {"85"}),
        (("2026-11-05", "05/11/2026", "5-11-2026"), {"5", "11", "2026"}),
        (("In 2024, 400 sites", "2024: 400"), {"2024", "400"}),
        (("article 29.3.1",), {"29", "3", "1"}),
        (("24/7",), {"24", "7"}),
        (("NIS2, i2-IRU, 3D, B2 and KB402",), set()),
        (("0.8%", "0,8 %"), {"0.8"}),
    ],
)
def test_a_number_is_read_alike_however_it_is_written(texts, numbers):
    for text in texts:
        assert set(figures(text)) == numbers, text


def test_a_number_comes_with_the_words_it_was_first_written_in():
    assert figures("1,728 and 1.728 and 3,5") == {"1728": "1,728", "3.5": "3,5"}
