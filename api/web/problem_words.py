"""What a page says of an error: in the reader's words, with links that lead to what was probably meant.

Leaves out what only an operator can put right; that is in the answers of the API and in the terminal.
"""

import unicodedata
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from babel.numbers import format_decimal
from fastapi import Request

from api.locales.texts import TEXTS, label
from api.models.problems import problem
from kb.errors import KbError, QueryError
from kb.issue import nearest
from kb.notes.taxonomy import Taxonomy
from kb.text.folding import fold
from kb.text.languages import Language

_MOST: Final = 60
"""Characters of a wrong value that are shown."""
_ROOM: Final = 4_000
"""Characters of an address that is repeated in a link for every value there is."""
_FIELDS: Final = {"version": "language", "lang": "language", "kind": "kinds", "sort": "sorting"}
"""Parameters whose words have another key than their name."""


class Choice(NamedTuple):
    """A value as a reader calls it, and the same address with it in place of the wrong one."""

    label: str
    address: str


class ProblemWords(NamedTuple):
    """What a page shows of an error.

    meant:   what the wrong part of the address was probably meant to be
    allowed: what it may be; listed: the words before that
    without: the address without it
    """

    status: int
    words: str
    meant: Choice | None = None
    allowed: tuple[Choice, ...] = ()
    listed: str = ""
    without: str = ""


def problem_words(
    error: KbError, request: Request, language: Language, taxonomy: Taxonomy | None = None
) -> ProblemWords:
    """Say it in a language. taxonomy: whose labels are shown for its values, where there is one."""
    path, pairs = request.scope["path"], request.query_params.multi_items()
    status, words = problem(error).status, TEXTS[language]
    place = next((place for place, pair in enumerate(pairs) if _is_about(error, *pair)), None)

    def sentence(**values: str) -> str:
        filled = {
            name: format_decimal(value, locale=language.value)
            if isinstance(value, int)
            else plain(value[:_MOST]) + "…" * (len(value) > _MOST)
            for name, value in {**error.values, **values}.items()
        }
        return words[f"error_{error.code}"].format(**filled)

    if not isinstance(error, QueryError) or place is None:
        return ProblemWords(status, sentence(address=path))
    name, value = pairs[place]
    is_name = error.code == "unknown_parameter"
    wrong = name if is_name else value

    def address(*instead: tuple[str, str]) -> str:
        query = urlencode([*pairs[:place], *instead, *pairs[place + 1 :]])
        return f"{quote(path)}{'?' * bool(query)}{query}"

    choices = {
        allowed: Choice(allowed, address((allowed, value)))
        if is_name
        else Choice(label(name, allowed, taxonomy, language), address((name, allowed)))
        for allowed in (error.allowed if len(request.url.query) <= _ROOM else ())
    }
    known = {choice.label: choice for choice in choices.values()} | choices
    meant = nearest(wrong, known)
    return ProblemWords(
        status=status,
        words=sentence(field=words.get(_FIELDS.get(name, name), name), value=wrong),
        meant=known[meant] if meant else None,
        allowed=() if is_name else tuple(choices.values()),
        listed=words["nearest_names" if name == "organisation" else "allowed"],
        without=address(),
    )


def plain(text: str) -> str:
    """Return text as a page can show it: a space for each control character but the ends of lines."""
    return "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs") and character != "\n" else character
        for character in text
    )


def _is_about(error: KbError, name: str, value: str) -> bool:
    """Return whether a parameter of an address is the one that was refused, also where its value has other letters."""
    wrong = str(error.values.get("value", ""))
    if error.code == "unknown_parameter":
        return name == wrong
    is_same = (fold(value) or value.strip()) == (fold(wrong) or wrong.strip())
    return error.code in ("unknown_value", "unknown_page") and name == getattr(error, "field", "") and is_same
