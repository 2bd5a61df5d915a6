"""Describe a document of somebody else: its format, what it states of itself, and its text as pandoc's blocks.

Knows no library. Blocks are pandoc's JSON (`{"t": "Para", "c": […]}`, pandoc-types 1.23).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from kb.errors import DocumentError

Node = Mapping[str, Any]
"""A block or an inline of pandoc's."""
_DAY: Final = re.compile(r"(?:D:)?(\d{4})-?(\d{2})-?(\d{2})")
SAVE_AGAIN: Final = "Open it where it was made and save it again."
ONLY_A_PART: Final = "Take over the part that the note is about into a file of its own."


class Format(StrEnum):
    """The formats that are read. The value is pandoc's name, and for PDF our own."""

    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    HTML = "html"


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
    form:    pandoc's version of the blocks, as pandoc expects it back
    remarks: what could not be read, for whoever imports it
    """

    name: str
    stated: Stated
    form: Sequence[int]
    blocks: Sequence[Node]
    titled: Sequence[Node] = ()
    remarks: tuple[str, ...] = ()


def day(text: str) -> str:
    """Return the day of a date as documents write it (`2024-03-05T10:00:00Z`, `D:20240305`) as YYYY-MM-DD, or ""."""
    found = _DAY.match(text.strip())
    return "-".join(found.groups()) if found else ""


def damaged(form: Format) -> DocumentError:
    """Return the error of a file that its format does not allow."""
    more = ", or too large" if form is Format.PDF else ""
    return DocumentError(f"The {form.upper()} file is damaged{more}.", remedy=SAVE_AGAIN)


def locked() -> DocumentError:
    """Return the error of a file with a password."""
    return DocumentError("The file has a password.", remedy="Save it without one.")


def too_deep() -> DocumentError:
    """Return the error of a document in which blocks stand in blocks without end."""
    return DocumentError("The document nests lists or quotations too deeply.", remedy="Simplify it first.")
