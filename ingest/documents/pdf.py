"""Read the text layer of a PDF with pdfplumber, in a process of its own, within memory and time.

Reads letters, their places and ruled tables. Pictures, scripts, forms and attached files are not opened. Recognises no
letters in pictures: a scan without text is refused.
"""

import multiprocessing
import os
import re
import resource
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, Final

import pdfplumber
from pdfminer.layout import LTChar, LTFigure, LTTextBox, LTTextLine
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.page import Page as PdfPage
from pdfplumber.utils.exceptions import PdfminerException

from ingest.documents.document import ONLY_A_PART, Format, Stated, damaged, day, locked
from ingest.documents.pdf_layout import Box, Line, Page, Rows, as_html, letters, unknown_letters
from kb.errors import DocumentError

SECONDS_A_PAGE: Final = 30
MAX_PAGES: Final = 1_000
_MEMORY: Final = 2_000_000_000
_EDGE: Final = 0.08
"""The part of a page's height, above and below, where running titles stand."""
_BOLD: Final = re.compile("bold|black|heavy", re.IGNORECASE)
_LOCKED: Final = "locked"
_NOT_TO_COPY: Final = "not to copy"


def read(path: Path, step: Callable[[int, int], None]) -> tuple[str, Stated, tuple[str, ...]]:
    """Return the text as HTML, what the file states of itself, and remarks on pages that have no text.

    step: called with the pages done and all pages. Raises DocumentError.
    """
    pages: list[Page] = []
    with closing(_received(path)) as received:
        stated, total = next(received)
        if total > MAX_PAGES:
            message = f"The file has {total:,} pages; at most {MAX_PAGES:,} are read."
            raise DocumentError(message, remedy=ONLY_A_PART)
        for page in received:
            pages.append(page)
            step(len(pages), total)
    known, unknown = letters(pages), unknown_letters(pages)
    if not known and not unknown:
        raise DocumentError(
            "The file has no text layer: its pages are pictures, as scanners make them.",
            remedy="Run text recognition (OCR) first, for instance `ocrmypdf`, and import its result.",
        )
    if unknown > known / 10:
        raise DocumentError(
            "The fonts in the file do not say which letters they show.",
            remedy="Run text recognition (OCR) first, for instance `ocrmypdf --force-ocr`, and import its result.",
        )
    empty = [str(number) for number, page in enumerate(pages, 1) if not letters([page])]
    remarks = (f"No text on page {', '.join(empty)}: pictures were not read.",) if empty else ()
    return as_html(pages), stated, remarks


def _refused(reason: str) -> DocumentError:
    if reason == _LOCKED:
        return locked()
    if reason == _NOT_TO_COPY:
        return DocumentError("Its publisher does not allow text to be copied from the file.", remedy="Ask for a copy.")
    return damaged(Format.PDF)


def _received(path: Path) -> Generator[Any, None, None]:
    """Yield what the other process sends: what is stated and the number of pages, then pages. Raises DocumentError."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(theirs, str(path)), daemon=True)
    child.start()
    theirs.close()
    try:
        while ours.poll(SECONDS_A_PAGE):
            received = ours.recv()
            if received is None:
                return
            if isinstance(received, str):
                raise _refused(received)
            yield received
        message = f"A page of the file takes longer than {SECONDS_A_PAGE} seconds to read."
        raise DocumentError(message, remedy=ONLY_A_PART)
    except (EOFError, OSError) as error:  # it ended before it was done
        raise _refused("") from error
    finally:
        child.kill()
        child.join()
        ours.close()


def _send(to: Connection, path: str) -> None:
    """Read a file in a process of its own, which may end at any point: that means that the file is damaged."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # warnings of the library, and tracebacks
    try:
        file = pdfplumber.open(path, laparams={"all_texts": True})
    except PdfminerException as error:
        to.send(_LOCKED if isinstance(error.args[0], PDFPasswordIncorrect) else "")
        return
    if not file.doc.is_extractable:
        to.send(_NOT_TO_COPY)
        return
    to.send((_stated(file.metadata), len(file.pages)))
    for page in file.pages:
        to.send(_page(page))
        page.close()
    to.send(None)


def _stated(metadata: Mapping[str, Any]) -> Stated:
    text = {name: " ".join(value.split()) for name, value in metadata.items() if isinstance(value, str)}
    created, changed = (day(text.get(name, "")) for name in ("CreationDate", "ModDate"))
    return Stated(text.get("Title", ""), text.get("Author", ""), created=created, changed=changed)


def _page(page: PdfPage) -> Page:
    """Return the boxes of a page, with a ruled table in place of the lines that it holds."""
    boxes = [[line for line in box if line.get_text().strip()] for box in _boxes(page.layout)]
    height = float(page.height)
    table_of: dict[int, Rows] = {}
    for table in page.find_tables():
        if len(table.rows) > 1 < len(table.columns):
            lines = [line for box in boxes for line in box if _within(line, table.bbox, height)]
            rows = table.extract()
            if _same(lines, rows):
                cells = tuple(tuple(" ".join((cell or "").split()) for cell in row) for row in rows)
                table_of |= dict.fromkeys(map(id, lines), cells)
    found: list[Box | Rows] = []
    for box in boxes:
        lines_so_far: list[Line] = []
        for line in box:
            rows_here = table_of.get(id(line))
            if rows_here is None:
                lines_so_far.append(_line(line, height))
            elif not any(rows_here is placed for placed in found):
                found += [tuple(lines_so_far)] if lines_so_far else []
                found.append(rows_here)
                lines_so_far = []
        found += [tuple(lines_so_far)] if lines_so_far else []
    return Page(tuple(found))


def _boxes(container: Iterable[Any]) -> Iterator[list[LTTextLine]]:
    """Yield lines that stand together, also in what is drawn as a figure."""
    for item in container:
        if isinstance(item, LTTextBox):
            yield [line for line in item if isinstance(line, LTTextLine)]
        elif isinstance(item, LTTextLine):
            yield [item]
        elif isinstance(item, LTFigure):
            yield from _boxes(item)


def _line(line: LTTextLine, height: float) -> Line:
    signs = [sign for sign in line if isinstance(sign, LTChar)]
    known = [sign for sign in signs if sign.get_text().strip()] or signs
    size = round(2 * median(sign.size for sign in known)) / 2 if known else 0.0
    bold = bool(known) and all(_BOLD.search(sign.fontname) for sign in known)
    middle = (line.y0 + line.y1) / 2
    return Line(" ".join(line.get_text().split()), size, bold, not _EDGE * height < middle < (1 - _EDGE) * height)


def _within(line: LTTextLine, bbox: tuple[float, float, float, float], height: float) -> bool:
    """Return whether the middle of a line lies in a table. bbox: left, top, right, bottom, from the top of the page."""
    across, down = (line.x0 + line.x1) / 2, height - (line.y0 + line.y1) / 2
    return bbox[0] <= across <= bbox[2] and bbox[1] <= down <= bbox[3]


def _same(lines: Sequence[LTTextLine], rows: Sequence[Sequence[str | None]]) -> bool:
    """Return whether a table holds all signs of the lines that it stands for; where it does not, the lines are kept."""
    signs = Counter(sign for line in lines for sign in line.get_text() if not sign.isspace())
    return signs == Counter(sign for row in rows for cell in row for sign in cell or "" if not sign.isspace())
