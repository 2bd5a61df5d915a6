"""Dutch compounds taken apart, for the table of parts: what they would do for the words of a question."""

import re
from functools import cache
from itertools import chain
from pathlib import Path

from kb.encoder.lexical import query_terms
from kb.text.languages import Language
from kb.text.terms import Sparse

_TEXTS = (Path(__file__).parent.parent / "content").glob("*/*/nl.md")
_WORD = re.compile(r"[^\W\d_]+")
_LINKS = ("", "s", "en", "e")
_SHORTEST = 4
"""Letters of a part: shorter ones are found in too many words that are no compounds."""


def split_query_terms(text: str, language: Language) -> Sparse:
    """The BM25 vector of a question, with the parts of its compounds added where it is compared with Dutch."""
    parts = chain.from_iterable(map(_parts, _WORD.findall(text.lower()))) if language is Language.NL else ()
    return query_terms(" ".join((text, *parts)), language)


def _parts(word: str) -> tuple[str, ...]:
    """Two words of the notes that make this one, the longest first part; none where there are none."""
    for end in range(len(word) - _SHORTEST, _SHORTEST - 1, -1):
        for link in _LINKS:
            first, rest = word[: end - len(link)], word[end:]
            if word[:end].endswith(link) and len(first) >= _SHORTEST and {first, rest} <= _words():
                return first, rest
    return ()


@cache
def _words() -> frozenset[str]:
    return frozenset(chain.from_iterable(_WORD.findall(path.read_text("utf-8").lower()) for path in _TEXTS))
