"""Find where a text stands that a rule has found: in a field of the front matter, or in a block of the body.

Rules read what a reader sees, in which marks and line breaks are gone; a position is one in the file.
"""

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from kb.notes.note import LanguageVersion, Link
from kb.notes.plain_yaml import At

_BETWEEN: Final = r"[\s>*_`~\[\]]+"
"""Signs in a file between two words that a reader sees with a blank between them."""
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


def of_blocks(version: LanguageVersion) -> Iterator[tuple[Part, str | None]]:
    """Yield the text of each block of the body, and the id of the objective that it states, if any."""
    lines, begin = version.body.split("\n"), version.body_line
    for section in version.sections:
        for block in section.blocks:
            first, last = block.lines
            source = "\n".join(lines[first - begin : last - begin + 1])
            yield Part(block.text, line=first, source=source), block.objective


def of_prose(version: LanguageVersion) -> Iterator[Part]:
    """Yield the summary, and the blocks of the body."""
    yield Part(version.summary, ("summary",))
    yield from (part for part, _ in of_blocks(version))


def of_all(version: LanguageVersion) -> Iterator[Part]:
    """Yield all that a reader sees of a version."""
    yield Part(version.title, ("title",))
    yield from of_prose(version)
    for place, question in enumerate(version.own.questions):
        yield Part(question, ("questions", place))


def of_fields(value: Any, at: At = ()) -> Iterator[Part]:
    """Yield every text of a front matter, as plain data, and where it stands."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from of_fields(each, (*at, name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from of_fields(each, (*at, place))
    elif value is not None:
        yield Part(str(value), at)


def of_body(version: LanguageVersion) -> Iterator[Part]:
    """Yield all that a body holds: blocks, headings, and where links lead."""
    yield from (part for part, _ in of_blocks(version))
    lines = version.body.split("\n")
    for line, text in (
        *((section.line, section.heading) for section in version.sections if section.path),
        *((link.line, link.target) for link in version.links),
    ):
        yield Part(text, line=line, source=lines[line - version.body_line])


def all_text(version: LanguageVersion) -> str:
    """Return the texts of `of_all`, a line for each: what is within a line is found here, too, and sooner."""
    return "\n".join((version.title, version.prose, *version.own.questions))


def of_link(version: LanguageVersion, link: Link) -> At | Position:
    """Return where a link leads from: its address in the paragraph that begins at its line."""
    paragraph = itertools.takewhile(str.strip, version.body.split("\n")[link.line - version.body_line :])
    return where(Part("", line=link.line, source="\n".join(paragraph)), link.target)


def where(part: Part, found: str, start: int = 0) -> At | Position:
    """Return where a text of a part stands that begins at `start` in it: its field, or its place in the file.

    That of a block is the block's beginning if the file writes it otherwise (`&amp;`).
    """
    if part.at:
        return part.at
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
