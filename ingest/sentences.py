"""A passage -> its sentences, as places in it. Knows the abbreviations of three languages, and no grammar."""

import re
from collections.abc import Iterator
from typing import Final

from kb.sentence_vectors import Span

_END = re.compile(r"""(?<![.!?…])[.!?…]+(?:\s?»|["'”’)\]])*(?=\s)""")
"""Final signs, and the brackets and quotation marks that they close with."""
_SHORT: Final = frozenset({
    "al", "art", "arts", "artt", "bijv", "blz", "bv", "ca", "cf", "ch", "chap", "dhr", "dir", "dr", "drs", "ex", "fig",
    "jl", "mej", "mevr", "mgr", "mlle", "mm", "mme", "mmes", "mr", "mrs", "ms", "no", "nos", "nr", "nrs", "par", "pp",
    "prof", "resp", "sqq", "ss", "stb", "stbl", "supra", "trb", "vgl", "vol", "vs",
})  # fmt: skip
"""Words that a full stop shortens and that seldom end a sentence."""
_LETTERS = re.compile(r"[^\W\d_]|(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,2}")
"""A letter alone, or letters and full stops: `p.`, `o.a.`, `c.-à-d.`"""


def sentence_spans(text: str) -> tuple[Span, ...]:
    """The sentences of a text in order, without the white space around them; none goes over a line break."""
    lines = re.finditer(r"[^\n]*\S[^\n]*", text)
    return tuple(_stripped(text, *span) for line in lines for span in _cut(text, *line.span()))


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _END.finditer(text, start, end):
        if _ends(text[start : match.start()], match.group(), text[match.end() : end].lstrip(" \t\"'«“‘(\u00a0[")):
            yield start, match.end()
            start = match.end()
    if text[start:end].strip():
        yield start, end


def _ends(before: str, signs: str, after: str) -> bool:
    """Whether a sentence ends between these: the next does not begin small, and the full stop shortens nothing."""
    if not after or after[0].islower():
        return False
    word = re.split(r"[\s(\[«“‘\"'’-]", before)[-1]
    return signs != "." or not (word.lower() in _SHORT or _LETTERS.fullmatch(word) or before.strip().isdigit())


def _stripped(text: str, start: int, end: int) -> Span:
    inside = text[start:end]
    return start + len(inside) - len(inside.lstrip()), start + len(inside.rstrip())
