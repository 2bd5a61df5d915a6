"""Damaged notes: a corpus of broken files with the issue of each, and texts that are long and hard to read.

Made by code, so that neither megabytes nor broken text lie in the repository.
"""

from pathlib import Path
from typing import Final

import yaml
from hypothesis import strategies as st

from kb.notes.note_file import MAX_NOTE_BYTES
from tests.conftest import BODY, FIELDS

_TEXTS: Final = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
FINE: Final = ""
FULL: Final = MAX_NOTE_BYTES - 1_500
"""Bytes of a body beside the front matter of a note as large as one may be."""


def note(body=BODY, more="", **fields):
    """A practice: `more` is written behind its fields as it stands, a field given as None is left out."""
    kept = {name: value for name, value in {**FIELDS, **fields}.items() if value is not None}
    return f"---\n{yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)}{more}---\n\n{body}"


def filled(piece):
    """Notes that repeat a piece until they are as large as they may be: in long paragraphs, and in a block of code."""
    count = 9_900 // len(piece)
    paragraph = f"{piece * count}\n\n"
    paragraphs = paragraph * (FULL // len(paragraph.encode()))
    code = f"~~~\n{piece * (FULL // len(piece.encode()))}\n~~~\n\n"
    paragraphed, coded = (note(f"## Problem\n\n{text}## Approach\n\nText.\n") for text in (paragraphs, code))
    return paragraphed, coded


_FRONT: Final = note().count("\n", 0, note().index("\n---\n") + 1) + 1
"""The line of the `---` that ends the front matter of `note()`, and where the first line of `more` stands."""
_BODY: Final = _FRONT + 2
"""The first line of `BODY` in `note()`."""
_LAUGHS: Final = 'a: &a ["lol","lol","lol"]\n' + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
_GROUPS: Final = {
    "front": (_FRONT, lambda text: note(more=text)),
    "value": (16, lambda text: note(started="@").replace("'@'", text)),
    "below": (_BODY, lambda text: note(BODY + text)),
    "body": (_BODY, note),
}
"""Group of `damaged.yaml` -> its first line, and what makes a note of its texts."""


def _rows():
    for group, (first, made) in _GROUPS.items():
        for name, (text, code, line) in _TEXTS[group].items():
            pieces = [text] if isinstance(text, str) else text
            whole = "".join(piece if isinstance(piece, str) else piece[0] * piece[1] for piece in pieces)
            yield name, (made(whole), code, first + line)


BROKEN: Final = {
    "nothing": ("", "KB104", 1),
    "a byte order mark and nothing": ("\ufeff\r\n", "KB104", 1),
    "a byte order mark": ("\ufeff" + note(), FINE, 0),
    "CRLF": (note().replace("\n", "\r\n"), FINE, 0),
    "CRLF, and a control character": (note(f"{BODY}\n\x07\n").replace("\n", "\r\n"), "KB103", _BODY + 8),
    "CR": (note().replace("\n", "\r"), FINE, 0),
    "CR, and a control character": (note(f"{BODY}\n\x07\n").replace("\n", "\r"), "KB103", _BODY + 8),
    "UTF-16": (note().encode("utf-16"), "KB103", 1),
    "Windows-1252": (note(summary="Été").encode("cp1252"), "KB103", 3),
    "a cut character": (note(f"{BODY}é").encode()[:-1], "KB103", _BODY + 7),
    "half a surrogate pair": (note(f"{BODY}@").encode().replace(b"@", b"\xed\xa0\x80"), "KB103", _BODY + 7),
    "a program": (b"\x7fELF\x02\x01\x01\x00" * 1_000, "KB103", 1),
    "NUL bytes": (b"\0" * 5_000, "KB103", 1),
    "a next-line control": (note(summary="one\x85two"), "KB103", 3),
    "cut off in the front matter": (note()[:200], "KB105", 1),
    "twice the same file": (note() + note(), FINE, 0),
    "an anchor bomb": (note(more=_LAUGHS), "KB105", _FRONT),
    "300 indents": (note(more="".join(f"{' ' * level}a:\n" for level in range(300))), "KB105", _FRONT + 21),
    "8,000 words of no vocabulary": (note(crime_types=["fishing"] * 8_000), "KB102", 1_001),
    "8,000 unknown fields": (note(more="".join(f"f{number}: a\n" for number in range(8_000))), "KB102", 1_000),
    "lists below lists": (
        note(f"{BODY}\n" + "".join(f"{'  ' * level}- a\n" for level in range(200))),
        "KB102",
        _BODY + 15,
    ),
    **dict(_rows()),
}
"""A broken file -> what it holds, the code that it gets, and the line."""

HARD: Final = (*_TEXTS["hard"], " " * 999 + "{#o1}")
"""What a note can repeat that takes programs long to read."""
VALUES: Final = (*_TEXTS["values"], "9" * 4_000, ">-\n  " + "x" * 2_000)
"""What no field has."""
ODD = st.sampled_from((*_TEXTS["signs"], "\u0301" * 50, "1. " * 9, "9" * 5_000, "a" * 3_000))


@st.composite
def damages(draw, text):
    """A text with a few things done to it that people, editors and programs do."""
    for _ in range(draw(st.integers(1, 4))):
        cut = draw(st.sampled_from((text.splitlines(keepends=True), [*text]))) or [""]
        first = draw(st.integers(0, len(cut) - 1))
        end = draw(st.integers(first, min(first + 40, len(cut))))
        other = draw(st.integers(0, len(cut) - 1))
        more = draw(ODD) * draw(st.sampled_from((1, 1, 3, 200)))
        kept = {
            "cut": [*cut[:first], *cut[end:]],
            "end": cut[:first],
            "twice": [*cut[:end], *cut[first:]],
            "swap": [*cut[:first], cut[other], *cut[first + 1 :]],
            "insert": [*cut[:first], more, *cut[first:]],
            "instead": [*cut[:first], more, *cut[end:]],
            "each": [more[:40] + part if first <= place < end else part for place, part in enumerate(cut)],
        }
        text = "".join(kept[draw(st.sampled_from([*kept]))])
    data = bytearray(text.encode())
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 3)))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)
