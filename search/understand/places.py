"""What a question asks about, apart from where: the names of countries and languages taken out of it.

A country is an aspect of an answer, not its subject. Its name brings a question near to every note of that country, so
where that may be all that does, whether anything answers (`capitale du Luxembourg`) is decided without it.
"""

import re
from collections.abc import Callable
from functools import cached_property
from itertools import chain
from typing import Final

from kb.notes.taxonomy import Scheme
from kb.text.folding import fold
from kb.text.languages import Language
from search.understand.languages_named import AGES, without_languages

_COMPOUND: Final = 6
"""Letters from which a name is also found at the start of a longer word (`Luxemburgisch`)."""
_KEPT: Final = 3
"""Letters at the start of a word that no inflection changes."""
_SHORT: Final = 2
"""Letters of a word that says nothing."""
_WORD: Final = re.compile(r"[^\W_]+")


class Places:
    """The names of the countries of a vocabulary, with their adjectives, people and towns; areas are none of them."""

    def __init__(self, countries: Scheme, stem: Callable[[str, Language], frozenset[int]]) -> None:
        self._stem = stem
        names = {
            language: [
                name
                for country in countries.values()
                if not countries.narrower(country.id)
                for name in country.typed(language)
            ]
            for language in Language
        }
        self._stems = {
            language: frozenset().union(*(stem(name, language) for name in own if _WORD.fullmatch(name)))
            for language, own in names.items()
        }
        every = [*chain(*names.values())]
        self._firsts = (*{fold(name)[:_KEPT] for name in every if _WORD.fullmatch(name)},)
        self._beginnings = tuple(fold(name) for name in every if _WORD.fullmatch(name) and len(name) >= _COMPOUND)
        self._of_words = [name for name in every if not _WORD.fullmatch(name)]

    @cached_property
    def _phrases(self) -> re.Pattern[str]:
        names = "|".join(re.escape(name).replace(r"\ ", r"[\s-]").replace(r"\-", r"[\s-]") for name in self._of_words)
        return re.compile(rf"\b(?:{names or '(?!)'})\b", re.IGNORECASE)

    def without(self, question: str) -> str:
        """Return a question without the names of countries and languages; it may be empty."""
        text = self._phrases.sub(" ", without_languages(question))
        return " ".join(_WORD.sub(lambda word: "" if self._is_name(word[0]) else word[0], text).split())

    def are_all(self, question: str) -> bool:
        """Return whether a question is nothing but countries, languages, ages, stop words and words of two letters.

        An abbreviation (`AI`) says something.
        """
        rest = AGES.sub(" ", self.without(question))
        words = _WORD.findall(rest)
        if rest == question or (not question.isupper() and any(word.isalpha() and word.isupper() for word in words)):
            return False
        long = " ".join(word for word in words if len(word) > _SHORT)
        return not all(self._stem(long, language) for language in Language)

    def _is_name(self, word: str) -> bool:
        folded = fold(word)
        if not folded.startswith(self._firsts):  # as most words, which need not be stemmed
            return False
        return folded.startswith(self._beginnings) or any(
            not self._stem(word, language).isdisjoint(stems) for language, stems in self._stems.items()
        )
