"""Lines of a PDF with their sizes -> a page of HTML with headings, paragraphs, lists and tables.

A PDF says where letters stand and not what they are: what is larger than most of the text, or bold on a line of its
own, is taken for a heading. Running titles are kept once and page numbers left out.
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


def letters(pages: Iterable[Page]) -> int:
    """How many letters there are that can be told."""
    return sum(map(str.isalpha, _UNKNOWN_LETTER.sub("", _all(pages))))


def unknown_letters(pages: Iterable[Page]) -> int:
    """How many letters there are of which the file does not say which they are."""
    return len(_UNKNOWN_LETTER.findall(_all(pages)))


def _all(pages: Iterable[Page]) -> str:
    return "\n".join(
        one.text if isinstance(one, Line) else "\n".join(one) for page in pages for box in page.boxes for one in box
    )


def as_html(pages: Sequence[Page]) -> str:
    """The text of all pages as one page of HTML."""
    told: list[tuple[str, str]] = []
    text = _Text(pages)
    for page in pages:
        for box in page.boxes:
            if isinstance(box[0], Line):
                for tag, words in text.paragraphs([one for one in box if isinstance(one, Line)]):
                    if tag == "p" and told and _goes_on(*told[-1], words):
                        told[-1] = (told[-1][0], text.joined(told[-1][1], words))
                    else:
                        told.append((tag, words))
            else:
                told.append(("table", _rows([row for row in box if not isinstance(row, Line)])))
    parts = (words if tag == "table" else f"<{tag}>{escape(words)}</{tag}>" for tag, words in told)
    return re.sub(r"(?:<li>.*?</li>)+", r"<ul>\g<0></ul>", "".join(parts), flags=re.DOTALL)


class _Text:
    """What is told of lines by all the others: which are larger, which recur, which words have a hyphen."""

    def __init__(self, pages: Sequence[Page]) -> None:
        lines = [one for page in pages for box in page.boxes for one in box if isinstance(one, Line)]
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[line.size] += len(line.text)
        self._usual = sizes.most_common(1)[0][0] if sizes else 0.0
        bold = sum(len(line.text) for line in lines if line.bold)
        self._bold_tells = bold < sizes.total() / 3
        larger = {line.size for line in lines if line.size > self._usual * _LARGER and _WORD.search(line.text)}
        self._larger = sorted(larger, reverse=True)
        self._hyphened = {word.casefold() for line in lines for word in re.findall(r"\w+-\w+", line.text)}
        counted = Counter(shape for page in pages for shape in _at_edges(page))
        self._running = {shape for shape, count in counted.items() if count >= _RUNNING_PAGES}
        self._told: set[str] = set()
        self._several = len(pages) > 1

    def paragraphs(self, lines: Sequence[Line]) -> Iterator[tuple[str, str]]:
        """Tag and text of each paragraph, heading or list item in a box."""
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
        apart = (
            self._bold_tells and line.bold and line.size >= self._usual and not line.text.endswith((".", ";", ",", ":"))
        )
        return f"h{min(len(self._larger) + 1, 6)}" if apart and _WORD.search(line.text) else "p"

    def _passed_over(self, line: Line) -> bool:
        """Whether a line is the number of its page, or a running title that was told already."""
        if not line.edge:
            return False
        shape = _shape(line)
        if self._several and _NUMBER_OF_PAGE.fullmatch(shape):
            return True
        told = shape in self._told
        self._told |= {shape} & self._running
        return told

    def joined(self, before: str, after: str) -> str:
        """Two lines as one: a word that was cut at the end of the first is whole again."""
        cut = re.search(r"(\w+)-$", before)
        rest = re.match(r"[^\W\d_]+", after)
        if not cut or not rest or not rest[0][0].islower():
            return f"{before} {after}"
        return before + after if f"{cut[1]}-{rest[0]}".casefold() in self._hyphened else before[:-1] + after


def _goes_on(tag: str, before: str, after: str) -> bool:
    """Whether a paragraph is the rest of the one before it, in another box or on another page."""
    return tag in ("p", "li") and after[0].islower() and before[-1] not in ".!?:;"


def _at_edges(page: Page) -> set[str]:
    return {_shape(one) for box in page.boxes for one in box if isinstance(one, Line) and one.edge}


def _shape(line: Line) -> str:
    """A line with its numbers as `#`."""
    return re.sub(r"\d+", "#", line.text)


def _rows(rows: Rows) -> str:
    cells = ("".join(f"<td>{escape(one)}</td>" for one in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
