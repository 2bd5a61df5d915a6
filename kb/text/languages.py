"""The three languages of the collection and the order in which one stands in for another.

Holds no interface texts and does not guess the language of anything.
"""

from collections.abc import Collection
from enum import StrEnum


class Language(StrEnum):
    """A language a note can be written in, by its BCP 47 tag."""

    FR = "fr"
    NL = "nl"
    EN = "en"


NAMES: dict[Language, dict[Language, str]] = {
    Language.FR: {Language.FR: "français", Language.NL: "Frans", Language.EN: "French"},
    Language.NL: {Language.FR: "néerlandais", Language.NL: "Nederlands", Language.EN: "Dutch"},
    Language.EN: {Language.FR: "anglais", Language.NL: "Engels", Language.EN: "English"},
}
"""NAMES[of][in]: the name of a language as a reader of another language calls it."""

COLON: dict[Language, str] = {Language.FR: "\u00a0: ", Language.NL: ": ", Language.EN: ": "}
SEMICOLON: dict[Language, str] = {Language.FR: "\u00a0; ", Language.NL: "; ", Language.EN: "; "}
"""The marks between a name and its value, and between values, with the blanks around them."""


def language_to_read(available: Collection[Language], reader: Language | None, original: Language) -> Language:
    """Return the version to show: the reader's if it exists, else that in which the note was written."""
    return reader if reader is not None and reader in available else original
