"""The text layer of a PDF, read by pdfplumber in a process of its own, within memory and time.

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

from ingest.documents.document import Stated, day
from ingest.documents.pdf_layout import Line, Page, as_html, letters, unknown_letters
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
    """The text as HTML, what the file states of itself, and remarks on pages that have no text.

    step: is told the pages done and all pages. Raises DocumentError.
    """
    pages: list[Page] = []
    with closing(_told(path)) as told:
        stated, total = next(told)
        if total > MAX_PAGES:
            raise DocumentError(
                f"The file has {total:,} pages; at most {MAX_PAGES:,} are read.",
                remedy="Take over the pages that the note is about into a file of their own.",
            )
        for page in told:
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
        return DocumentError("The file has a password.", remedy="Save it without one.")
    if reason == _NOT_TO_COPY:
        return DocumentError("Its publisher does not allow text to be copied from the file.", remedy="Ask for a copy.")
    return DocumentError(
        "The PDF file is damaged, or too large.", remedy="Open it where it was made and save it again."
    )


def _told(path: Path) -> Generator[Any, None, None]:
    """What the other process tells: what is stated and the number of pages, then pages. Raises DocumentError."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_tell, args=(theirs, str(path)), daemon=True)
    child.start()
    theirs.close()
    try:
        while ours.poll(SECONDS_A_PAGE):
            told = ours.recv()
            if told is None:
                return
            if isinstance(told, str):
                raise _refused(told)
            yield told
        raise DocumentError(
            f"A page of the file takes longer than {SECONDS_A_PAGE} seconds to read.",
            remedy="Take over the pages that the note is about into a file of their own.",
        )
    except (EOFError, OSError) as error:  # it ended before it was done
        raise _refused("") from error
    finally:
        child.kill()
        child.join()
        ours.close()


def _tell(told: Connection, path: str) -> None:
    """Runs in a process of its own, which may end at any point: that says that the file is damaged."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # warnings of the library, and tracebacks
    try:
        file = pdfplumber.open(path, laparams={"all_texts": True})
    except PdfminerException as error:
        told.send(_LOCKED if isinstance(error.args[0], PDFPasswordIncorrect) else "")
        return
    if not file.doc.is_extractable:
        told.send(_NOT_TO_COPY)
        return
    told.send((_stated(file.metadata), len(file.pages)))
    for page in file.pages:
        told.send(_page(page))
        page.close()
    told.send(None)


def _stated(metadata: Mapping[str, Any]) -> Stated:
    text = {name: " ".join(value.split()) for name, value in metadata.items() if isinstance(value, str)}
    return Stated(
        title=text.get("Title", ""), author=text.get("Author", ""),
        created=day(text.get("CreationDate", "")), changed=day(text.get("ModDate", "")),
    )  # fmt: skip


def _page(page: PdfPage) -> Page:
    """The boxes of a page, with a ruled table in place of the lines that it holds."""
    boxes = [[one for one in box if one.get_text().strip()] for box in _boxes(page.layout)]
    height = float(page.height)
    tables = [(table.bbox, table.extract()) for table in page.find_tables() if len(table.rows) > 1 < len(table.columns)]
    found: list[Any] = []
    placed: set[int] = set()
    held = {
        number: [line for box in boxes for line in box if _within(line, bbox, height)]
        for number, (bbox, _) in enumerate(tables)
    }
    of = {id(line): number for number, lines in held.items() if _same(lines, tables[number][1]) for line in lines}
    for box in boxes:
        lines = []
        for line in box:
            number = of.get(id(line))
            if number is None:
                lines.append(_line(line, height))
            elif number not in placed:
                placed.add(number)
                found += [tuple(lines)] if lines else []
                lines = []
                found.append(tuple(tuple(" ".join((one or "").split()) for one in row) for row in tables[number][1]))
        found += [tuple(lines)] if lines else []
    return Page(tuple(found))


def _boxes(container: Iterable[Any]) -> Iterator[list[LTTextLine]]:
    """Lines that stand together, also in what is drawn as a figure."""
    for one in container:
        if isinstance(one, LTTextBox):
            yield [line for line in one if isinstance(line, LTTextLine)]
        elif isinstance(one, LTTextLine):
            yield [one]
        elif isinstance(one, LTFigure):
            yield from _boxes(one)


def _line(line: LTTextLine, height: float) -> Line:
    signs = [one for one in line if isinstance(one, LTChar)]
    known = [one for one in signs if one.get_text().strip()] or signs
    size = round(2 * median(one.size for one in known)) / 2 if known else 0.0
    bold = bool(known) and all(_BOLD.search(one.fontname) for one in known)
    middle = (line.y0 + line.y1) / 2
    return Line(" ".join(line.get_text().split()), size, bold, not _EDGE * height < middle < (1 - _EDGE) * height)


def _within(line: LTTextLine, bbox: tuple[float, float, float, float], height: float) -> bool:
    """Whether the middle of a line lies in a table. bbox: left, top, right, bottom, from the top of the page."""
    across, down = (line.x0 + line.x1) / 2, height - (line.y0 + line.y1) / 2
    return bbox[0] <= across <= bbox[2] and bbox[1] <= down <= bbox[3]


def _same(lines: Sequence[LTTextLine], rows: Sequence[Sequence[str | None]]) -> bool:
    """Whether a table holds all signs of the lines that it stands for; where it does not, the lines are kept."""
    signs = Counter(sign for line in lines for sign in line.get_text() if not sign.isspace())
    return signs == Counter(sign for row in rows for one in row for sign in one or "" if not sign.isspace())
