"""Text <-> note: one Markdown file to front matter, sections and plain-text blocks with their lines, or to problems.

Never executes or fetches anything a note contains: raw HTML stays text, YAML may only hold plain data.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from kb.note import SECTIONS, Block, Kind, Link, Section
from kb.plain_yaml import PlainLoader

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_OBJECTIVE = re.compile(r"\s*\{#([a-z0-9]+(?:-[a-z0-9]+)*)\}\s*$")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

_REASONS = {
    "mapping values are not allowed": "a value that holds `: ` must stand in quotes",
    "cannot start any token": "a value may not start with this character: use spaces instead of tabs, or quotes",
    "while scanning a quoted scalar": "a quotation mark is not closed",
    "found unexpected end of stream": "a quotation mark or bracket is not closed",
    "did not find expected key": "a line is indented unlike its neighbours, or a quotation mark above it is not closed",
    "could not find expected ':'": "a line has no `field: value` form",
    "expected ',' or ']'": "a list `[…]` is not closed, or misses a comma",
    "expected ',' or '}'": "a group `{…}` is not closed, or misses a comma",
}
"""What the parser says -> what an author should hear."""

Position = tuple[int, int]
"""Line and column in the file, both 1-based."""


class MarkdownError(ValueError):
    """A file whose front matter cannot be read. `position` says where."""

    def __init__(self, message: str, position: Position = (1, 1)) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True)
class Parsed:
    """One file, read: `positions` maps a field's path, e.g. `("sources", 0, "url")`, to its place in the file."""

    front: Mapping[str, Any]
    positions: Mapping[tuple[str | int, ...], Position]
    body: str
    body_line: int


def parse(text: str) -> Parsed:
    """Split a file into front matter and body.

    Raises MarkdownError, with the place, if there is no front matter or it is not a plain YAML mapping.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    match = _FRONT_MATTER.match(text)
    if not match:
        if text.startswith("---"):
            raise MarkdownError("the front matter has no end: put a line `---` below its last field")
        raise MarkdownError("the file does not start with front matter between two lines `---`")
    source = match.group(1)
    try:
        loader = PlainLoader(source)
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise MarkdownError("front matter is not a list of `field: value` lines", (2, 1))
        positions = dict(_positions(node, (), set()))
        front = loader.construct_document(node)
    except MarkdownError:
        raise
    except yaml.MarkedYAMLError as error:
        begun = error.context_mark if error.context == "while scanning a quoted scalar" else None
        mark = begun or error.problem_mark or error.context_mark
        place = (mark.line + 2, mark.column + 1) if mark else (2, 1)
        reason = next(
            (ours for theirs, ours in _REASONS.items() if theirs in str(error)),
            error.problem or error.context or "unreadable",
        )
        raise MarkdownError(f"front matter is no valid YAML: {reason}", place) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise MarkdownError(f"front matter is no valid YAML: {error}", (2, 1)) from error
    except (LookupError, AttributeError, TypeError) as error:  # what PyYAML raises on `!!bool maybe` and its like
        raise MarkdownError("front matter has a value that does not fit its YAML tag `!!`", (2, 1)) from error
    return Parsed(front, positions, text[match.end() :], 1 + match.group(0).count("\n"))


def _positions(
    node: yaml.Node, path: tuple[str | int, ...], nodes: set[int]
) -> Iterator[tuple[tuple[str | int, ...], Position]]:
    place = (node.start_mark.line + 2, node.start_mark.column + 1)
    if id(node) in nodes:  # an alias repeats a node: refused, since a few lines could unfold to gigabytes
        raise MarkdownError("front matter may not use YAML anchors and aliases (`&`, `*`): write it out", place)
    nodes.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            place = (key.start_mark.line + 2, key.start_mark.column + 1)
            if key.tag != "tag:yaml.org,2002:str":
                raise MarkdownError("a field's name must be plain text", place)
            if key.value in seen:
                raise MarkdownError(f"field `{key.value}` occurs twice", place)
            seen.add(key.value)
            yield (*path, key.value), place
            yield from _positions(value, (*path, key.value), nodes)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield (*path, number), (item.start_mark.line + 2, item.start_mark.column + 1)
            yield from _positions(item, (*path, number), nodes)


def slug(heading: str) -> str:
    """An anchor from a heading: ASCII letters and digits joined by hyphens."""
    folded = unicodedata.normalize("NFKD", heading.lower().replace("œ", "oe")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-") or "section"


def straight(heading: str) -> str:
    """A heading with the apostrophes of a keyboard, where a word processor has put typographic ones."""
    return heading.replace("’", "'")


def sections(body: str, body_line: int, kind: Kind) -> tuple[Section, ...]:
    """Cut a body at its headings. Text before the first heading becomes a section without a heading, `intro`."""
    return _sections(_MARKDOWN.parse(body), body_line, kind)


def sections_and_links(body: str, body_line: int, kind: Kind) -> tuple[tuple[Section, ...], tuple[Link, ...]]:
    """`sections`, and every link and picture, of a body that is parsed once."""
    tokens = _MARKDOWN.parse(body)
    links = tuple(
        Link(
            str(target),
            body_line + (token.map[0] if token.map else 0),
            _words(token.children or (), place),
            child.type == "image",
        )
        for token in tokens
        for place, child in enumerate(token.children or ())
        if (target := child.attrGet("href") or child.attrGet("src"))
    )
    return _sections(tokens, body_line, kind), links


def _words(children: Sequence[Token], place: int) -> str:
    """The words of a link, or those in place of a picture."""
    if children[place].type == "image":
        return children[place].content
    end = next((at for at in range(place, len(children)) if children[at].type == "link_close"), place)
    return "".join(child.content for child in children[place:end] if child.type in ("text", "code_inline", "image"))


def _sections(tokens: Sequence[Token], body_line: int, kind: Kind) -> tuple[Section, ...]:
    keys = {heading: key for key, names in SECTIONS[kind].items() for heading in names.values()}
    found: list[Section] = []
    anchors: set[str] = set()
    path: list[tuple[int, str]] = []
    anchor, top, level, line = "intro", "intro", 2, body_line
    blocks: list[Block] = []

    def close() -> None:
        if path or blocks:
            unique, number = anchor, 2
            while unique in anchors:
                unique, number = f"{anchor}-{number}", number + 1
            anchors.add(unique)
            found.append(Section(tuple(heading for _, heading in path), unique, level, line, tuple(blocks)))

    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            close()
            heading = _plain(tokens[index + 1])
            level = int(token.tag[1])
            path = [*((above, name) for above, name in path if 1 < above < level), (level, heading)]
            if level <= 2:
                anchor = top = keys.get(straight(heading), slug(heading))
            else:
                anchor = f"{top}-{slug(heading)}"
            line = body_line + (token.map[0] if token.map else 0)
            blocks = []
        elif (block := _block(tokens, index, body_line, kind)) is not None:
            blocks.append(block)
    close()
    return tuple(found)


def _block(tokens: Sequence[Token], index: int, body_line: int, kind: Kind) -> Block | None:
    token = tokens[index]
    if token.type == "inline" and tokens[index - 1].type != "heading_open":
        text = _plain(token)
    elif token.type in ("fence", "code_block"):
        text = token.content.strip()
    else:
        return None
    if not text:  # a picture without words, an empty code block
        return None
    is_item = index >= 2 and tokens[index - 2].type == "list_item_open"
    objective = _OBJECTIVE.search(text) if is_item and kind is Kind.STRATEGY else None
    first, end = token.map or (0, 1)
    return Block(
        text[: objective.start()] if objective else text,
        (body_line + first, body_line + max(end, first + 1) - 1),
        objective and objective[1],
    )


def _plain(token: Token) -> str:
    parts: list[str] = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(child.content)
    return re.sub(r"\s+", " ", "".join(parts)).strip()


def to_html(body: str, kind: Kind, link: Callable[[str], str] = lambda target: target) -> str:
    """Render a body: headings get their sections' anchors, links pass through `link`, raw HTML is shown as text.

    A picture becomes its words: a page must load nothing from elsewhere.
    """
    tokens = _MARKDOWN.parse(body)
    anchors = iter(section.anchor for section in sections(body, 1, kind) if section.path)
    for token in tokens:
        if token.type == "heading_open":
            token.attrSet("id", next(anchors))
        for child in token.children or ():
            if child.type == "image":
                child.type, child.tag = "text", ""
            if child.type == "link_open":
                child.attrSet("href", link(str(child.attrGet("href") or "")))
                child.attrSet("rel", "noreferrer")
        last = next((child for child in reversed(token.children or ()) if child.type == "text"), None)
        if kind is Kind.STRATEGY and last is not None:
            last.content = _OBJECTIVE.sub("", last.content)
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return html


def without_marks(body: str) -> str:
    """The text of a strategy without the marks of its objectives (`{#o1}`), which `to_html` does not show either."""
    lines = body.split("\n")
    for token in reversed(_MARKDOWN.parse(body)):
        if token.type == "inline" and token.map:
            first, end = token.map
            lines[first:end] = _OBJECTIVE.sub("", "\n".join(lines[first:end])).split("\n")
    return "\n".join(lines)
