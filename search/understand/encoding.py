"""Texts -> vectors, many in one pass; and a long text in parts as long as questions are."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from kb.encoder.encoders import Encoder

PART: Final = 200
"""Characters of a part, at most: as long as questions are, so that levels mean of it what they mean of them."""

_ENDS: Final = re.compile(r"(?<=[.!?:;]) ")
_PIECES: Final = re.compile(rf"\S.{{0,{PART - 1}}}(?!\S)|\S{{{PART}}}")


def parts(text: str) -> list[str]:
    """A text cut after sentences, and where one is too long after words. text: without line breaks."""
    found: list[str] = []
    for sentence in _ENDS.split(text):
        for piece in _PIECES.findall(sentence):
            if found and len(found[-1]) + len(piece) < PART:
                found[-1] += f" {piece}"
            else:
                found.append(piece)
    return found


def encoded(encoder: Encoder, texts: Sequence[str]) -> Sequence[np.ndarray]:
    """The vectors of questions, each of shape (dimension,), float32, unit length, uncentred."""
    if len(texts) == 1:
        return [encoder.encode_query(texts[0])]  # the quickest for one that somebody waits for
    return [*encoder.encode_queries(texts)]
