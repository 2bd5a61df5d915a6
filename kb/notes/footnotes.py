"""Footnotes of a body: `[^1]` in the text, and a paragraph `[^1]: Annual report of the police.` that it leads to.

A rule for blocks and one for marks in paragraphs, added to markdown-it; a footnote stays where its author wrote it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_LABEL: Final = r"\[\^([\w-]{1,20})\]"
NOTE: Final = re.compile(rf"^ {{0,3}}{_LABEL}:[ \t]*(?=\S)", re.MULTILINE)
"""How a footnote begins."""
MARK: Final = re.compile(rf"{_LABEL}(?!:)")
"""What leads to a footnote."""
_STORE: Final = "footnotes"


def with_footnotes(parser: MarkdownIt) -> MarkdownIt:
    """Return a parser that reads footnotes and shows them."""
    parser.block.ruler.before("reference", "footnote", _note, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.before("link", "footnote_mark", _mark)
    parser.add_render_rule("footnote_open", _open)
    parser.add_render_rule("footnote_close", _close)
    parser.add_render_rule("footnote_mark", _mark_html)
    return parser


def _note(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Read a footnote: from its mark to an empty line, the next footnote, or what else ends a paragraph."""
    begin = state.bMarks[line] + state.tShift[line]
    if state.is_code_block(line):
        return False
    found = NOTE.match(state.src[begin : state.eMarks[line]])
    if found is None:
        return False
    if silent:
        return True
    after = line + 1
    ending = state.md.block.ruler.getRules("paragraph")
    while after < end and not state.isEmpty(after) and not any(rule(state, after, end, True) for rule in ending):
        after += 1
    notes = state.env.setdefault(_STORE, set())
    state.push("footnote_open", "p", 1).meta = {"label": found[1], "first": found[1] not in notes}
    notes.add(found[1])
    inline = state.push("inline", "", 0)
    text = [state.src[begin + found.end() : state.eMarks[line]]]
    text += [state.getLines(number, number + 1, 0, False).strip() for number in range(line + 1, after)]
    inline.content, inline.map, inline.children = "\n".join(text).strip(), [line, after], []
    state.push("footnote_close", "p", -1)
    state.line = after
    return True


def _mark(state: StateInline, silent: bool) -> bool:
    """Read a mark in a paragraph. One that no footnote answers stays text."""
    found = MARK.match(state.src, state.pos)
    if found is None or found[1] not in state.env.get(_STORE, ()):
        return False
    if not silent:
        state.push("footnote_mark", "", 0).meta = {"label": found[1]}
    state.pos = found.end()
    return True


def _open(_: RendererHTML, tokens: Sequence[Token], place: int, *__: Any) -> str:
    meta: Mapping[str, Any] = tokens[place].meta
    label, own = meta["label"], f' id="fn-{meta["label"]}"' if meta["first"] else ""
    return f'<p class="footnote"{own}>{label}. '


def _close(*_: Any) -> str:
    return "</p>\n"


def _mark_html(_: RendererHTML, tokens: Sequence[Token], place: int, *__: Any) -> str:
    label = tokens[place].meta["label"]
    return f'<sup><a href="#fn-{label}">{label}</a></sup>'
