"""Where a text stands that a rule has found: in a field of the front matter, or in a block of the body.

Rules read what a reader sees, in which marks and line breaks are gone; a place is one in the file.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from kb.notes.front_matter import At
from kb.notes.note import Block, LanguageVersion, Link

_BETWEEN: Final = r"[\s>*_`~\[\]]+"
"""What may stand in a file between two words of which a reader sees a blank between."""

_ENOUGH: Final = 100
"""Characters of a text by which its place is known."""


class Part(NamedTuple):
    """A text as a reader sees it: that of a field (`at`), or that of a block and what the file has of it."""

    text: str
    at: At = ()
    line: int = 0
    source: str = ""


def of_field(text: str | None, *at: str | int) -> Part:
    """The text of a field."""
    return Part(text or "", at)


def of_questions(version: LanguageVersion) -> Iterator[Part]:
    """The texts of its questions."""
    return (of_field(text, "questions", place) for place, text in enumerate(version.own.questions))


def of_body(version: LanguageVersion) -> Iterator[Part]:
    """The texts of the blocks of its body."""
    lines = version.body.split("\n")
    return (of_block(block, lines, version.body_line) for section in version.sections for block in section.blocks)


def of_block(block: Block, lines: Sequence[str], body_line: int) -> Part:
    """The text of a block. lines: of the body, which begins at `body_line`."""
    first, last = block.lines
    return Part(block.text, line=first, source="\n".join(lines[first - body_line : last - body_line + 1]))


def at_link(version: LanguageVersion, link: Link) -> dict[str, Any]:
    """Where a link leads from, as `Reading.problem` takes it: its address in the paragraph that begins at its line."""
    paragraph = itertools.takewhile(str.strip, version.body.split("\n")[link.line - version.body_line :])
    return where(Part("", line=link.line, source="\n".join(paragraph)), link.target)


def of_prose(version: LanguageVersion) -> Iterator[Part]:
    """Its summary, and the blocks of its body."""
    yield of_field(version.summary, "summary")
    yield from of_body(version)


def of_all(version: LanguageVersion) -> Iterator[Part]:
    """All that a reader sees of it."""
    yield of_field(version.title, "title")
    yield from of_prose(version)
    yield from of_questions(version)


def where(part: Part, found: str, start: int = 0) -> dict[str, Any]:
    """Where a text of a part is that begins at `start` in it, as `Reading.problem` takes it.

    Of a block whose text the file writes otherwise (as `&amp;`), the beginning.
    """
    if part.at:
        return {"at": part.at}
    begin = found[:_ENOUGH]
    starts = _starts(part.source, begin)
    before = bisect_left(_starts(part.text, begin), start)
    begins = starts[min(before, len(starts) - 1)] if starts else 0
    return {
        "line": part.line + part.source.count("\n", 0, begins),
        "column": begins - part.source.rfind("\n", 0, begins) if starts else 1,
    }


def first_place(version: LanguageVersion, found: str) -> dict[str, Any]:
    """Where a text of the prose stands first, as a word where it does so; else where the body begins."""
    found = found[:_ENOUGH]
    word = re.compile(rf"(?<!\w){re.escape(found)}(?!\w)")
    parts = [part for part in of_prose(version) if found in part.text]
    for part in parts:
        if match := word.search(part.text):
            return where(part, found, match.start())
    return where(parts[0], found) if parts else {"line": version.body_line}


@lru_cache(maxsize=64)
def _starts(source: str, found: str) -> tuple[int, ...]:
    words = _BETWEEN.join(map(re.escape, found.split()))
    return tuple(match.start() for match in re.finditer(words, source)) if words else ()
