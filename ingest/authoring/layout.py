"""Lay out a note's text: the order of its fields, its line ends, blanks and empty lines.

No word, mark or value is touched, no line wrapped, no list numbered anew. A step that would change what is read is not
taken: then that part of the file stays as it was.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import yaml

from ingest.authoring.drafts import field_order
from kb.notes.markdown import MarkdownError, parse, plain_lines, sections_and_links, to_html, tokens
from kb.notes.note import Kind
from kb.notes.plain_yaml import PlainLoader

_BLANKS: Final = re.compile(r"[ \t]+$", re.MULTILINE)
_END: Final = re.compile(r"---[ \t]*")
_CODE: Final = ("fence", "code_block")
_BEGIN: Final = ("heading_open", "bullet_list_open", "ordered_list_open")
_MODELINE: Final = "# yaml-language-server:"
"""The comment that names the schema to an editor: it stands above all fields."""


def laid_out(text: str, kind: Kind) -> str:
    """Return a note's text in its layout; laid out again, it stays as it is.

    Raises MarkdownError where `kb.notes.markdown.parse` does.
    """
    lines = plain_lines(text).split("\n")
    parsed = parse(text)
    end = next(number for number, line in enumerate(lines) if number and _END.fullmatch(line))
    form = "translation" if "translation" in parsed.front else kind
    front = "\n".join(lines[1:end])
    for step in (_without_blanks, partial(_ordered, form=form), _without_blanks):  # what comes last may end in blanks
        front = _settled(front, step, _values)
    try:
        body = _settled(parsed.body, _body, lambda body: _read(body, kind))
    except MarkdownError:  # lint reports it; what cannot be compared stays as it is
        body = parsed.body
    return f"---\n{front}\n---\n{body}"


def with_revision(text: str, moved: Mapping[str, str]) -> str:
    """Return the text of a translation, naming the revision that its original has moved to."""
    parsed = parse(text)
    info = parsed.front.get("translation")
    was = info.get("source_revision") if isinstance(info, dict) else None
    if not isinstance(was, str) or was not in moved:
        return text
    lines = plain_lines(text).split("\n")
    line, column = parsed.positions["translation", "source_revision"]
    before, after = lines[line - 1][: column - 1], lines[line - 1][column - 1 :]
    lines[line - 1] = before + after.replace(was, moved[was], 1)
    return "\n".join(lines)


def _settled(text: str, step: Callable[[str], str], read: Callable[[str], object]) -> str:
    """Return a text after a step, if that changes neither what is read nor its own result."""
    after = step(text)
    return after if after != text and read(after) == read(text) and step(after) == after else text


def _values(front: str) -> Mapping[str, Any] | None:
    """Return what front matter says; None where it cannot be read."""
    try:
        return parse(f"---\n{front}\n---\n").front
    except MarkdownError:
        return None


def _without_blanks(front: str) -> str:
    """Return front matter without blanks at line ends and without empty lines in a row.

    Those of a text of several lines stay, because they may have a meaning.
    """
    kept: set[int] = set()
    for event in yaml.parse(front, PlainLoader):
        if isinstance(event, yaml.ScalarEvent) and event.start_mark and event.end_mark:
            first, last = event.start_mark.line, event.end_mark.line
            if last > first:
                kept |= {*range(first, last + (event.style not in ("|", ">")))}
    found: list[str] = []
    for number, line in enumerate(front.split("\n")):
        plain = line if number in kept else line.rstrip(" \t")
        if plain or number in kept or (found and found[-1]):
            found.append(plain)
    return "\n".join(found).rstrip("\n")


def _ordered(front: str, form: str) -> str:
    """Return fields in the order of their form, each with the comments right above it; unknown fields last."""
    node = yaml.compose(front, PlainLoader)
    lines = front.split("\n")
    keys = [key for key, _ in node.value] if isinstance(node, yaml.MappingNode) else []
    starts = {key.value: key.start_mark.line for key in keys}
    if not keys or any(key.start_mark.column for key in keys) or sorted(starts.values()) != [*starts.values()]:
        return front
    begins = {name: _with_comments(lines, at) for name, at in starts.items()}
    end = max(_with_comments(lines, len(lines), ("#", "\n")), max(starts.values()) + 1)
    ends = [*begins.values(), end][1:]
    parts = {name: lines[at:until] for (name, at), until in zip(begins.items(), ends, strict=True)}
    order = [name for name in dict.fromkeys((*field_order(form), *parts)) if name in parts]
    head, tail = lines[: min(begins.values())], lines[ends[-1] :]
    return "\n".join([*head, *(line for name in order for line in parts[name]), *tail])


def _with_comments(lines: Sequence[str], at: int, marks: tuple[str, ...] = ("#",)) -> int:
    """Return the first of the lines right above one that begin with one of these marks."""
    while at and f"{lines[at - 1]}\n".startswith(marks) and not lines[at - 1].startswith(_MODELINE):
        at -= 1
    return at


def _body(body: str) -> str:
    """Return a body with one empty line where blocks meet, and without blanks that mean nothing."""
    found = tokens(body)
    lines = body.split("\n")
    code = {line for token in found if token.type in _CODE and token.map for line in range(*token.map)}
    inside = [token.map for token in found if token.type == "inline" and token.map]
    # Lines that another of the same paragraph follows: two blanks at their end break the line.
    breaks = {line for first, end in inside for line in range(first, end - 1)}
    # Lines with an empty one before them: where a heading or a list begins, and what follows it.
    apart = {line for token in found if token.level == 0 and token.type in _BEGIN for line in token.map or ()}
    laid: list[str] = []
    for number, line in enumerate(lines):
        plain = line.rstrip(" \t")
        if number in apart and laid and laid[-1]:
            laid.append("")
        if number in code:
            laid.append(line)
        elif plain or (laid and laid[-1]):
            laid.append(f"{plain}  " if number in breaks and plain and line.endswith("  ") else plain)
    text = "\n".join(laid).strip("\n")
    return f"\n{text}\n" if text else ""


def _read(body: str, kind: Kind) -> object:
    """Return what readers and the index see of a body: its HTML, where blanks at the end of a line count only
    in code, its code, and its sections and links without their lines.
    """
    found, links = sections_and_links(body, 1, kind)
    return (
        _BLANKS.sub("", to_html(body, kind)),
        [token.content for token in tokens(body) if token.type in _CODE],
        [(cut.path, cut.anchor, cut.level, [(block.text, block.objective) for block in cut.blocks]) for cut in found],
        [(link.target, link.words, link.picture) for link in links],
    )
