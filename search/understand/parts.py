"""A long text -> parts as long as questions are."""

import re
from typing import Final

PART: Final = 200
"""Characters of a part, at most: as long as questions are, so that levels mean of it what they mean of them."""
_ENDS: Final = re.compile(r"(?<=[.!?:;]) ")
_PIECES: Final = re.compile(rf"\S.{{0,{PART - 1}}}(?!\S)|\S{{{PART}}}")


def parts(text: str) -> list[str]:
    """Cut a text after sentences, and where one is too long after words. text: without line breaks"""
    found: list[str] = []
    for sentence in _ENDS.split(text):
        for piece in _PIECES.findall(sentence):
            if found and len(found[-1]) + len(piece) < PART:
                found[-1] += f" {piece}"
            else:
                found.append(piece)
    return found
