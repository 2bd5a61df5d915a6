"""Slips with quotation marks in front matter: an apostrophe or marks inside a value, and a value without its end.

A parser of YAML notices them further down, or as something else. Looks at lines that no parser could read, and at what
authors write: values on one line, lists `[…]` on one line.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

_BEFORE: Final = re.compile(r"[ ]*(?:-[ ]+)*(?:[\w-]+[ ]*:[ ]+)?")
"""What stands before a value: the bullets of lists, and the field."""
_BLOCK: Final = re.compile(r"[:-][ ]+[|>][-+\d]*[ ]*(?:#.*)?")
"""The end of a line below which a text of several lines stands as it is."""
_APOSTROPHE: Final = "an apostrophe stands inside single quotes: put double quotes around the value"
_INNER: Final = "quotation marks stand inside others: put marks of the other kind around the value"
_TOO_SOON: Final = "a quotation mark ends the value too soon: put marks of the other kind around all of it"
_OPEN: Final = "a quotation mark is not closed"
_PLAIN: Final = re.compile(r"([ ]*(?:-[ ]+)*[\w-]+:[ ]+)(?![\"'\[{|>&*!%@`#])(.* .*?:(?: .*)?|.* :(?: .*)?)")
"""A value without marks that has a colon behind more than a word: no field begins so."""


_MOST: Final = 500
"""Slips of a file that are corrected at most."""


class Slip(NamedTuple):
    """Where a mark is at fault, from 0; what is wrong; and the line as it was meant, where that is sure."""

    row: int
    column: int
    reason: str
    corrected: str | None


def first_slip(lines: Sequence[str]) -> Slip | None:
    """Return the first slip with quotation marks in lines that are no YAML, if there is one."""
    row = 0
    while row < len(lines):
        line = lines[row]
        before = _BEFORE.match(line)
        begin = before.end() if before else 0
        first = line[begin : begin + 1]
        after = row + 1
        if _BLOCK.search(line) or (begin and first in ("'", '"')):
            while after < len(lines) and _goes_on(lines[after], line):
                after += 1
        found = None
        if begin and first in ("[", "{"):
            found = _in_list(row, line, begin)
        elif begin and first in ("'", '"'):
            found = _in_value(row, lines[row:after], begin)
        if found:
            return found
        row = after
    return None


def corrected(lines: Sequence[str]) -> list[str]:
    """Return lines of front matter, slips corrected where that is sure, and with marks around values that hold `: `."""
    found = list(lines)
    for _ in range(_MOST):
        slip = first_slip(found)
        if slip is None or slip.corrected is None:
            break
        found[slip.row] = slip.corrected
    for row, line in enumerate(found):
        if plain := _PLAIN.fullmatch(line.rstrip()):
            found[row] = plain[1] + _quoted(plain[2])
    return found


def _goes_on(line: str, begun: str) -> bool:
    """Return whether a line belongs to the value that began in another: it is empty, or indented more."""
    return not line.strip() or len(line) - len(line.lstrip(" ")) > len(begun) - len(begun.lstrip(" "))


def _in_value(row: int, lines: Sequence[str], begin: int) -> Slip | None:
    """Find the slip in a quoted value that begins in the first of these lines and may go on in the others."""
    line = lines[0]
    mark, text = line[begin], line[begin + 1 :].rstrip()
    end = _end(text, mark)
    if end is not None:
        rest = text[end + 1 :].strip()
        if not rest or rest.startswith(("#", ":")):
            return None
        meant = f"{mark}{text}"
        if text.endswith(mark):
            meant = text[:-1]
        elif text[end - 1 : end].isalnum() and text[end + 1 : end + 2].isalnum():
            meant = text
        reason = _INNER
        if mark == "'" and text[end - 1 : end].isalnum():
            reason = _APOSTROPHE
        elif not text.endswith(mark):
            reason = _TOO_SOON
        return Slip(row, begin + 1 + end, reason, _whole(line[:begin], meant, mark))
    for number, more in enumerate(lines[1:], 1):
        if (end := _end(more, mark)) is not None:
            rest = more[end + 1 :].strip()
            inner = rest and not rest.startswith("#")
            return Slip(row + number, end, _INNER, None) if inner else None
    alone = not any(more.strip() for more in lines[1:])
    corrected = f"{line.rstrip()}{mark}" if alone and " #" not in text else None
    return Slip(row, begin, _OPEN, corrected)


def _in_list(row: int, line: str, begin: int) -> Slip | None:
    """Find a slip in a list or a group on one line."""
    mark, place = "", begin
    while place < len(line):
        sign = line[place]
        after = line[place + 1 :].lstrip()[:1]
        if not mark and sign == "#" and line[place - 1] == " ":
            return None
        if not mark and sign in ("'", '"') and line[:place].rstrip()[-1] in "[{,:":
            mark = sign
        elif (mark, sign) == ('"', "\\") or (mark == "'" and line[place : place + 2] == "''"):
            place += 1
        elif mark and sign == mark and after in ("", ",", "]", "}", ":", "#"):
            mark = ""
        elif mark and sign == mark:
            escape, reason = ("'", _APOSTROPHE) if mark == "'" else ("\\", _INNER)
            return Slip(row, place, reason, line[:place] + escape + line[place:])
        place += 1
    return None


def _end(text: str, mark: str) -> int | None:
    """Return where a quoted text ends: at the first of its marks that is not written as a sign of the text."""
    found = re.match(r"(?:[^']|'')*?'(?!')" if mark == "'" else r'(?:[^"\\]|\\.)*?"', text)
    return found.end() - 1 if found else None


def _whole(before: str, text: str, mark: str) -> str | None:
    """Return a line whose value is a text that was between such marks; None where signs in it may mean others."""
    plain = text.replace("''", "'") if mark == "'" else text.replace('\\"', '"')
    return None if " #" in plain or (mark == '"' and "\\" in plain) else before + _quoted(plain)


def _quoted(text: str) -> str:
    """Return a text between quotation marks, those that it has not."""
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"
