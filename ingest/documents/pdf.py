"""Read the text layer of a PDF with pdfplumber as a page of HTML with headings, paragraphs, lists and tables.

Letters, their places and ruled tables are read in a process of its own, within memory and time. Pictures, scripts,
forms and attached files are not opened. Recognises no letters in pictures: a scan without text is refused.

A PDF says where letters stand, not what they are for: what is larger than most of the text, or bold on a line of its
own, counts as a heading. Running titles are kept once and page numbers left out.
"""

import multiprocessing
import os
import re
import resource
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from html import escape
from itertools import groupby
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
from kb.errors import DocumentError

SECONDS_A_PAGE: Final = 30
MAX_PAGES: Final = 1_000
_MEMORY: Final = 2_000_000_000
_EDGE: Final = 0.08
"""The part of a page's height, above and below, where running titles stand."""
_BOLD: Final = re.compile("bold|black|heavy", re.IGNORECASE)
_LARGER: Final = 1.12
_HEADING_WORDS: Final = 25
_RUNNING_PAGES: Final = 3
_BULLET: Final = re.compile(r"^(?:\(cid:\d+\)|[•▪◦●○■□‣⁃➢✓\uf0b7\uf0a7]|[-–—](?=\s))\s*")
_NUMBERED: Final = re.compile(r"^(?:\d{1,2}[.)]|[a-z]\))\s+\S")
_NUMBER_OF_PAGE: Final = re.compile(
    r"\W*(?:page|pagina|blz\.?|p\.)?\W*#\W*(?:(?:/|of|sur|van|de)\W*#)?\W*", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W\d_]{2}")
_UNKNOWN_LETTER: Final = re.compile(r"\(cid:\d+\)")


@dataclass(frozen=True)
class _Line:
    """A line of text. size: of its letters, in points; edge: whether it stands at the top or foot of its page."""

    text: str
    size: float
    bold: bool
    edge: bool

    @property
    def shape(self) -> str:
        """The line with its numbers as `#`."""
        return re.sub(r"\d+", "#", self.text)


class _Table(tuple[tuple[str, ...], ...]):
    """The texts of cells, row by row."""


_Page = Sequence[list[_Line] | _Table]
"""Parts of a page, in reading order: lines that stand together, and tables."""


def read(path: Path, step: Callable[[int, int], None]) -> tuple[str, Stated, tuple[str, ...]]:
    """Return the text as HTML, what the file states of itself, and remarks on pages that have no text.

    step: called with the pages done and all pages. Raises DocumentError.
    """
    pages: list[_Page] = []
    with closing(_received(path)) as received:
        stated, total = next(received)
        if total > MAX_PAGES:
            message = f"The file has {total:,} pages; at most {MAX_PAGES:,} are read."
            raise DocumentError(message, remedy=ONLY_A_PART)
        for page in received:
            pages.append(page)
            step(len(pages), total)
    counted = [_letters(page) for page in pages]
    known, unknown = sum(on_page for on_page, _ in counted), sum(on_page for _, on_page in counted)
    remedy = "Run text recognition (OCR) first, for instance `{}`, and import its result."
    if not known and not unknown:
        message = "The file has no text layer: its pages are pictures, as scanners make them."
        raise DocumentError(message, remedy=remedy.format("ocrmypdf"))
    if unknown > known / 10:
        message = "The fonts in the file do not say which letters they show."
        raise DocumentError(message, remedy=remedy.format("ocrmypdf --force-ocr"))
    empty = [str(number) for number, (on_page, _) in enumerate(counted, 1) if not on_page]
    remarks = (f"No text on page {', '.join(empty)}: pictures were not read.",) if empty else ()
    return _as_html(pages), stated, remarks


def _letters(page: _Page) -> tuple[int, int]:
    """Return how many letters are known, and of how many the file does not say which they are."""
    rows = (row for box in page for row in box)
    text = "\n".join(row.text if isinstance(row, _Line) else "\n".join(row) for row in rows)
    known, unknown = _UNKNOWN_LETTER.subn("", text)
    return sum(map(str.isalpha, known)), unknown


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
            if isinstance(received, DocumentError):
                raise received
            yield received
        message = f"A page of the file takes longer than {SECONDS_A_PAGE} seconds to read."
        raise DocumentError(message, remedy=ONLY_A_PART)
    except (EOFError, OSError) as error:  # it ended before it was done
        raise damaged(Format.PDF) from error
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
        to.send(locked() if isinstance(error.args[0], PDFPasswordIncorrect) else damaged(Format.PDF))
        return
    if not file.doc.is_extractable:
        message = "Its publisher does not allow text to be copied from the file."
        to.send(DocumentError(message, remedy="Ask for a copy."))
        return
    text = {name: " ".join(value.split()) for name, value in file.metadata.items() if isinstance(value, str)}
    created, changed = (day(text.get(name, "")) for name in ("CreationDate", "ModDate"))
    stated = Stated(text.get("Title", ""), text.get("Author", ""), created=created, changed=changed)
    to.send((stated, len(file.pages)))
    for page in file.pages:
        to.send(_page(page))
        page.close()
    to.send(None)


def _page(page: PdfPage) -> _Page:
    """Return the boxes of a page, with a ruled table in place of the lines that it has."""
    boxes = [[line for line in box if line.get_text().strip()] for box in _boxes(page.layout)]
    height = float(page.height)
    tables: list[_Table] = []
    table_of: dict[int, int] = {}
    for table in page.find_tables():
        if len(table.rows) > 1 < len(table.columns):
            lines = [line for box in boxes for line in box if _within(line, table.bbox, height)]
            rows = [[cell or "" for cell in row] for row in table.extract()]
            # Where a table does not have all signs of the lines that it stands for, the lines are kept.
            if _signs(line.get_text() for line in lines) == _signs(cell for row in rows for cell in row):
                table_of |= dict.fromkeys(map(id, lines), len(tables))
                tables.append(_Table(tuple(" ".join(cell.split()) for cell in row) for row in rows))
    found: list[list[_Line] | _Table] = []
    for box in boxes:
        for number, together in groupby(box, lambda line: table_of.get(id(line))):
            if number is None:
                found.append([_line(line, height) for line in together])
            elif not any(tables[number] is placed for placed in found):
                found.append(tables[number])
    return found


def _boxes(container: Iterable[Any]) -> Iterator[list[LTTextLine]]:
    """Yield lines that stand together, also in what is drawn as a figure."""
    for item in container:
        if isinstance(item, LTTextBox):
            yield [line for line in item if isinstance(line, LTTextLine)]
        elif isinstance(item, LTTextLine):
            yield [item]
        elif isinstance(item, LTFigure):
            yield from _boxes(item)


def _line(line: LTTextLine, height: float) -> _Line:
    signs = [sign for sign in line if isinstance(sign, LTChar)]
    known = [sign for sign in signs if sign.get_text().strip()] or signs
    size = round(2 * median(sign.size for sign in known)) / 2 if known else 0.0
    bold = bool(known) and all(_BOLD.search(sign.fontname) for sign in known)
    middle = (line.y0 + line.y1) / 2
    return _Line(" ".join(line.get_text().split()), size, bold, not _EDGE * height < middle < (1 - _EDGE) * height)


def _within(line: LTTextLine, bbox: tuple[float, float, float, float], height: float) -> bool:
    """Return whether the middle of a line lies in a table. bbox: left, top, right, bottom, from the top of the page."""
    across, down = (line.x0 + line.x1) / 2, height - (line.y0 + line.y1) / 2
    return bbox[0] <= across <= bbox[2] and bbox[1] <= down <= bbox[3]


def _signs(texts: Iterable[str]) -> Counter[str]:
    return Counter(sign for text in texts for sign in text if not sign.isspace())


def _as_html(pages: Sequence[_Page]) -> str:
    found: list[tuple[str, str]] = []
    text = _Text(pages)
    for box in (box for page in pages for box in page):
        if isinstance(box, _Table):
            rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in box)
            found.append(("table", "".join(f"<tr>{row}</tr>" for row in rows)))
            continue
        for tag, words in text.paragraphs(box):
            # A paragraph may be the rest of the one before it, in another box or on another page.
            before, begun = found[-1] if found else ("", "")
            if tag == "p" and before in ("p", "li") and words[0].islower() and begun[-1] not in ".!?:;":
                found[-1] = (before, text.joined(begun, words))
            else:
                found.append((tag, words))
    parts = (f"<{tag}>{words if tag == 'table' else escape(words)}</{tag}>" for tag, words in found)
    return re.sub(r"(?:<li>.*?</li>)+", r"<ul>\g<0></ul>", "".join(parts), flags=re.DOTALL)


class _Text:
    """What all lines together show of each: which are larger, which recur, which words have a hyphen."""

    def __init__(self, pages: Sequence[_Page]) -> None:
        lines_of = [[line for box in page for line in box if isinstance(line, _Line)] for page in pages]
        lines = [line for on_page in lines_of for line in on_page]
        sizes = Counter(line.size for line in lines for _ in line.text)
        self._most = sizes.most_common(1)[0][0] if sizes else 0.0
        self._bold_counts = sum(len(line.text) for line in lines if line.bold) < sizes.total() / 3
        larger = {line.size for line in lines if line.size > self._most * _LARGER and _WORD.search(line.text)}
        self._larger = sorted(larger, reverse=True)
        self._hyphened = {word.casefold() for line in lines for word in re.findall(r"\w+-\w+", line.text)}
        edges = ({line.shape for line in on_page if line.edge} for on_page in lines_of)
        counted = Counter(shape for shapes in edges for shape in shapes)
        self._running = {shape for shape, count in counted.items() if count >= _RUNNING_PAGES}
        self._written: set[str] = set()
        self._several = len(pages) > 1

    def paragraphs(self, lines: Iterable[_Line]) -> Iterator[tuple[str, str]]:
        """Yield tag and text of each paragraph, heading or list item in a box."""
        tag, words = "", ""
        for line in lines:
            if line.edge and self._passed_over(line.shape):
                continue
            found = self._tag(line)
            text = _UNKNOWN_LETTER.sub("\ufffd", _BULLET.sub("", line.text) if found == "li" else line.text)
            goes_on = found == tag != "li" or (tag == "li" and found == "p")
            if goes_on and not (_NUMBERED.match(text) or (tag[0] == "h" and len(words.split()) > _HEADING_WORDS)):
                words = self.joined(words, text)
                continue
            if words:
                yield tag, words
            tag, words = found, text
        if words:
            yield tag, words

    def _tag(self, line: _Line) -> str:
        if _BULLET.match(line.text):
            return "li"
        if line.size in self._larger:
            return f"h{min(self._larger.index(line.size) + 1, 5)}"
        apart = self._bold_counts and line.bold and line.size >= self._most
        if apart and not line.text.endswith((".", ";", ",", ":")) and _WORD.search(line.text):
            return f"h{min(len(self._larger) + 1, 6)}"
        return "p"

    def _passed_over(self, shape: str) -> bool:
        """Return whether a line is the number of its page, or a running title that was written already."""
        if self._several and _NUMBER_OF_PAGE.fullmatch(shape):
            return True
        written = shape in self._written
        self._written |= {shape} & self._running
        return written

    def joined(self, before: str, after: str) -> str:
        """Return two lines as one, with a word that was cut at the end of the first whole again."""
        cut = re.search(r"(\w+)-$", before)
        rest = re.match(r"[^\W\d_]+", after)
        if not cut or not rest or not rest[0][0].islower():
            return f"{before} {after}"
        return before + after if f"{cut[1]}-{rest[0]}".casefold() in self._hyphened else before[:-1] + after
