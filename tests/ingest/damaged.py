"""Damaged notes: a corpus of broken files with what each is to be told, and texts that are long and hard to read.

Made by code, so that neither megabytes nor broken text lie in the repository.
"""

from collections.abc import Mapping
from typing import Final

import yaml
from hypothesis import strategies as st

from kb.notes.note_file import MAX_NOTE_BYTES
from tests.conftest import BODY, FIELDS

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


def deep(mark, levels, words="words"):
    """A body with words below so many marks, each inside the one before."""
    return f"{BODY}\n{mark * levels}{words}\n"


_LINES: Final = note().count("\n", 0, note().index("\n---\n") + 1) + 1
"""The line of the `---` that ends the front matter of `note()`, and where the first line of `more` stands."""
_BODY: Final = _LINES + 2
"""The first line of `BODY` in `note()`."""
_LAUGHS: Final = 'a: &a ["lol","lol","lol"]\n' + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
_UNCLOSED: Final = "[" * 10_000
_SCRIPTS: Final = (
    "<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n<!-- <b> -->\n\n"
    '[words](https://example.org/"onclick=alert) &lt;script&gt; <https://example.org/<b>>\n'
)

BROKEN: Final[Mapping[str, tuple[str | bytes, str, int]]] = {
    # What systems and editors do to files
    "nothing": ("", "KB104", 1),
    "a byte order mark and nothing": ("\ufeff\r\n", "KB104", 1),
    "a byte order mark": ("\ufeff" + note(), FINE, 0),
    "a byte order mark that was pasted": (note("\n## Problem\n\nA\ufeffB\n"), "KB103", _BODY + 3),
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
    "a NUL byte in the body": (note(f"{BODY}\n\0\n"), "KB103", _BODY + 8),
    "cut off in the front matter": (note()[:200], "KB105", 1),
    "twice the same file": (note() + note(), FINE, 0),
    "a conflict that git left": (note(more="<<<<<<< HEAD\n=======\n>>>>>>> main\n"), "KB118", _LINES),
    "a conflict in the body": (note(f"{BODY}\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main\n"), "KB118", _BODY + 8),
    "a conflict that is half mended": (note(f"{BODY}\na\n=======\nb\n>>>>>>> main\n"), "KB118", _BODY + 11),
    "words with a line below": (note(f"{BODY}\nWords\n=======\n"), FINE, 0),
    # What shows a text in another order than it is read
    "right-to-left override": (note("## Problem\n\n\u202eevil\n"), "KB103", _BODY + 2),
    "right-to-left override in an address": (note("## Problem\n\n<http://a.example/%E2%80%AE>\n"), "KB103", _BODY + 2),
    "right-to-left override in quotes": (note(more='owner: "a\\u202eb"\n'), "KB105", _LINES),
    "right-to-left override as an entity": (note("## Problem\n\n&#x202e;evil\n\n## Approach\n"), "KB103", _BODY + 2),
    "right-to-left marks": (note(f"{BODY}\nA \u200fword\u200e and \u200bone\u00ad.\n"), FINE, 0),
    "a line separator": (note(f"{BODY}\none\u2028two\n"), "KB103", _BODY + 8),
    "a next-line control": (note(summary="one\x85two"), "KB103", 3),
    "escape codes of a terminal": (note(f"{BODY}\n\x1b[2J\n"), "KB103", _BODY + 8),
    "escape codes in quotes": (note(more='owner: "\\e[2J"\n'), "KB105", _LINES),
    # YAML
    "a tab before a field": (note(more="\towner: a\n"), "KB105", _LINES),
    "tabs between": (note(more="owner:\t\ta\n"), FINE, 0),
    "an anchor bomb": (note(more=_LAUGHS), "KB105", _LINES),
    "an alias to itself": (note(more="owner: &a [*a]\n"), "KB105", _LINES),
    "a merge key": (note(more="<<: {owner: a}\n"), "KB105", _LINES),
    "a nested merge key": (note(more="effort: {<<: [{staff: a}]}\n"), "KB105", _LINES),
    "10,000 lists": (note(more=f"owner: {_UNCLOSED}\n"), "KB105", _LINES),
    "500 closed lists": (note(more=f"owner: {'[' * 500}{']' * 500}\n"), "KB105", _LINES),
    "10,000 groups": (note(more=f"owner: {'{' * 10_000}\n"), "KB105", _LINES),
    "500 groups": (note(more="owner: " + "{a: " * 500 + "}" * 500 + "\n"), "KB105", _LINES),
    "10,000 dashes": (note(more=f"owner:\n  {'- ' * 10_000}\n"), "KB105", _LINES + 1),
    "300 indents": (note(more="".join(f"{' ' * level}a:\n" for level in range(300))), "KB105", _LINES + 21),
    "a key of 50,000 characters": (note(more=f"{'k' * 50_000}: a\n"), "KB105", _LINES),
    "a quoted key of 900 characters": (note(more=f"{'k' * 900}: a\n"), "KB107", _LINES),
    "a tag that builds": (note(more="owner: !!python/object/apply:os.system [ls]\n"), "KB105", _LINES),
    "a tag that does not fit": (note(more="owner: !!int a\n"), "KB105", _LINES),
    "a tag of its own": (note(more="owner: !mine a\n"), "KB105", _LINES),
    "binary": (note(more="owner: !!binary aGVsbG8=\n"), "KB105", _LINES),
    "a set": (note(more="owner: !!set {a}\n"), "KB105", _LINES),
    "a number of 5,000 digits": (note(more=f"owner: {'9' * 5_000}\n"), "KB105", _LINES),
    "a number of 4,000 digits": (note(more=f"owner: {'9' * 4_000}\n"), "KB109", _LINES),
    "a hexadecimal number of 4,000 digits": (note(started="@").replace("'@'", "0x" + "f" * 4_000), "KB105", 16),
    "a sexagesimal number of 3,000 digits": (note(started="@").replace("'@'", "59:" * 3_000 + "59"), "KB105", 16),
    "a sexagesimal fraction": (note(started="@").replace("'@'", "59:" * 300 + "59.5"), "KB105", 16),
    "infinity": (note(started="@").replace("'@'", ".inf"), "KB109", 16),
    "two documents": (note(more="...\nowner: a\n"), "KB105", _LINES + 1),
    "a question mark": (note(more="? [a]\n: b\n"), "KB105", _LINES),
    "a directive": (note(more="%YAML 9.9\n"), "KB105", _LINES),
    "a backslash": (note(more='owner: "\\q"\n'), "KB105", _LINES),
    "8,000 words of no vocabulary": (note(crime_types=["fishing"] * 8_000), "KB102", 1_001),
    "8,000 unknown fields": (note(more="".join(f"f{one}: a\n" for one in range(8_000))), "KB102", 1_000),
    # Markdown
    "10,000 lists in one another": (note(deep("- ", 10_000)), "KB102", _BODY + 8),
    "10,000 numbered lists": (note(deep("1. ", 10_000)), "KB102", _BODY + 8),
    "10,000 quotations": (note(deep("> ", 10_000)), "KB102", _BODY + 8),
    "4,000 brackets": (note(deep("[", 4_000)), FINE, 0),
    "9,000 brackets": (note(deep("[", 9_000)), "KB102", _BODY + 8),
    "4,000 stars": (note(deep("**", 1_000, "words" + "**" * 1_000)), FINE, 0),
    "lists below lists": (
        note(f"{BODY}\n" + "".join(f"{'  ' * level}- a\n" for level in range(200))),
        "KB102",
        _BODY + 15,
    ),
    "5,000 headings": (note(BODY + "## Approach\n" * 5_000), "KB102", _BODY + 7 + 298),
    "5,000 links": (note(f"{BODY}\n{'[a](../x/) ' * 5_000}\n"), "KB102", _BODY + 8),
    "20,000 list items without words": (note(BODY + "\n-" * 20_000), "KB102", _BODY + 2_008),
    "20,000 list items": (note(BODY + "\n- a" * 20_000), "KB102", _BODY + 2_004),
    "a table of 5,000 rows": (note(f"{BODY}\n|a|\n|-|\n" + "|a|\n" * 5_000), "KB102", _BODY + 2_005),
    "a line of 90,000 characters": (note(f"{BODY}\n{'words of the police and ' * 3_700}\n"), "KB102", _BODY + 8),
    "a word of 90,000 characters": (note(f"{BODY}\n{'w' * 90_000}\n"), "KB102", _BODY + 8),
    "scripts": (note(f"{BODY}\n{_SCRIPTS}"), FINE, 0),
}
"""A broken file -> what it holds, the code it is told, and the line."""

HARD: Final = (
    "[¦![¦(¦](¦<¦</¦<a ¦&¦&#¦!¦|¦|a|\n|-|\n¦*a ¦**a*¦_a_¦`a¦~~¦\\¦#¦# a\n¦a\n===\n¦\n- a¦\n-¦---\n¦[a]: b\n¦"
    '[a](b)¦[a](b) ¦![a](b)¦[a][a]¦a¦1¦1.¦1,¦1 000 ¦a.¦a@¦a@b.c¦+¦+32 ¦00 ¦04 ¦Dr. ¦Dr. Aa ¦mr. A¦“¦«¦"¦art. ¦'
    "art. 1 and ¦articles 1 to 30 and ¦art. 1 (EU) 2023/1543 ¦wet 12/12/2020 ¦(EU) 2023/1543 ¦kst 12 345 ¦"
    "cve-2023-¦ecli:nl:hr:2020:¦a:¦a1:¦P.23.1581.N ¦wet van 12 januari ¦\u0301¦ﷺ¦é¦rançongiciel ¦hameçonnage\n\n¦"
    f"\u200f¦{' ' * 999}{{#o1}}¦- a {{#o1}}\n¦{{#a-¦a. b. ¦A.B."
).split("¦")
"""What a note can repeat that takes programs long to read."""

_SIGNS = (
    "\t¦\r¦\r\n¦\ufeff¦\x00¦\x1b[1m¦\u202e¦\u200f¦\u2028¦\x85¦\U0010ffff¦---¦...¦: ¦- ¦? ¦&a ¦*a¦<<: ¦"
    "!!python/object:a.b ¦!x ¦%¦@¦`¦'¦\"¦\\¦[¦{¦}¦]¦|¦>¦# ¦## ¦### ¦> > > ¦- - - ¦[[[[¦{{{{¦****¦~~~¦```¦    ¦<!--¦"
    "<script>¦</¦&#0;¦&#x202e;¦&amp¦[a](b)¦![](a)¦[a]: javascript:b¦<javascript:a>¦| a | b |\n|---|\n¦{#o1}¦{#1}¦"
    ".inf¦0o7¦1e999¦2026-02-30¦tlp: red\n¦translation: {of: fr}\n¦title: [a]\n¦sources: {}\n¦id: x\n¦"
    "questions: a\n¦evidence: .nan\n¦../x/¦+32 470 12 34 56 ¦Mr Smith ¦1,000.5 ¦art. 1 to 99999999 ¦no 1/1999 "
)
ODD = st.sampled_from((*_SIGNS.split("¦"), "\u0301" * 50, "1. " * 9, "9" * 5_000, "a" * 3_000))


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
            "each": [more[:40] + one if first <= place < end else one for place, one in enumerate(cut)],
        }
        text = "".join(kept[draw(st.sampled_from([*kept]))])
    data = bytearray(text.encode())
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 3)))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)
