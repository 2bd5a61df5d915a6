"""Sentences that the program says to authors: in English, and with what it takes to say them in another language.

Has no sentence of its own. The other languages are `api.locales.lint`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ENGLISH: Final[Mapping[str, str]] = MappingProxyType({})
"""The forms of no other language."""


class Said(str):
    """An English sentence that knows its form and what fills the gaps of it."""

    form: str
    values: Mapping[str, object]


def said(form: str, /, **values: object) -> Said:
    """Return a sentence from its form, as in "there is no note `{id}`.", and what stands in its gaps.

    A value may be a sentence, too, or a part of one.
    """
    sentence = Said(form.format(**values))
    sentence.form, sentence.values = form, values
    return sentence


def in_words(text: str, forms: Mapping[str, str]) -> str:
    """Return a sentence as another language says it, and any other text as it is.

    forms: English form -> form in that language; one that is not there is said in English
    """
    if not isinstance(text, Said):
        return text
    values = {name: in_words(value, forms) if isinstance(value, str) else value for name, value in text.values.items()}
    return forms.get(text.form, text.form).format(**values)
