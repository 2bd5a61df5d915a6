"""A passage -> its sentences, as places in it. Knows the abbreviations of three languages, and no grammar."""

import re
from collections.abc import Iterator
from typing import Final

from kb.store.records import Span

_END = re.compile(r"""(?<![.!?…])[.!?…]+(?:\s?»|["'”’)\]])*(?=\s)""")
"""Final signs, and the brackets and quotation marks that they close with."""
_SHORT: Final = frozenset(
    re.findall(
        r"\w+",
        "al art arts artt bijv blz bv ca cf ch chap dhr dir dr drs ex fig jl mej mevr mgr mlle mm mme mmes mr mrs ms "
        "no nos nr nrs par pp prof resp sqq ss stb stbl supra trb vgl vol vs",
    )
)
"""Words that a full stop shortens and that seldom end a sentence."""
_LETTERS = re.compile(r"[^\W\d_]|(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")
"""A letter alone, or letters and full stops: `p.`, `o.a.`, `c.-à-d.`"""
_FIRST = re.compile(r"""[ \t"'«“‘(\xa0\[]*([^ \t"'«“‘(\xa0\[])""")
"""The first sign of a sentence, behind brackets and quotation marks."""
_BETWEEN = re.compile(r"[\s(\[«“‘\"'’-]")
"""What stands between words."""
_LONGEST: Final = 40
"""Characters that a shortened word, or the number of a list, has at most."""


def sentence_spans(text: str) -> tuple[Span, ...]:
    """Return the sentences of a text in order, without the white space around them; none goes over a line break."""
    lines = re.finditer(r"[^\n]*\S[^\n]*", text)
    return tuple(_stripped(text, *span) for line in lines for span in _cut(text, *line.span()))


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _END.finditer(text, start, end):
        if _ends(text, start, match, end):
            yield start, match.end()
            start = match.end()
    if text[start:end].strip():
        yield start, end


def _ends(text: str, start: int, signs: re.Match[str], end: int) -> bool:
    """Whether a sentence ends at signs: the next does not begin small, and the full stop shortens nothing."""
    first = _FIRST.match(text, signs.end(), end)
    if not first or first[1].islower():
        return False
    if signs.group() != ".":
        return True
    before = text[max(start, signs.start() - _LONGEST) : signs.start()]
    word = _BETWEEN.split(before)[-1]
    return not (word.lower() in _SHORT or _LETTERS.fullmatch(word) or before.strip().isdigit())


def _stripped(text: str, start: int, end: int) -> Span:
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
