"""A file of somebody else as a document: the one door to the formats. Writes nothing, fetches nothing, runs nothing."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from ingest.documents import archive, converter, page, pdf
from ingest.documents.document import Document, Node
from ingest.documents.formats import Format, format_of
from kb.errors import DocumentError

MAX_BYTES: Final = 100_000_000
_LIFTED: Final = ("subtitle", "author", "date", "abstract")
"""What pandoc takes out of the text of a DOCX file, by its style."""


def read_document(path: Path, step: Callable[[int, int], None]) -> Document:
    """Read a PDF, DOCX, ODT or HTML file.

    step: is told how much is done, and of how much. Raises DocumentError, which says why and what to do.
    """
    data = _bytes(path)
    form = format_of(data, path.suffix.lower())
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
        blocks=found["blocks"],
        above=tuple(block for name in _LIFTED for block in _blocks(meta.get(name))),
        remarks=remarks,
    )


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            reason = "It is not a file." if path.exists() else "There is no such file."
            raise DocumentError(reason)
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(
                f"The file has {size:,} bytes; at most {MAX_BYTES:,} are read.",
                remedy="Take over the part that the note is about into a file of its own.",
            )
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(f"The file cannot be read: {error.strerror or error}.") from error


def _blocks(value: Mapping[str, Any] | None) -> list[Node]:
    """A value of pandoc's metadata as blocks."""
    if value is None:
        return []
    if value["t"] == "MetaInlines":
        return [{"t": "Para", "c": value["c"]}]
    if value["t"] == "MetaList":
        return [block for one in value["c"] for block in _blocks(one)]
    return list(value["c"]) if value["t"] == "MetaBlocks" else []
