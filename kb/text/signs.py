"""Signs that look like others, or like nothing, where a program reads a text -> the signs that are meant.

Word processors write them: blanks that do not break, typographic quotation marks, soft hyphens, accents apart from
their letters. In running text, blanks that do not break and typographic marks are good typography, and stay: only what
YAML, Markdown or an address would read otherwise is another sign.
"""

import re
import unicodedata
from typing import Final

_NOTHING: Final = re.compile(
    "[\u00ad\u180e\u200b\u200c\u200e\u200f\u2060-\u2064]|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d"
)
"""What nobody sees: soft hyphens, blanks and joiners without width, but for those that make one picture of several."""
_UNSEEN: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u2060-\u2064]")
_BLANK: Final = "[\u00a0\u2000-\u200a\u202f\u3000]"
_ANY: Final = "[ \t\u00a0\u2000-\u200a\u202f\u3000]"
_MARKS: Final = (("“”„‟", "“”‟"), ("«", "»"), ("‘‚‛", "’‘"))
"""Typographic quotation marks: those that may begin, and those that may end."""
_TYPED: Final = {0xFEFF: None, **dict.fromkeys(map(ord, "’‘ʼ´′"), "'")}
_SUSPECT: Final = re.compile("[\u00a0\u00ad\u180e\u2000-\u2013\u2018-\u201f\u202f\u2060-\u2064\u2212\u3000«»]")
_FRONT: Final = re.compile(rf"\A---{_ANY}*\n.*?^---{_ANY}*$", re.DOTALL | re.MULTILINE)
_BEFORE_VALUE: Final = re.compile(
    rf"({_ANY}*)((?:-{_ANY}+)*)((?:([“\"'])?[\w-]+(?(4)[”\"']){_ANY}*:(?={_ANY}|$))?)(.*)"
)
"""A line of YAML: its indent, the marks of lists, a name, and a value."""
_BLOCK: Final = re.compile(r"[|>][+-]?\d?[+-]?\s*$")
_QUOTED: Final = "|".join(f'[{begin}]([^{begin}{end}"\\\\]*)[{end}]' for begin, end in _MARKS)
_VALUE: Final = re.compile(rf"^(?:{_QUOTED})(?=\s*(?:#|$))")
_ITEM: Final = re.compile(rf"(?<=[\[{{,:])(\s*)(?:{_QUOTED})(?=\s*[,\]}}:])")
_MARK: Final = re.compile(rf"^((?:>|{_ANY})*)(#{{1,6}}|[-*+]|\d{{1,9}}[.)])({_ANY}+)(?=\S)", re.MULTILINE)
_TITLED: Final = re.compile(rf"(\S+?){_ANY}+[“”„«]([^\"]+)[“”»]")
_TARGET: Final = re.compile(r"(?<=\]\()[^()\n]+(?=\))")


def plain_signs(text: str) -> str:
    """Return the text of a note with the signs that are meant: it reads as before, for people."""
    text = text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
    if text.isascii() or not _SUSPECT.search(text):
        return text
    text = _NOTHING.sub("", text) if _UNSEEN.search(text) else text
    front = _FRONT.match(text)
    end = front.end() if front else 0
    return "\n".join(_front(text[:end].split("\n"))) + _body(text[end:])


def typed_signs(text: str) -> str:
    """Return a question as it is typed on a keyboard: without what nobody sees, and with plain apostrophes.

    Telephones and word processors write others, which the encoder does not take for the same.
    """
    return _NOTHING.sub("", text).translate(_TYPED)


def first_sign(text: str) -> tuple[int, str] | None:
    """Return where the first sign stands that `plain_signs` changes, and which it is.

    It is a key of `messages.yaml`: `accent`, `nothing`, `blank` or `mark`.
    """
    plain = plain_signs(text)
    if plain == text:
        return None
    at = next(
        (place for place, (sign, other) in enumerate(zip(text, plain, strict=False)) if sign != other), len(plain)
    )
    if not unicodedata.is_normalized("NFC", text[at : at + 2]):
        return at, "accent"
    return at, "nothing" if _NOTHING.match(text, at) else "blank" if re.match(_BLANK, text[at]) else "mark"


def _front(lines: list[str]) -> list[str]:
    found: list[str] = []
    block: int | None = None  # the indent of a field whose text stands below it, as it is
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if block is not None and (indent > block or not line.strip()):
            found.append(line)
            continue
        block = indent if _BLOCK.search(line) else None
        found.append(_field(line) if _SUSPECT.search(line) else line)
    return found


def _field(line: str) -> str:
    """Return a line of YAML with the blanks and quotation marks of YAML around its name and its value."""
    match = _BEFORE_VALUE.fullmatch(line)
    if match is None or line.lstrip().startswith("#"):
        return line
    indent, marks, name, _, value = match.groups()
    if not name and not marks:  # a line of a longer text
        return f"{_spaces(indent)}{value}".rstrip("\u00a0\u202f") if value else line
    name = re.sub(r"[“”]", '"', re.sub(rf"{_BLANK}+", "", name))
    before = f"{_spaces(indent)}{_spaces(marks)}{name}"
    plain = re.sub(rf"^{_ANY}+", " " if name else "", re.sub(rf"{_BLANK}+$", "", value))
    inside = plain.lstrip()
    if inside.startswith(("[", "{")) and '"' not in inside and "'" not in inside:
        plain = re.sub(rf"(?<=[\[{{,:]){_BLANK}+|{_BLANK}+(?=[\]}},])", " ", _ITEM.sub(_straight, plain))
    elif inside[:1] not in ('"', "'"):
        plain = _VALUE.sub(_straight, inside)
        plain = f" {plain}" if name and plain else plain
    return before + plain


def _straight(match: re.Match[str]) -> str:
    before, *inside = ("", *match.groups()) if match.re is _VALUE else match.groups()
    return f'{before}"{next(text for text in inside if text is not None).strip()}"'


def _spaces(text: str) -> str:
    return re.sub(_BLANK, " ", text)


def _body(body: str) -> str:
    """Return a body with the blanks of Markdown behind its marks, and addresses without signs that none has."""
    body = (
        body
        if not re.search(_BLANK, body)
        else _MARK.sub(lambda mark: f"{_spaces(mark[1])}{mark[2]}{_spaces(mark[3])}", body)
    )
    return _TARGET.sub(lambda target: _address(target[0]), body)


def _address(target: str) -> str:
    """Return what stands in the brackets of a link: an address, and perhaps a title in quotation marks."""
    if titled := _TITLED.fullmatch(target):
        return f'{_address(titled[1])} "{titled[2]}"'
    plain = re.sub(rf"{_BLANK}|[“”„‟«»]", "", target)
    return re.sub(r"[‐‑–−]", "-", plain) if plain.startswith((".", "#")) else plain
