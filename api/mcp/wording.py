"""Answers and errors as text, which is all that every assistant reads; text of notes stands between marks as data.

Notes have many authors. One may hold words that look like an instruction, or like the end of the quotation: of the
angles that make a mark, none are left in what is quoted.
"""

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from api.exports.note_text import contact_text
from kb.errors import KbError, QueryError
from kb.notes.note import Kind
from kb.notes.plain_yaml import read_data
from kb.text.languages import Language
from search.results import Level

TEXTS: Final = read_data("tools.yaml", "api.mcp")
"""What assistants read about the server and each tool."""
NOTICE: Final[str] = TEXTS["notice"]
_ANGLES: Final = re.compile("<{3,}|>{3,}")
_NOTHING: Final[tuple[Any, ...]] = (None, [], {})


def quote(text: str) -> str:
    """Put a text between marks. Their number is made of the text, so nobody can write it into one beforehand."""
    within = _ANGLES.sub(lambda found: " ".join(found[0]), text)
    number = sha256(within.encode()).hexdigest()[:12]
    return f"<<<quoted {number}\n{within}\nquoted {number}>>>"


MOST: Final = 11_500
"""Bytes of an answer at most; with what the protocol puts around them, 12,000."""
_LEAST: Final = 4_000
"""Bytes of a note's text in a part of it that has room for more."""
_LISTS: Final = (*(kind.folder for kind in Kind), "countries", "at_a_glance")
"""Members that list notes, or columns of notes, each of which has a heading."""


class _Block(NamedTuple):
    """A piece of an answer.

    short: what stands for it where there is no room; nothing: it is always told
    order: in which it is given room
    """

    text: str
    short: str = ""
    order: tuple[bool, int] = (False, 0)


def in_words(answer: BaseModel) -> str:
    """Return an answer as lines `name: value`, quoted text between marks, in about `MOST` bytes.

    Members that say nothing are left out. Of lists, the first notes of each are told as far as there is room, those
    that answer the question before others; of the rest, the ids. A whole note is told in parts. Raises QueryError.
    """
    told = answer.model_dump(mode="json")
    if "part" in told:
        return _in_parts(told)
    blocks = [_Block(NOTICE), *_blocks(told, "")]
    room = MOST - sum(_size(block.short or block.text) for block in blocks)
    full = set()
    for place in sorted(range(len(blocks)), key=lambda place: blocks[place].order):
        text, short, _ = blocks[place]
        if short:
            room -= _size(text) - _size(short)
            if room < 0:
                break
        full.add(place)
    return "\n".join(block.text if place in full else block.short for place, block in enumerate(blocks))


def refusal(error: KbError) -> str:
    """Return what happened, and what to do about it."""
    allowed = error.allowed if isinstance(error, QueryError) else ()
    is_known = all(value in error.remedy for value in allowed)
    accepted = "" if is_known else f"Accepted: {', '.join(allowed)}."
    return " ".join(filter(None, (error.message, error.remedy, accepted)))


def _size(text: str) -> int:
    return len(text.encode()) + 1


def _in_parts(note: dict[str, Any]) -> str:
    """Return the part of a note that is asked for; its facts stand in the first. Raises QueryError."""
    part, quoted = note.pop("part"), _as_text(note.pop("quoted"), note["language"])
    facts = "\n".join((NOTICE, *_facts(note)))
    parts, room = [""], max(_LEAST, MOST - _size(facts))
    for line in _split(quoted):
        if parts[-1] and _size(parts[-1] + line) > room:
            parts.append("")
        parts[-1] += line
    if part > len(parts):
        raise QueryError(
            f"There is no part {part} of this note.", field="part", remedy=f"Ask for one from 1 to {len(parts)}."
        )
    begun = facts if part == 1 else f"{NOTICE}\nid: {note['id']}"
    more = f"; ask for part {part + 1} to read on" if part < len(parts) else ""
    where = [f"part: {part} of {len(parts)}{more}"] if len(parts) > 1 else []
    return "\n".join((begun, *where, quote(parts[part - 1].rstrip("\n"))))


def _split(text: str) -> Iterator[str]:
    """Yield the lines of a text; one that is long, in pieces that end with a word."""
    for line in text.splitlines(keepends=True):
        yield from re.findall(rf".{{1,{_LEAST // 4}}}(?:\s|$)|.{{1,{_LEAST // 4}}}", line, re.DOTALL)


def _blocks(answer: Mapping[str, Any], within: str) -> Iterator[_Block]:
    yield _Block("\n".join(_facts(answer)))
    for name, items in answer.items():
        if not _is_list(name, items):
            continue
        if not items:
            yield _Block(f"{within}{name}: none")
        for place, item in enumerate(items, start=1):
            heading = f"{within}{name} {place}"
            if "page" not in item:
                yield _Block(f"\n{heading}")
                yield from _blocks(item, f"{heading}, ")
                continue
            level = item.get("level")
            short = f"{heading}: {item['id']}" + (f", level: {level}" if level else "")
            yield _Block("\n".join((f"\n{heading}", *_facts(item))), short, (level == Level.LOW, place))


def _is_list(name: str, value: Any) -> bool:
    return name in _LISTS and isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _facts(answer: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines `name: value`, and what is quoted. Of members of members, each has a line."""
    for name, value in answer.items():
        if name == "quoted" or value in _NOTHING or _is_list(name, value):
            continue
        if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
            yield from (f"{name}, {key}: {_value(each)}" for key, each in value.items() if each not in _NOTHING)
        else:
            yield f"{name}: {_value(value)}"
    if "quoted" in answer:
        yield quote(_as_text(answer["quoted"], answer.get("language", Language.EN)))


def _as_text(quoted: Mapping[str, Any], language: str) -> str:
    """Return what is quoted: a paragraph for each member, a line for each contact and each member of a member."""

    def line(name: str, value: Any) -> str:
        if name == "contacts":
            return "\n".join(each if isinstance(each, str) else _contact(each, Language(language)) for each in value)
        if isinstance(value, dict):
            return "".join(f"\n{key}: {_value(each)}" for key, each in value.items())
        return _value(value)

    return "\n\n".join(f"{name}: {line(name, value)}" for name, value in quoted.items() if value not in _NOTHING)


def _contact(contact: Mapping[str, Any], language: Language) -> str:
    """Return a contact in a line: how and when it is reached, for whom and what, what to have ready, who says so."""
    for_whom = f"for: {', '.join(contact['for_whom'])}"
    checked = f"checked: {contact['checked']}"
    sources = ", ".join(source["url"] for source in contact.get("sources", ()))
    parts = (for_whom, *(contact.get(name) for name in ("when", "at_hand", "then")), checked, sources)
    return " | ".join((contact_text(contact, language), *filter(None, parts)))


def _value(value: Any) -> str:
    """Return a value in words: of several, commas between them; of members, each after its name."""
    if isinstance(value, dict):
        said = ((name, _value(each), isinstance(each, dict)) for name, each in value.items() if each not in _NOTHING)
        return ", ".join(f"{name} ({each})" if within else f"{name} {each}" for name, each, within in said)
    if isinstance(value, list):
        return ("; " if any(isinstance(each, dict) for each in value) else ", ").join(map(_value, value))
    return value if isinstance(value, str) else json.dumps(value)
