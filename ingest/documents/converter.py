"""Run pandoc, which turns documents into blocks and blocks into Markdown, and clean its blocks. Knows no notes.

Pandoc runs in its sandbox, within time and memory: it reads nothing but what it is given and fetches nothing. Clean
blocks are text, headings, lists and simple tables; no pictures, raw markup, or links that run code. Every word stays,
but for raw markup: a picture leaves the words that stand for it, a link that leads nowhere its own words, a table that
Markdown cannot draw the text of its cells.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pypandoc

from ingest.documents.document import ONLY_A_PART, SAVE_AGAIN, Format, Node, too_deep
from kb.errors import DocumentError
from kb.notes.front_matter import WEB_ADDRESS

SECONDS: Final = 60
_MEMORY: Final = "1g"
_HTML: Final = "html-native_spans-raw_html"
_WRITE: Final = "commonmark+pipe_tables+strikeout-raw_html"
_BETWEEN_LISTS: Final = re.compile(r"^ {0,3}&nbsp;\n\n", re.MULTILINE)
"""Pandoc's mark between two lists, which readers take for text."""
MAX_COLUMNS: Final = 40
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Controls, soft hyphens, and what changes the direction of text."""
_SPACES: Final = re.compile(r"\s+")
_PIECES: Final = re.compile(r"(\\|&(?=#?\w+;))")
_BEGINS_A_BLOCK: Final = re.compile(r"([-=+]+)|(\d{1,9})([.)])")
_NO_ATTRIBUTES: Final[Sequence[Any]] = ("", [], [])
_SPACE: Final = {"t": "Space"}
_APART: Final = {"Space", "SoftBreak", "LineBreak", "Para", "Plain", "Header"}
_OURS: Final = "commonmark"
"""The format of raw inlines that are made here; those of documents are left out."""


def read(data: bytes, form: Format) -> dict[str, Any]:
    """Return a document as pandoc's JSON: `{"pandoc-api-version": …, "meta": …, "blocks": …}`.

    data: a DOCX or ODT file, or HTML in UTF-8. Raises DocumentError where pandoc cannot read it.
    """
    done = _run(data, "--from", _HTML if form is Format.HTML else form.value, "--to", "json")
    try:
        found: dict[str, Any] = json.loads(done)
    except (ValueError, RecursionError) as error:
        raise too_deep() from error
    return found


def markdown(blocks: Sequence[Node], form: Sequence[int]) -> str:
    """Return blocks as CommonMark with tables, a line for each paragraph, without raw HTML."""
    document = {"pandoc-api-version": list(form), "meta": {}, "blocks": blocks}
    data = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    written = _run(data, "--from", "json", "--to", _WRITE, "--wrap", "none").decode("utf-8")
    return _BETWEEN_LISTS.sub("", written)


def _run(data: bytes, *options: str) -> bytes:
    quiet = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    try:
        command = [pypandoc.get_pandoc_path(), "+RTS", f"-M{_MEMORY}", "-RTS", "--sandbox", *options]
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, env=quiet, check=False)
    except subprocess.TimeoutExpired as error:
        message = f"The document takes longer than {SECONDS} seconds to read."
        raise DocumentError(message, remedy=ONLY_A_PART) from error
    except OSError as error:
        raise DocumentError("pandoc does not run.", remedy="Install `pypandoc_binary` again.") from error
    if done.returncode:
        raise DocumentError("The document is damaged, or too large.", remedy=SAVE_AGAIN)
    return done.stdout


def cleaned(blocks: Iterable[Node]) -> list[Node]:
    """Return the same text in blocks that Markdown has. Raises DocumentError where they nest too deeply."""
    try:
        return [made for block in blocks for made in _block(block)]
    except RecursionError as error:
        raise too_deep() from error


def words(nodes: Any) -> str:
    """Return the plain text of blocks or inlines, without footnotes, with single spaces."""
    return " ".join("".join(_words(nodes)).split())


def plain_line(of: str) -> str:
    """Return a text in one line, without signs that nobody sees."""
    return " ".join(_UNSEEN.sub("", of).split())


def header(level: int, inlines: Sequence[Node]) -> Node:
    """Return a heading."""
    return {"t": "Header", "c": [level, _NO_ATTRIBUTES, inlines]}


def text(of: str) -> list[Node]:
    """Return a text as inlines."""
    found: list[Node] = []
    for word in of.split():
        found += [_SPACE, {"t": "Str", "c": word}]
    return found[1:]


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        kind = node.get("t")
        content: Any = node.get("c")
        if kind == "Str":
            yield content
        elif kind == "RawInline" and content[0] == _OURS:
            yield content[1][1:]
        elif kind in ("Code", "CodeBlock", "Math"):
            yield content[1]
        elif kind not in ("Note", "RawInline", "RawBlock"):
            yield from _words(content)
            yield " " if kind in _APART else ""
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from _words(inner)


def _block(block: Node) -> Iterator[Node]:
    kind: str = block["t"]
    content: Any = block.get("c")
    if kind in ("Para", "Plain"):
        yield from _filled({"t": kind, "c": [*_apart(_inlines(content))]})
    elif kind == "Header":
        yield from _filled(header(content[0], _one_line(_inlines(content[2]))))
    elif kind == "LineBlock":
        lines = [inline for line in content for inline in (*line, {"t": "LineBreak"})]
        yield from _block({"t": "Para", "c": lines[:-1]})
    elif kind == "CodeBlock":
        yield {"t": kind, "c": [_NO_ATTRIBUTES, _UNSEEN.sub("", content[1])]}
    elif kind == "BlockQuote":
        yield {"t": kind, "c": _without_headers(content)}
    elif kind == "BulletList":
        yield {"t": kind, "c": [_without_headers(item) for item in content]}
    elif kind == "OrderedList":
        yield {"t": kind, "c": [content[0], [_without_headers(item) for item in content[1]]]}
    elif kind == "DefinitionList":
        for term, meanings in content:
            yield {"t": "Para", "c": [{"t": "Strong", "c": _inlines(term)}]}
            yield from cleaned(inner for meaning in meanings for inner in meaning)
    elif kind == "Div":
        yield from cleaned(content[1])
    elif kind == "Figure":
        yield from cleaned((*content[2], *content[1][1]))
    elif kind == "Table":
        yield from _table(content)


def _filled(block: Node) -> Iterator[Node]:
    if words(block) or any(inner["t"] == "Note" for inner in block["c"] if isinstance(inner, Mapping)):
        yield block


def _without_headers(blocks: Iterable[Node]) -> list[Node]:
    """Clean the blocks of a list or quotation, in which a heading is a heading to the eye only."""
    return [
        {"t": "Para", "c": [{"t": "Strong", "c": block["c"][2]}]} if block["t"] == "Header" else block
        for block in cleaned(blocks)
    ]


def _inlines(inlines: Iterable[Node]) -> list[Node]:
    return [made for inline in inlines for made in _inline(inline)]


def _inline(inline: Node) -> Iterator[Node]:
    kind: str = inline["t"]
    content: Any = inline.get("c")
    if kind == "Str":
        yield from _string(content)
    elif kind in ("Space", "SoftBreak", "LineBreak"):
        yield inline
    elif kind in ("Code", "Math"):
        yield {"t": kind, "c": [content[0] if kind == "Math" else _NO_ATTRIBUTES, _UNSEEN.sub("", content[1])]}
    elif kind in ("Emph", "Strong", "Strikeout", "Superscript", "Subscript"):
        yield {"t": kind, "c": _inlines(content)}
    elif kind in ("Underline", "SmallCaps"):
        yield from _inlines(content)
    elif kind == "Quoted":
        marks = ("‘", "’") if content[0]["t"] == "SingleQuote" else ("“", "”")
        yield from ({"t": "Str", "c": marks[0]}, *_inlines(content[1]), {"t": "Str", "c": marks[1]})
    elif kind == "Link" and re.fullmatch(WEB_ADDRESS, content[2][0]):
        inside = _inlines(content[1]) or text(content[2][0])
        yield {"t": kind, "c": [_NO_ATTRIBUTES, inside, [content[2][0], ""]]}
    elif kind in ("Link", "Image", "Span", "Cite"):
        yield from _inlines(content[1])
    elif kind == "Note":
        yield {"t": kind, "c": cleaned(content)}


def _string(string: str) -> Iterator[Node]:
    """Yield a string without unseen signs, and with marks before signs that pandoc's writer leaves unmarked."""
    for place, part in enumerate(_SPACES.split(_UNSEEN.sub("", string))):
        if place:
            yield _SPACE
        for at, piece in enumerate(_PIECES.split(part)):
            if piece:
                yield _marked(piece) if at % 2 else {"t": "Str", "c": piece}


def _apart(inlines: Iterable[Node]) -> Iterator[Node]:
    """Yield inlines of which no line looks like a rule, an underlining or the item of a list."""
    begins = True
    for inline in inlines:
        found = _BEGINS_A_BLOCK.fullmatch(inline["c"]) if begins and inline["t"] == "Str" else None
        if found is None:
            yield inline
        elif found[1]:
            yield from (_marked(found[1][0]), {"t": "Str", "c": found[1][1:]})
        else:
            yield from ({"t": "Str", "c": found[2]}, _marked(found[3]))
        begins = inline["t"] == "LineBreak" or (begins and inline["t"] in ("Space", "SoftBreak"))


def _marked(sign: str) -> Node:
    """Return a sign that stands for nothing but itself."""
    return {"t": "RawInline", "c": [_OURS, f"\\{sign}"]}


def _one_line(inlines: Iterable[Node]) -> list[Node]:
    return [_SPACE if inline["t"] in ("LineBreak", "SoftBreak") else inline for inline in inlines]


def _table(content: Sequence[Any]) -> Iterator[Node]:
    """Yield a table with one line of text in each cell; its blocks where it has one column, or far too many."""
    _, (_, caption), columns, (_, head), bodies, (_, foot) = content
    yield from cleaned(caption)
    rows = [*head, *(row for _, _, heads, body in bodies for row in (*heads, *body)), *foot]
    if len(columns) <= 1 or len(columns) > MAX_COLUMNS:
        yield from cleaned(block for _, cells in rows for cell in cells for block in cell[4])
        return
    grid = [row for row in _grid(rows, len(columns)) if any(map(words, row))]
    if grid:
        align = {"t": "AlignDefault"}
        blocks = ([[{"t": "Plain", "c": inlines}] if inlines else [] for inlines in row] for row in grid)
        first, *rest = ([_NO_ATTRIBUTES, [[_NO_ATTRIBUTES, align, 1, 1, cell] for cell in row]] for row in blocks)
        plain = [[align, {"t": "ColWidthDefault"}]] * len(columns)
        head, bodies = [_NO_ATTRIBUTES, [first]], [[_NO_ATTRIBUTES, 0, [], rest]]
        yield {"t": "Table", "c": [_NO_ATTRIBUTES, [None, []], plain, head, bodies, [_NO_ATTRIBUTES, []]]}


def _grid(rows: Iterable[Any], width: int) -> Iterator[list[list[Node]]]:
    """Yield rows of cells as inlines. A cell that spans several stands in the first of them."""
    below = [0] * width
    for _, cells in rows:
        row: list[list[Node]] = [[] for _ in range(width)]
        at = 0
        for _, _, down, across, blocks in cells:
            while at < width and below[at]:
                at += 1
            if at >= width:
                break
            row[at] = _in_a_line(cleaned(blocks))
            for taken in range(at, min(at + across, width)):
                below[taken] = down
            at += across
        below = [max(0, rows_left - 1) for rows_left in below]
        yield row


def _in_a_line(blocks: Iterable[Node]) -> list[Node]:
    """Return blocks as inlines, parted by spaces; items of lists behind a dot."""
    found: list[Node] = []
    for block in blocks:
        kind, content = block["t"], block["c"]
        if kind in ("Para", "Plain"):
            inside = _one_line(content)
        elif kind == "Header":
            inside = [{"t": "Strong", "c": content[2]}]
        elif kind in ("BulletList", "OrderedList"):
            items = content if kind == "BulletList" else content[1]
            dot = (_SPACE, {"t": "Str", "c": "•"}, _SPACE)
            inside = [inline for item in items for inline in (*dot, *_in_a_line(item))][1:]
        else:
            inside = _in_a_line(content) if kind == "BlockQuote" else text(words(block))
        found += [_SPACE, *inside] if found else inside
    return found
