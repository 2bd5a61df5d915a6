"""Mentions of languages in a question, which name no country: `en français`, `Nederlandstalig`, `in Dutch`; and of
ages.

The words are in `languages_named.yaml`.
"""

import re
from typing import Final

from kb.notes.plain_yaml import read_data

_WORDS: Final = read_data("languages_named.yaml", "search.understand")
_MENTIONS: Final = re.compile(
    "|".join(phrase.replace("@", f"(?:{'|'.join(_WORDS['languages'])})") for phrase in _WORDS["phrases"]),
    re.IGNORECASE,
)


AGES: Final = re.compile(rf"\b(?:{'|'.join(_WORDS['ages'])})\b", re.IGNORECASE)
"""Ages and age groups, which say nothing of what is asked about either: `jongeren van 12 jaar`."""


def without_languages(text: str) -> str:
    """Return a text without the phrases in which it names a language."""
    return _MENTIONS.sub(" ", text)
