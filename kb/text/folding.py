"""Fold case, accents and spelling variants away, so that what people type meets what notes write.

Two strengths: `fold` for words and names that are searched by, `fold_letters` where no letter may get lost. Vectors and
BM25 have foldings of their own (the tokenizer's, `kb.encoder.lexical`), and `kb.issue.nearest` compares by case alone.
"""

import re
import unicodedata
from functools import lru_cache


def fold(text: str) -> str:
    """Return a text in ASCII: small letters without accents, single blanks. Signs and letters beyond ASCII are lost."""
    return " ".join(_decomposed(text).encode("ascii", "ignore").decode().split())


def fold_letters(text: str) -> str:
    """Return a text in small letters without accents, with single blanks; letters of every script stay.

    For keys that open something: without its Greek letters a name might be that of another.
    """
    return " ".join("".join(sign for sign in _decomposed(text) if not unicodedata.combining(sign)).split())


@lru_cache(10_000)  # the names of vocabularies, again and again
def slug(text: str) -> str:
    """Return the ASCII letters and digits of a text, joined by hyphens; empty where it has none."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text.replace("’", ""))).strip("-")


def organisation_keys(name: str) -> set[str]:
    """Return how an organisation may be asked for: its name, the name without brackets, the abbreviation in them."""
    bare = re.sub(r"\s*\([^)]*\)", "", name)
    short = re.findall(r"\(([^)]{2,20})\)", name)
    return {fold(key) for key in (name, bare, *short)} - {""}


def _decomposed(text: str) -> str:
    spelt = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    return unicodedata.normalize("NFKD", spelt)
