"""Text <-> note: one Markdown file to front matter, sections and plain-text blocks with their lines, or to issues.

Never executes or fetches anything a note contains: raw HTML stays text, YAML may only hold plain data.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from kb.notes.footnotes import with_footnotes
from kb.notes.note import SECTIONS, Block, Kind, Link, Section
from kb.notes.plain_yaml import At, PlainYamlError, Position, invisible, read_yaml
from kb.said import Said, said
from kb.text.folding import slug

_FRONT_MATTER = re.compile(r"\A---[ \t]*(\n.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_OBJECTIVE = re.compile(r"(?<!\s)\s*\{#([a-z0-9]+(?:-[a-z0-9]+)*)\}\s*$")
_DEEPEST = 16
"""Levels of lists and quotations in one another, two to an item; below 20 the parser passes text over in silence."""
_LONGEST = 10_000
"""Characters of a paragraph, list item, heading or cell. Reading one takes time by the square of its length."""
_MOST = {
    "heading_open": (300, "headings"),
    "inline": (2_000, "paragraphs, list items and cells"),
    "list_item_open": (2_000, "list items"),
    "link_open": (300, "links"),
    "image": (300, "pictures"),
}
"""Limits of a note: more would take its reader and the programs long."""
_MARKS, _MOST_MARKS = "[*_~`", 5_000
"""Possible beginnings: the parser looks for the end of each."""
_WRITTEN = re.compile("&|%[0-9A-Fa-f]{2}")
"""How a sign is written that does not stand in the text: `&#8238;`, and `%E2%80%AE` in an address."""
_HARMLESS = re.compile(r"(?i:https?:|mailto:)|[^:]*(?:[/?#]|$)")
"""Addresses that a page may link: of the web, of a mailbox, or of this server. Lint refuses others (KB203)."""
_MARKDOWN = with_footnotes(
    MarkdownIt("commonmark", {"html": False})
    .enable(["table", "strikethrough"])
    .disable(["html_block", "html_inline"])  # which find nothing without HTML, and are asked at every line and sign
)


class MarkdownError(PlainYamlError):
    """A file that cannot be read as a note. `position` says where, `code` which rule it breaks."""

    def __init__(self, message: Said, position: Position = (1, 1), code: str = "KB105") -> None:
        super().__init__(message, position)
        self.code = code

    @property
    def sentence(self) -> Said:
        """The message, as a whole sentence."""
        return said("{reason}.", reason=self.message)


@dataclass(frozen=True)
class Parsed:
    """One file, read: `positions` maps a field's path, e.g. `("sources", 0, "url")`, to its place in the file."""

    front: Mapping[str, Any]
    positions: Mapping[At, Position]
    body: str
    body_line: int


def plain_lines(text: str) -> str:
    """Return a text without a byte order mark, whose lines all end in the same way."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str) -> Parsed:
    """Split a file into front matter and body.

    Raises MarkdownError, with the place, if there is no front matter or it is not a plain YAML mapping.
    """
    text = plain_lines(text)
    match = _FRONT_MATTER.match(text)
    if not match:
        if text.startswith("---"):
            raise MarkdownError(said("the front matter has no end: put a line `---` below its last field"))
        raise MarkdownError(said("the file does not start with front matter between two lines `---`"))
    try:
        front, positions = read_yaml(match[1])  # with the end of the first line: places are those in the file
    except PlainYamlError as error:
        raise MarkdownError(said("front matter {reason}", reason=error.message), error.position) from error
    if not isinstance(front, dict):
        raise MarkdownError(said("front matter is not a list of `field: value` lines"), (2, 1))
    return Parsed(front, positions, text[match.end() :], 1 + match[0].count("\n"))


def straight(heading: str) -> str:
    """Return a heading with the apostrophes of a keyboard, where a word processor has put typographic ones."""
    return heading.replace("’", "'")


def tokens(body: str) -> list[Token]:
    """Parse a body as CommonMark."""
    return _MARKDOWN.parse(body)


def sections(body: str, body_line: int, kind: Kind) -> tuple[Section, ...]:
    """Cut a body at its headings. Text before the first heading becomes a section without a heading, `intro`."""
    return _sections(tokens(body), body_line, kind)


def sections_and_links(body: str, body_line: int, kind: Kind) -> tuple[tuple[Section, ...], tuple[Link, ...]]:
    """Return `sections`, and every link and picture, of a body that is parsed once.

    Raises MarkdownError, with the place, for more than a note may hold, and for characters that nobody sees.
    """
    found = _MARKDOWN.parse(body, {"body_line": body_line})
    may_hide = _WRITTEN.search(body) or invisible(body)
    links = []
    for line, token in _with_lines(found, body_line):
        parts = token.children or ()
        for part in (token, *parts) if may_hide else ():
            if sign := invisible(part.content):
                form = "the text has the control character U+{number:04X}, which nobody sees"
                raise MarkdownError(said(form, number=ord(sign[0])), (line, 1), "KB103")
        for place, part in enumerate(parts):
            if part.attrs and (target := part.attrs.get("href") or part.attrs.get("src")):
                is_picture = part.type == "image"
                inside = takewhile(lambda child: child.type != "link_close", islice(parts, place, None))
                links.append(Link(str(target), line, part.content if is_picture else _plain(inside), is_picture))
    return _sections(found, body_line, kind), tuple(links)


def _with_lines(tokens: Iterable[Token], body_line: int) -> Iterator[tuple[int, Token]]:
    """Yield every token with its line in the file: a token without a line of its own has that of the one before it."""
    line = body_line
    for token in tokens:
        line = body_line + token.map[0] if token.map else line
        yield line, token


def _refuse_excess(state: StateCore) -> None:
    """Refuse a body that is no note: before what stands in its paragraphs is read, which takes longest, and after."""
    if (body_line := state.env.get("body_line")) is None:
        return
    counted = dict.fromkeys(_MOST, 0)
    marks = 0
    for line, token in _with_lines(state.tokens, body_line):
        message = None
        if token.level >= _DEEPEST:
            message = said("lists and quotations lie too deep in one another")
        elif token.type == "inline":
            marks += sum(map(token.content.count, _MARKS))
            if len(token.content) > _LONGEST:
                message = said("a paragraph has more than {most:,} characters", most=_LONGEST)
            elif marks > _MOST_MARKS:
                message = said("the text has more than {most:,} of the marks {marks}", most=_MOST_MARKS, marks=_MARKS)
        for part in (token, *(token.children or ())):
            if part.type in counted:
                counted[part.type] += 1
                most, what = _MOST[part.type]
                if counted[part.type] > most:
                    message = message or said("the text has more than {most:,} {what}", most=most, what=said(what))
        if message:
            raise MarkdownError(message, (line, 1), "KB102")


_MARKDOWN.core.ruler.after("block", "bounded", _refuse_excess)
_MARKDOWN.core.ruler.after("inline", "counted", _refuse_excess)


def _sections(tokens: Sequence[Token], body_line: int, kind: Kind) -> tuple[Section, ...]:
    keys = {heading: key for key, names in SECTIONS[kind].items() for heading in names.values()}
    found: list[Section] = []
    anchors: dict[str, int] = {}
    path: list[tuple[int, str]] = []
    anchor, top, level, line = "intro", "intro", 2, body_line
    headings = [index for index, token in enumerate(tokens) if token.type == "heading_open"]
    for start, end in pairwise(dict.fromkeys((0, *headings, len(tokens)))):
        token = tokens[start]
        if token.type == "heading_open":
            heading = _plain(tokens[start + 1].children or ())
            own = slug(heading) or "section"
            level = int(token.tag[1])
            path = [*((above, name) for above, name in path if 1 < above < level), (level, heading)]
            if level <= 2:
                anchor = top = keys.get(straight(heading), own)
            else:
                anchor = f"{top}-{own}"
            line = body_line + (token.map[0] if token.map else 0)
        filled = (index for index in range(start, end) if tokens[index].content)  # marks have no content
        blocks = tuple(filter(None, (_block(tokens, index, body_line, kind) for index in filled)))
        if path or blocks:
            unique = anchor
            while unique in anchors:
                anchors[anchor] += 1
                unique = f"{anchor}-{anchors[anchor]}"
            anchors[unique] = 1
            found.append(Section(tuple(name for _, name in path), unique, level, line, blocks))
    return tuple(found)


def _block(tokens: Sequence[Token], index: int, body_line: int, kind: Kind) -> Block | None:
    token, text = tokens[index], ""
    if token.type == "inline" and tokens[index - 1].type != "heading_open":
        text = _plain(token.children or ())
    elif token.type in ("fence", "code_block"):
        text = token.content.strip()
    if not text:  # also a picture without words, an empty code block
        return None
    is_item = index >= 2 and tokens[index - 2].type == "list_item_open"
    objective = _OBJECTIVE.search(text) if is_item and kind is Kind.STRATEGY else None
    first, end = token.map or (0, 1)
    lines = body_line + first, body_line + max(end, first + 1) - 1
    return Block(text[: objective.start()] if objective else text, lines, objective and objective[1])


def _plain(children: Iterable[Token]) -> str:
    """Return the words of what stands in a paragraph, with single blanks. Tokens for marks have no content."""
    words = (" " if child.type.endswith("break") else child.content for child in children)
    return " ".join("".join(words).split())


def to_html(
    body: str,
    kind: Kind,
    link: Callable[[str], str] = lambda target: target,
    picture: Callable[[str], str] = lambda target: "",
) -> str:
    """Render a body: headings get their sections' anchors, links pass through `link`, raw HTML is shown as text.

    picture: returns the address on this server of a picture; empty, and the picture becomes its words: a page must load
             nothing from elsewhere. A link that may run something leads nowhere
    """
    found = tokens(body)
    anchors = iter(section.anchor for section in _sections(found, 1, kind) if section.path)
    for token in found:
        if token.type == "heading_open":
            token.attrSet("id", next(anchors))
        for child in token.children or ():
            if child.type == "image":
                if source := picture(str(child.attrGet("src") or "")):
                    child.attrs = {"src": source, "alt": "", "loading": "lazy"}
                else:
                    child.type, child.tag = "text", ""
            if child.type == "link_open":
                address = link(str(child.attrGet("href") or ""))
                child.attrSet("href", address if _HARMLESS.match(address) else "")
                child.attrSet("rel", "noreferrer")
        last = next((child for child in reversed(token.children or ()) if child.type == "text"), None)
        if kind is Kind.STRATEGY and last is not None:
            last.content = _OBJECTIVE.sub("", last.content)
    return str(_MARKDOWN.renderer.render(found, _MARKDOWN.options, {}))


def without_marks(body: str) -> str:
    """Return the text of a strategy without the marks of its objectives (`{#o1}`), as in `to_html`."""
    lines = body.split("\n")
    for token in reversed(tokens(body)):
        if token.type == "inline" and token.map:
            first, end = token.map
            lines[first:end] = _OBJECTIVE.sub("", "\n".join(lines[first:end])).split("\n")
    return "\n".join(lines)
