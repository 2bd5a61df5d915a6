"""Answers and errors as text, for clients that pass on text only; text of notes stands between marks as data.

Notes have many authors. One may hold words that look like an instruction, or like the end of the quotation: of the
angles that make a mark, none are left in what is quoted. Structured content needs no marks, and is left as it is.
"""

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel

from api.exports.note_text import contact_text
from kb.errors import KbError, QueryError
from kb.notes.note import Kind
from kb.notes.plain_yaml import read_data
from kb.text.languages import Language

TEXTS: Final = read_data("tools.yaml", "api.mcp")
"""What assistants read about the server and each tool."""
NOTICE: Final[str] = TEXTS["notice"]
_ANGLES: Final = re.compile("<{3,}|>{3,}")


def quote(text: str) -> str:
    """Put a text between marks. Their number is made of the text, so nobody can write it into one beforehand."""
    within = _ANGLES.sub(lambda found: " ".join(found[0]), text)
    number = sha256(within.encode()).hexdigest()[:12]
    return f"<<<quoted {number}\n{within}\nquoted {number}>>>"


_LISTS: Final = (*(kind.folder for kind in Kind), "overarching", "countries", "at_a_glance")
"""Members that list notes, or columns of notes, each of which has a heading."""


def in_words(answer: BaseModel) -> str:
    """Return an answer as lines `name: value`, quoted text between marks. Members that say nothing are left out."""
    return "\n".join((NOTICE, *_lines(answer.model_dump(mode="json"), "")))


def refusal(error: KbError) -> str:
    """Return what happened, and what to do about it."""
    allowed = error.allowed if isinstance(error, QueryError) else ()
    is_known = all(value in error.remedy for value in allowed)
    accepted = "" if is_known else f"Accepted: {', '.join(allowed)}."
    return " ".join(filter(None, (error.message, error.remedy, accepted)))


def _lines(answer: Mapping[str, Any], within: str) -> Iterator[str]:
    for name, value in answer.items():
        if name in _LISTS and isinstance(value, list) and all(isinstance(item, dict) for item in value):
            if not value:
                yield f"{within}{name}: none"
            for place, item in enumerate(value, start=1):
                heading = f"{within}{name} {place}"
                yield f"\n{heading}"
                yield from _lines(item, f"{heading}, ")
        elif name != "quoted" and value not in (None, [], {}):
            yield f"{name}: {_value(value)}"
    if "quoted" in answer:
        told = dict(answer["quoted"])
        if told.get("contacts"):
            told["contacts"] = "\n".join(
                contact if isinstance(contact, str) else _contact(contact, Language(answer["language"]))
                for contact in told["contacts"]
            )
        quoted = (f"{name}: {_value(value)}" for name, value in told.items() if value not in (None, [], {}))
        yield quote("\n\n".join(quoted))


def _contact(contact: Mapping[str, Any], language: Language) -> str:
    """Return a contact in a line: how and when it is reached, for whom and what, what to have ready, who says so."""
    for_whom = f"for: {', '.join(contact['for_whom'])}"
    checked = f"checked: {contact['checked']}"
    sources = ", ".join(source["url"] for source in contact.get("sources", ()))
    parts = (for_whom, *(contact.get(name) for name in ("when", "at_hand", "then")), checked, sources)
    return " | ".join((contact_text(contact, language), *filter(None, parts)))


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
