"""Words that nobody writes -> the question as it may be meant: "did you mean".

A word is looked at if no text that the caller may see has it, no other form of it and not the parts that it is put
together from. What is offered is one slip of the fingers away and written so in these texts. Nothing is replaced: the
question is answered as it stands. Figures: docs/relevance.md.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from string import ascii_lowercase
from typing import Final

from kb.text.folding import fold
from kb.text.languages import Language
from kb.text.spelling import ADDRESS, WORD

LONGEST: Final = 200
"""Characters of a question that is looked at: a slip matters less in a longer one."""
_SHORTEST: Final = 4
"""Letters of a word that is looked at; what is offered for it has one more."""
_SURE: Final = 9
"""Letters from which any one of them may be wrong; in shorter words only for one near by, or that sounds alike."""
OFTEN: Final = 2
"""How often the texts have a word that is offered, and the first part of a compound."""
_PART: Final = 4
"""Letters of a part of a compound."""
_NO_WORDS: Final = re.compile(r"\S*(?:[\d@/_]|\w\.\w)\S*")
"""Numbers, identifiers, addresses."""
_ELIDED: Final = re.compile("(?:[cdjlmnst]|qu)(?=[aeiouyh])")
"""What French writes with an apostrophe before a vowel, and many without: `denfant`, `quils`."""
_KEYBOARDS: Final = ("qwertyuiop asdfghjkl zxcvbnm", "azertyuiop qsdfghjklm wxcvbn")
_SOUND_ALIKE: Final = ("iy", "ck", "cs", "dt", "sz", "fv", "vw", "kq", "gj")
_CONFUSED: Final = frozenset(
    pair
    for one, other in (
        *(pair for keyboard in _KEYBOARDS for row in keyboard.split() for pair in pairwise(row)),
        *_SOUND_ALIKE,
    )
    for pair in ((one, other), (other, one))
)
"""Letters hit one for the other, because their keys are neighbours, and letters written so."""


class Vocabulary:
    """The words of texts, accents and case apart: how often each language has them, and how they are written."""

    def __init__(self, texts: Iterable[tuple[Language, str]], is_read: Callable[[str], bool] = lambda _: False) -> None:
        """is_read: whether some form of a word is known"""
        self._is_read = is_read
        written = {language: Counter[str]() for language in Language}
        for language, text in texts:
            written[language].update(WORD.findall(ADDRESS.sub(" ", text)))
        total = Counter[str]()
        self._counts: dict[Language, dict[str, int]] = {language: {} for language in Language}
        for language, words in written.items():
            total.update(words)
            counts = self._counts[language]
            for word, count in words.items():
                key = fold(word)
                counts[key] = counts.get(key, 0) + count
        # Of several spellings the most frequent one stays; capitals, which also begin a sentence, count less.
        in_order = sorted(total, key=lambda word: (total[word] * (1 + 2 * word.islower()), word))
        self._written = {fold(word): word for word in in_order}

    def __contains__(self, word: str) -> bool:
        """Return whether the notes have a word, in small letters or capitals, with accents or without."""
        return fold(word) in self._written

    def meant(self, question: str, language: Language | None) -> str | None:
        """Return the question with other words for those that are unknown; None if all are known, or too many unknown.

        language: of the question, as far as it can be told
        """
        if len(question) > LONGEST:
            return None
        words = [*WORD.finditer(_NO_WORDS.sub(lambda found: " " * len(found[0]), question))]
        unknown = [word for word in words if not self._knows(word[0])]
        if len(unknown) > max(1, len(words) // 2):
            return None
        meant = question
        for word in reversed(unknown):
            if nearest := self._nearest(word[0], language, is_name=word.start() > 0 and word[0][0].isupper()):
                meant = meant[: word.start()] + nearest + meant[word.end() :]
        return meant if meant != question else None

    def _knows(self, word: str) -> bool:
        """Return whether a word is none to be looked at: known, too short, an abbreviation, of another script."""
        key = fold(word)
        if len(key) < _SHORTEST or key in self._written or word.isupper() or not key.isalpha():
            return True
        elided = _ELIDED.match(key)
        return bool(elided and key[elided.end() :] in self._written) or self._is_read(word) or self._is_compound(key)

    def _is_compound(self, key: str) -> bool:
        """Return whether a word is two others, with or without an s between them, as Dutch writes them."""
        parts = ((key[:place], key[place:]) for place in range(_PART, len(key) - _PART + 1))
        return any(
            self._count(first) >= OFTEN
            and (last in self._written or (last[0] == "s" and len(last) > _PART and last[1:] in self._written))
            for first, last in parts
        )

    def _nearest(self, word: str, language: Language | None, *, is_name: bool) -> str | None:
        """Return the word that may be meant, in the question's language before others, the most frequent one."""
        own = self._counts[language] if language else {}
        near = {
            key
            for key in _one_slip_away(fold(word))
            if len(key) > _SHORTEST
            and self._count(key) >= OFTEN
            and (not is_name or self._written[key][0].isupper())  # what looks like a name is taken for no other word
        }
        if not near:
            return None
        written = self._written[max(near, key=lambda key: (own.get(key, 0), self._count(key), key))]
        return written.capitalize() if word[0].isupper() and written.islower() else written

    def _count(self, key: str) -> int:
        return sum(counts.get(key, 0) for counts in self._counts.values())


def _one_slip_away(typed: str) -> Iterator[str]:
    """Yield what may be meant: a letter less, two the other way round, a letter more, another letter.

    The last letter is one too many only if it stands there twice, else it is an ending (`fotos`); so with the first.
    """
    ends = (0, len(typed) - 1)
    for place, letter in enumerate(typed):
        before, after = typed[:place], typed[place + 1 :]
        if place not in ends or letter in (before[-1:], after[:1]):
            yield before + after
        if after:
            yield before + after[0] + letter + after[1:]
        for other in ascii_lowercase:
            yield before + other + letter + after
            if len(typed) >= _SURE or (letter, other) in _CONFUSED:
                yield before + other + after
    yield from (typed + other for other in ascii_lowercase)
