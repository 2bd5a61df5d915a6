"""Which of the three languages a short question is in, by its groups of letters: naive Bayes (Cavnar and Trenkle 1994).

The table was counted in the notes, which have the words of the trade that all three languages borrow (`money mules`).
A guess to show and to answer in, never a filter. Figures: docs/decisions/0027-language-of-questions.md.
"""

import re
import zlib
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from kb.text.folding import fold
from kb.text.languages import Language

TABLE: Final = Path(__file__).with_suffix(".npy")
"""A row for each group, ascending by `group`. `weights`: the logarithm of its share in the notes of each language, in
the order of `Language`, less their mean. Made by `python -m benchmarks.question_language`.
"""
_LETTERS = 5
_LEAST_KNOWN = 0.4
"""Share of a question's groups that the notes must have. Of questions in German four in ten have fewer."""
_NAME = 3
"""Words up to which a question all in capitals is a name."""


def question_language(text: str) -> Language | None:
    """Return the likeliest language of a question; None for a name in capitals (`LMIO`) and for words unlike the
    notes'.
    """
    if len(text.split()) <= _NAME and not any(map(str.islower, text)):
        return None
    table, asked = _table(), letter_groups(text)
    places = np.searchsorted(table["group"], asked).clip(max=len(table) - 1)
    known = places[table["group"][places] == asked]
    if len(known) <= _LEAST_KNOWN * len(asked):
        return None
    return list(Language)[int(table["weights"][known].sum(axis=0).argmax())]


def letter_groups(text: str) -> np.ndarray:
    """Return the CRC-32 of every five signs in a row of ` word `, for each word without its accents; a shorter one is a
    group by itself. shape: (groups,)
    """
    words = (f" {word} " for word in re.findall("[a-z]+", fold(text)))
    groups = (word[at : at + _LETTERS] for word in words for at in range(max(1, len(word) - _LETTERS + 1)))
    return np.fromiter((zlib.crc32(group.encode()) for group in groups), np.uint32)


@cache
def _table() -> np.ndarray:
    table: np.ndarray = np.load(TABLE)
    return table
