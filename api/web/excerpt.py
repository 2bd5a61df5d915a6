"""What is shown of a passage where room is short: its best sentence and what stands around it."""

import re
from typing import NamedTuple

from search.results import Passage


class Excerpt(NamedTuple):
    """Plain text on one line, in three parts. `marked`: the best sentence; empty where none stands out."""

    before: str
    marked: str
    after: str


def excerpt(passage: Passage, most: int) -> Excerpt:
    """About `most` characters of a passage: around its best sentence, which is shown whole, or from its beginning.

    Cuts between words; an ellipsis stands for what is left out.
    """
    text = passage.text
    start, end = passage.highlight or (0, 0)
    room = max(most - (end - start), 0)
    first = start - min(start, max(room // 2, room - (len(text) - end)))
    last = min(end + room - (start - first), len(text))
    while 0 < first < start and not text[first - 1].isspace():
        first += 1
    while end < last < len(text) and not text[last].isspace():
        last -= 1
    before, marked, after = (re.sub(r"\s+", " ", part) for part in (text[first:start], text[start:end], text[end:last]))
    return Excerpt("… " * (first > 0) + before, marked, after.rstrip() + " …" * (last < len(text)))
