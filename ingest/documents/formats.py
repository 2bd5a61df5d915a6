"""Which format a file has, told by what it holds; its name must agree. Refuses what is no PDF, DOCX, ODT or HTML."""

import re
from enum import StrEnum
from typing import Final

from kb.errors import DocumentError


class Format(StrEnum):
    """What can be read. The value is pandoc's name, and for PDF our own."""

    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    HTML = "html"


ENDINGS: Final = {
    ".pdf": Format.PDF, ".docx": Format.DOCX, ".docm": Format.DOCX, ".odt": Format.ODT, ".html": Format.HTML,
    ".htm": Format.HTML, ".xhtml": Format.HTML,
}  # fmt: skip
_KNOWN: Final = "PDF, DOCX, ODT or HTML"
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|main|article|div|h[1-6]|p)\b", re.IGNORECASE)
_BEGINNING: Final = 4096
_OTHERS: Final = {
    b"\xd0\xcf\x11\xe0": ("an old Office file, or one with a password", "Save it as DOCX without a password."),
    b"{\\rtf": ("an RTF file", "Save it as DOCX or ODT."),
    b"\x89PNG": ("a picture", "Run text recognition (OCR) first and save its result as PDF."),
    b"\xff\xd8\xff": ("a picture", "Run text recognition (OCR) first and save its result as PDF."),
}
"""How files of other formats begin -> what they are, and what to do."""


def format_of(data: bytes, ending: str) -> Format:
    """The format of a file.

    ending: of its name, in small letters, with the dot.
    Raises DocumentError for an empty file, another format, or a name that says something else than the content.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise DocumentError("The file is empty.", remedy="Was it copied in full?")
    for beginning, (what, remedy) in _OTHERS.items():
        if data.startswith(beginning):
            raise DocumentError(f"This is {what}, which cannot be read.", remedy=remedy)
    found = _sniffed(data)
    named = ENDINGS.get(ending)
    if found is None:
        what = f"is called `{ending}` but holds no {named.upper()}" if named else f"is no {_KNOWN}"
        raise DocumentError(f"The file {what}.", remedy=f"Open it where it was made and save it as {_KNOWN}.")
    if found is not named:
        endings = " or ".join(one for one, form in ENDINGS.items() if form is found)
        raise DocumentError(
            f"The file is called `{ending}` but holds {found.upper()}." if ending else "The file has no ending.",
            remedy=f"If you know where it comes from, give it the ending {endings}.",
        )
    return found


def _sniffed(data: bytes) -> Format | None:
    if b"%PDF-" in data[:1024]:
        return Format.PDF
    if data.startswith(b"PK\x03\x04"):
        # ODF keeps its media type first and uncompressed; in OOXML the content types come first, compressed.
        if b"application/vnd.oasis.opendocument.text" in data[:200]:
            return Format.ODT
        return Format.DOCX if b"word/" in data else None
    beginning = data[:_BEGINNING].replace(b"\0", b"")  # UTF-16
    return Format.HTML if _HTML.search(beginning) else None
