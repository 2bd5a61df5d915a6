"""Turn the lines of a PDF with their sizes into a page of HTML with headings, paragraphs, lists and tables.

A PDF says where letters stand, not what they are for: what is larger than most of the text, or bold on a line of its
own, counts as a heading. Running titles are kept once and page numbers left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

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
class Line:
    """A line of text. size: of its letters, in points; edge: whether it stands at the top or foot of its page."""

    text: str
    size: float
    bold: bool
    edge: bool


Box = Sequence[Line]
"""Lines that stand together."""
Rows = Sequence[Sequence[str]]
"""A table: texts of cells, row by row."""


@dataclass(frozen=True)
class Page:
    """What stands on a page, in reading order."""

    boxes: Sequence[Box | Rows]

    def lines(self) -> Iterator[Line]:
        """Yield its lines outside of tables."""
        return (line for box in self.boxes for line in box if isinstance(line, Line))


def letters(pages: Iterable[Page]) -> int:
    """Return how many letters are known."""
    return sum(map(str.isalpha, _UNKNOWN_LETTER.sub("", _all(pages))))


def unknown_letters(pages: Iterable[Page]) -> int:
    """Return how many letters there are of which the file does not say which they are."""
    return len(_UNKNOWN_LETTER.findall(_all(pages)))


def _all(pages: Iterable[Page]) -> str:
    rows = (row for page in pages for box in page.boxes for row in box)
    return "\n".join(row.text if isinstance(row, Line) else "\n".join(row) for row in rows)


def as_html(pages: Sequence[Page]) -> str:
    """Return the text of all pages as one page of HTML."""
    found: list[tuple[str, str]] = []
    text = _Text(pages)
    for box in (box for page in pages for box in page.boxes):
        if not isinstance(box[0], Line):
            found.append(("table", _rows([row for row in box if not isinstance(row, Line)])))
            continue
        for tag, words in text.paragraphs([line for line in box if isinstance(line, Line)]):
            if tag == "p" and found and _goes_on(*found[-1], words):
                found[-1] = (found[-1][0], text.joined(found[-1][1], words))
            else:
                found.append((tag, words))
    parts = (words if tag == "table" else f"<{tag}>{escape(words)}</{tag}>" for tag, words in found)
    return re.sub(r"(?:<li>.*?</li>)+", r"<ul>\g<0></ul>", "".join(parts), flags=re.DOTALL)


class _Text:
    """What all lines together show of each: which are larger, which recur, which words have a hyphen."""

    def __init__(self, pages: Sequence[Page]) -> None:
        lines = [line for page in pages for line in page.lines()]
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[line.size] += len(line.text)
        self._most = sizes.most_common(1)[0][0] if sizes else 0.0
        bold = sum(len(line.text) for line in lines if line.bold)
        self._bold_counts = bold < sizes.total() / 3
        larger = {line.size for line in lines if line.size > self._most * _LARGER and _WORD.search(line.text)}
        self._larger = sorted(larger, reverse=True)
        self._hyphened = {word.casefold() for line in lines for word in re.findall(r"\w+-\w+", line.text)}
        edges = ({_shape(line) for line in page.lines() if line.edge} for page in pages)
        counted = Counter(shape for shapes in edges for shape in shapes)
        self._running = {shape for shape, count in counted.items() if count >= _RUNNING_PAGES}
        self._written: set[str] = set()
        self._several = len(pages) > 1

    def paragraphs(self, lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
        """Yield tag and text of each paragraph, heading or list item in a box."""
        tag, words = "", ""
        for line in lines:
            if self._passed_over(line):
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

    def _tag(self, line: Line) -> str:
        if _BULLET.match(line.text):
            return "li"
        if line.size in self._larger:
            return f"h{min(self._larger.index(line.size) + 1, 5)}"
        apart = self._bold_counts and line.bold and line.size >= self._most
        if apart and not line.text.endswith((".", ";", ",", ":")) and _WORD.search(line.text):
            return f"h{min(len(self._larger) + 1, 6)}"
        return "p"

    def _passed_over(self, line: Line) -> bool:
        """Return whether a line is the number of its page, or a running title that was written already."""
        if not line.edge:
            return False
        shape = _shape(line)
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


def _goes_on(tag: str, before: str, after: str) -> bool:
    """Return whether a paragraph is the rest of the one before it, in another box or on another page."""
    return tag in ("p", "li") and after[0].islower() and before[-1] not in ".!?:;"


def _shape(line: Line) -> str:
    """Return a line with its numbers as `#`."""
    return re.sub(r"\d+", "#", line.text)


def _rows(rows: Rows) -> str:
    lines = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"
