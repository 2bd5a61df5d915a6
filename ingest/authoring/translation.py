"""A translation as a file to fill in: what it renders, at which revision, and the original's text to write over."""

import re
from collections.abc import Iterator
from typing import Final

from kb.notes.field_words import field_words
from kb.notes.markdown import straight
from kb.notes.note import SECTIONS, Note
from kb.text.languages import NAMES, Language

_HEADING: Final = re.compile(r"(##)[ \t]+(.*?)[ \t#]*")
_FENCE: Final = re.compile(r"[ ]{0,3}(```|~~~)")


def translation(note: Note, to: Language) -> str:
    """The text of a file that translates a note. Its fixed headings are in their language already; what else the body
    says is the original's, to be written over.
    """
    original = note.original_version

    def lines() -> Iterator[str]:
        yield "---"
        for name in ("title", "summary"):
            text = _one_line(getattr(original.own, name))
            yield f"# {field_words()[name][to].label} ({NAMES[note.original][to]}): {text}"
            yield f"{name}:"
        if original.own.questions:
            yield f"# {field_words()['questions'][to].label} ({NAMES[note.original][to]}):"
            yield from (f"#   - {_one_line(one)}" for one in original.own.questions)
            yield "questions:"
        yield "translation:"
        yield f"  of: {note.original}"
        yield f"  status: human  # {field_words()['translation.status'][to].meaning}"
        yield f'  source_revision: "{original.revision}"'
        yield "---"
        yield _with_headings(original.body, note, to)

    return "\n".join(lines())


def _one_line(text: str) -> str:
    """A text as a comment can hold it."""
    return " ".join(text.split())


def _with_headings(body: str, note: Note, to: Language) -> str:
    """A body whose fixed headings are in another language."""
    wanted = {names[note.original]: names[to] for names in SECTIONS[note.kind].values()}
    found: list[str] = []
    fenced = False
    for line in body.splitlines():
        fenced ^= _FENCE.match(line) is not None
        heading = None if fenced else _HEADING.fullmatch(line)
        known = heading and wanted.get(straight(heading[2]))
        found.append(f"## {known}" if known else line)
    return "\n".join(found).rstrip() + "\n"
