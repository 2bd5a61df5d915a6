"""A document of somebody else, once it is read: what it states of itself, and its text as pandoc's blocks.

Knows no file and no library. Blocks are pandoc's JSON (`{"t": "Para", "c": […]}`, pandoc-types 1.23).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = Mapping[str, Any]
"""A block or an inline of pandoc's."""

_DAY = re.compile(r"(?:D:)?(\d{4})-?(\d{2})-?(\d{2})")


@dataclass(frozen=True)
class Stated:
    """What a document states of itself; empty where it states nothing.

    created, changed: YYYY-MM-DD
    url:              its address, with http or https
    """

    title: str = ""
    author: str = ""
    publisher: str = ""
    created: str = ""
    changed: str = ""
    url: str = ""


@dataclass(frozen=True)
class Document:
    """A document that was read.

    name:    of its file, without ending
    titled:  its title as inlines, where a style says that it is one
    form:    pandoc's version of the blocks, as it wants to be told
    above:   paragraphs that stand above the blocks, such as a subtitle
    remarks: what could not be read, for whoever imports it
    """

    name: str
    stated: Stated
    form: Sequence[int]
    blocks: Sequence[Node]
    titled: Sequence[Node] = ()
    above: Sequence[Node] = ()
    remarks: tuple[str, ...] = ()


def day(text: str) -> str:
    """The day of a date as documents write it, `2024-03-05T10:00:00Z` or `D:20240305`, as YYYY-MM-DD; else nothing."""
    found = _DAY.match(text.strip())
    return "-".join(found.groups()) if found else ""
