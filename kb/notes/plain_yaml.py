"""YAML as notes and source extracts use it: no tags that build objects, and no value that turns into something else.

Says what is wrong in an author's words, never in the parser's, and refuses what a few lines could make without bounds.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from kb.issue import Issue
from kb.notes.quotes import first_slip
from kb.said import Said, said

Position = tuple[int, int]
"""Line and column, both 1-based."""
At = tuple[str | int, ...]
"""Where a value stands: `("sources", 0, "url")`."""

_INVISIBLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""Controls that no text needs, line breaks that no editor counts, and what shows a text in another order."""
_DEEPEST: Final = 20
"""So many lists and groups may lie in one another; front matter has three."""
_YAML: Final = "tag:yaml.org,2002:"
_PLAIN: Final = frozenset({"str", "int", "float", "bool", "null", "seq", "map"})
"""Types of values."""
_UNFIT: Final = "has a value that does not fit its YAML tag `!!`, or a number that is too long"
_TAG: Final = "a tag `!` stands before a value: remove it, or put the value in quotes"
_BEGUN: Final = re.compile("scanning a (quoted scalar|simple key)|scanning an (anchor|alias)|parsing a flow (seq|mapp)")
"""Constructs left unfinished: the place at fault is the one at which they began."""
_QUOTE: Final = re.compile(r"""(?:^|[\s\[{,:-])["']""")
"""A quotation mark that begins a value."""
_INVALID: Final = "is no valid YAML: {reason}"
_ANY_REASON: Final = "here begins what is no line of the form `field: value`"


class PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml where built in
    """YAML with strings, numbers, `true`, `false`, lists and mappings only; dates and `NO` (Norway) stay text."""


PlainLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag != f"{_YAML}timestamp" and (tag != f"{_YAML}bool" or first in "tTfF")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class PlainYamlError(ValueError):
    """A text that is no plain YAML. `position` says where in it."""

    def __init__(self, message: Said, position: Position = (1, 1)) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def invisible(text: str) -> re.Match[str] | None:
    """Find the first sign that nobody sees and that may not be in a text; a byte order mark at its beginning may."""
    return _INVISIBLE.search(text, text.startswith("\ufeff"))


def text_of(data: bytes, path: str, code: str = "KB103") -> str | Issue:
    """Return the text of a file, its lines ended as on Unix, or the issue that it is no text."""

    def issue(before: str, message: Said, remedy: Said) -> Issue:
        return Issue(path, before.count("\n") + 1, len(before) - before.rfind("\n"), code, message, remedy)

    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        remedy = said("Save it with encoding UTF-8.")
        return issue(data[: error.start].decode("utf-8"), said("the file is not UTF-8 text."), remedy)
    if found := invisible(text):
        message = said("the file has the control character U+{number:04X}, which nobody sees.", number=ord(found[0]))
        return issue(text[: found.start()], message, said("Remove it."))
    return text


@cache
def read_data(name: str, package: str = "kb.notes") -> Any:
    """Return the data of a YAML file of a package."""
    return yaml.load(files(package).joinpath(name).read_text("utf-8"), PlainLoader)  # noqa: S506 - makes plain values only


def read_yaml(text: str) -> tuple[Any, Mapping[At, Position]]:
    """Return the value of a text, and the place of everything in it. An empty text is None.

    Raises PlainYamlError, whose message goes on from the name of what was read: `is no valid YAML: …`.
    """
    try:
        loader = PlainLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None, {}
        building = _Building(loader, "\\" in text or invisible(text) is not None)
        return building.value(node), building.positions
    except yaml.MarkedYAMLError as error:
        reason, place = _explained(text.splitlines(), error)
        raise PlainYamlError(said(_INVALID, reason=reason), place) from error
    except yaml.YAMLError as error:
        raise PlainYamlError(said(_INVALID, reason=said(_ANY_REASON))) from error


def place_of(path: At, positions: Mapping[At, Position]) -> Position:
    """Return the place of a value, or of the nearest above it that is in the text; else the beginning."""
    while path and path not in positions:
        path = path[:-1]
    return positions.get(path, (1, 1))


def _explained(lines: Sequence[str], error: yaml.MarkedYAMLError) -> tuple[Said, Position]:
    """Return what is wrong, and where an author finds it: the parser often notices it only further down."""
    reasons = read_data("messages.yaml")["yaml"]
    reason = next((ours for theirs, ours in reasons.items() if theirs in str(error)), _ANY_REASON)
    problem = error.problem or ""
    begun = error.context_mark if _BEGUN.search(error.context or "") else None
    mark = begun or error.problem_mark or error.context_mark
    noticed = error.problem_mark or mark
    if (slip := first_slip(lines)) and (noticed is None or slip.row <= noticed.line):
        return said(slip.reason), (slip.row + 1, slip.column + 1)
    if not mark or mark.line >= len(lines):  # at the end, to which PyYAML adds a line
        last = next((number for number in range(len(lines), 1, -1) if lines[number - 1].strip()), 1)
        return said(reason, sign=""), (last, 1)
    row, column = mark.line, mark.column
    before, sign = lines[row][:column], lines[row][column : column + 1]
    if "{sign}" in reason and sign == "\t":
        reason = reasons["found a tab character that violates"]
    elif "mapping values" in problem and ":" not in before:
        above = next((number for number in range(row - 1, -1, -1) if lines[number].strip()), row)
        if before[:1].isspace() or above == row:
            reason = "a line is indented unlike its neighbours, or a value that holds `: ` must stand in quotes"
        else:
            reason, row, column = reasons["could not find expected ':'"], above, 0
    elif "expected key" in problem and sign and sign in "]}":
        reason = "a {sign} closes what nothing opened"
    elif "expected key" in problem and _QUOTE.search(before):
        reason = "a quotation mark ends a value too soon: put marks of the other kind around it, or close one above"
    return said(reason, sign=said("a backtick") if sign == "`" else f"`{sign}`"), (row + 1, column + 1)


class _Building:
    """The value of a node and of all below it, and their places."""

    def __init__(self, loader: PlainLoader, may_hide: bool) -> None:
        """may_hide: whether a value may have signs that nobody sees, as escapes in double quotes can write them."""
        self.positions: dict[At, Position] = {}
        self._loader, self._may_hide = loader, may_hide
        self._nodes: set[int] = set()

    def value(self, node: yaml.Node, path: At = (), name: yaml.Node | None = None) -> Any:
        """Return the value of a node at a path, of the field with this name. Raises PlainYamlError."""
        if path:
            self.positions[path] = _place(name or node)
        kind = node.tag.removeprefix(_YAML)
        if id(node) in self._nodes:  # an alias repeats a node: refused, since a few lines could unfold to gigabytes
            message = said("may not use YAML anchors and aliases (`&`, `*`): write it out")
            raise PlainYamlError(message, _place(node))
        if len(path) > _DEEPEST:
            raise PlainYamlError(said("has too many lists and groups in one another"), _place(node))
        if kind not in _PLAIN or not node.tag.startswith(_YAML):
            raise PlainYamlError(said("is no plain YAML: {reason}", reason=said(_TAG)), _place(node))
        self._nodes.add(id(node))
        if isinstance(node, yaml.ScalarNode) and kind not in ("seq", "map"):
            self._refuse_invisible(node)
            return node.value if kind == "str" else self._plain(node)
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        raise PlainYamlError(said(_UNFIT), _place(node))

    def _plain(self, node: yaml.ScalarNode) -> Any:
        """Return a number, `true`, `false` or nothing."""
        try:
            value = self._loader.construct_object(node)
            str(value)  # Python writes no number of more than 4,300 digits, which `0xff…` or `59:59:…` may stand for
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:  # as on `!!bool maybe`
            raise PlainYamlError(said(_UNFIT), _place(node)) from error
        return value

    def _mapping(self, node: yaml.MappingNode, path: At) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if key.tag != f"{_YAML}str":
                raise PlainYamlError(said("has a field whose name is not plain text"), _place(key))
            self._refuse_invisible(key)
            if key.value in found:
                raise PlainYamlError(said("has field `{field}` twice", field=key.value), _place(key))
            found[key.value] = self.value(value, (*path, key.value), key)
        return found

    def _refuse_invisible(self, node: yaml.ScalarNode) -> None:
        if self._may_hide and (found := invisible(node.value)):
            form = "has the control character U+{number:04X}, which nobody sees: remove it"
            raise PlainYamlError(said(form, number=ord(found[0])), _place(node))


def _place(node: yaml.Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1
