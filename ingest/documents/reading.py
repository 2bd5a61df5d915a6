"""Read a file of somebody else as a document: the only way into the formats. Writes, fetches and runs nothing."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ingest.documents import archive, converter, page, pdf
from ingest.documents.document import ONLY_A_PART, Document, Format, Node
from kb.errors import DocumentError

MAX_BYTES: Final = 100_000_000
_LIFTED: Final = ("subtitle", "author", "date", "abstract")
"""Styles of a DOCX file whose text pandoc takes out."""
_ENDINGS: Final = {
    Format.PDF: (".pdf",),
    Format.DOCX: (".docx", ".docm"),
    Format.ODT: (".odt",),
    Format.HTML: (".html", ".htm", ".xhtml"),
}
_KNOWN: Final = "PDF, DOCX, ODT or HTML"
_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|main|article|div|h[1-6]|p)\b", re.IGNORECASE)
_BEGINNING: Final = 4096
_PICTURE: Final = ("a picture", "Run text recognition (OCR) first and save its result as PDF.")
_OTHERS: Final = {
    b"\xd0\xcf\x11\xe0": ("an old Office file, or one with a password", "Save it as DOCX without a password."),
    b"{\\rtf": ("an RTF file", "Save it as DOCX or ODT."),
    b"\x89PNG": _PICTURE,
    b"\xff\xd8\xff": _PICTURE,
}
"""How files of other formats begin -> what they are, and what to do."""


def read_document(path: Path, step: Callable[[int, int], None]) -> Document:
    """Read a PDF, DOCX, ODT or HTML file.

    step: called with how much is done, and of how much. Raises DocumentError, which says why and what to do.
    """
    data = _bytes(path)
    form = _format(data, path.suffix.lower())
    remarks: tuple[str, ...] = ()
    if form is Format.PDF:
        text, stated, remarks = pdf.read(path, step)
        found = converter.read(text.encode("utf-8", "replace"), Format.HTML)
    else:
        step(0, 1)
        if form is Format.HTML:
            text = page.page_text(data)
            stated = page.stated_by(text)
            data = text.encode("utf-8", "replace")
        else:
            data, stated = archive.repacked(data, form)
        found = converter.read(data, form)
        step(1, 1)
    meta = found["meta"] if form is Format.DOCX else {}
    return Document(
        name=path.stem,
        stated=stated,
        titled=meta.get("title", {}).get("c", ()),
        form=found["pandoc-api-version"],
        blocks=[*(block for name in _LIFTED for block in _blocks(meta.get(name))), *found["blocks"]],
        remarks=remarks,
    )


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise DocumentError("It is not a file." if path.exists() else "There is no such file.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = f"The file has {size:,} bytes; at most {MAX_BYTES:,} are read."
            raise DocumentError(message, remedy=ONLY_A_PART)
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"The file cannot be read: {error.strerror or error}.") from error


def _format(data: bytes, ending: str) -> Format:
    """Return the format of a file by what it holds.

    ending: of its name, in small letters, with the dot
    Raises DocumentError for an empty file, another format, or a name that does not agree with the content.
    """
    if not data.strip(b"\0 \t\r\n"):
        raise DocumentError("The file is empty.", remedy="Was it copied in full?")
    for beginning, (what, remedy) in _OTHERS.items():
        if data.startswith(beginning):
            raise DocumentError(f"This is {what}, which cannot be read.", remedy=remedy)
    found = _sniffed(data)
    named = next((form for form, endings in _ENDINGS.items() if ending in endings), None)
    if found is None:
        what = f"is called `{ending}` but holds no {named.upper()}" if named else f"is no {_KNOWN}"
        raise DocumentError(f"The file {what}.", remedy=f"Open it where it was made and save it as {_KNOWN}.")
    if found is not named:
        raise DocumentError(
            f"The file is called `{ending}` but holds {found.upper()}." if ending else "The file has no ending.",
            remedy=f"If you know where it comes from, give it the ending {' or '.join(_ENDINGS[found])}.",
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


def _blocks(value: Any) -> list[Node]:
    """Return a value of pandoc's metadata as blocks."""
    kind = value and value["t"]
    if kind == "MetaInlines":
        return [{"t": "Para", "c": value["c"]}]
    if kind == "MetaList":
        return [block for inner in value["c"] for block in _blocks(inner)]
    return list(value["c"]) if kind == "MetaBlocks" else []
