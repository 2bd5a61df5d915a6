"""Find where a text stands that a rule has found: in a field of the front matter, or in a block of the body.

Rules read what a reader sees, in which marks and line breaks are gone; a position is one in the file.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from kb.notes.note import Block, LanguageVersion, Link
from kb.notes.plain_yaml import At

_BETWEEN: Final = r"[\s>*_`~\[\]]+"
"""What may stand in a file between two words that a reader sees with a blank between them."""
_ENOUGH: Final = 100
"""Characters of a text by which its place is known."""


class Position(NamedTuple):
    """A line of a file, and a column of it, both from 1."""

    line: int
    column: int = 1


class Part(NamedTuple):
    """A text as a reader sees it: that of a field (`at`), or that of a block and what the file has of it."""

    text: str
    at: At = ()
    line: int = 0
    source: str = ""


def of_field(text: str | None, *at: str | int) -> Part:
    """Return the text of a field."""
    return Part(text or "", at)


def of_block(block: Block, lines: Sequence[str], body_line: int) -> Part:
    """Return the text of a block. lines: of the body, which begins at `body_line`."""
    first, last = block.lines
    return Part(block.text, line=first, source="\n".join(lines[first - body_line : last - body_line + 1]))


def of_prose(version: LanguageVersion) -> Iterator[Part]:
    """Yield the summary, and the blocks of the body."""
    yield of_field(version.summary, "summary")
    lines = version.body.split("\n")
    for section in version.sections:
        for block in section.blocks:
            yield of_block(block, lines, version.body_line)


def of_all(version: LanguageVersion) -> Iterator[Part]:
    """Yield all that a reader sees of a version."""
    yield of_field(version.title, "title")
    yield from of_prose(version)
    for place, question in enumerate(version.own.questions):
        yield of_field(question, "questions", place)


def of_link(version: LanguageVersion, link: Link) -> Position:
    """Return where a link leads from: its address in the paragraph that begins at its line."""
    paragraph = itertools.takewhile(str.strip, version.body.split("\n")[link.line - version.body_line :])
    return in_block(Part("", line=link.line, source="\n".join(paragraph)), link.target)


def where(part: Part, found: str, start: int = 0) -> At | Position:
    """Return where a text of a part stands that begins at `start` in it."""
    return part.at or in_block(part, found, start)


def in_block(part: Part, found: str, start: int = 0) -> Position:
    """Return where a text of a block stands in its file; its beginning if the file writes it otherwise (`&amp;`)."""
    begin = found[:_ENOUGH]
    starts = _starts(part.source, begin)
    if not starts:
        return Position(part.line)
    before = bisect_left(_starts(part.text, begin), start)
    begins = starts[min(before, len(starts) - 1)]
    line = part.line + part.source.count("\n", 0, begins)
    return Position(line, begins - part.source.rfind("\n", 0, begins))


def first_place(version: LanguageVersion, found: str) -> At | Position:
    """Return where a text of the prose stands first, as a word where it does so; else where the body begins."""
    found = found[:_ENOUGH]
    word = re.compile(rf"(?<!\w){re.escape(found)}(?!\w)")
    parts = [part for part in of_prose(version) if found in part.text]
    for part in parts:
        if match := word.search(part.text):
            return where(part, found, match.start())
    return where(parts[0], found) if parts else Position(version.body_line)


@lru_cache(maxsize=64)
def _starts(source: str, found: str) -> tuple[int, ...]:
    words = _BETWEEN.join(map(re.escape, found.split()))
    return tuple(match.start() for match in re.finditer(words, source)) if words else ()
