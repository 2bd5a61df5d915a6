"""Answers and errors as text, for clients that pass on text only: the same as in structured content, marked."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from api.mcp.quoting import NOTICE, quote
from kb.errors import KbError, QueryError

_LISTS: Final = ("practices", "strategies", "overarching", "countries")
"""Members that list notes, or columns of notes, each of which is told by itself."""


def in_words(answer: BaseModel) -> str:
    """An answer as lines `name: value`; what is quoted stands between marks. Members that say nothing are left out."""
    return "\n".join((NOTICE, *_lines(answer.model_dump(mode="json"), "")))


def refusal(error: KbError) -> str:
    """What happened, and what to do about it."""
    allowed = error.allowed if isinstance(error, QueryError) else ()
    told = all(one in error.remedy for one in allowed)
    accepted = "" if told else f"Accepted: {', '.join(allowed)}."
    return " ".join(filter(None, (error.message, error.remedy, accepted)))


def _lines(told: Mapping[str, Any], within: str) -> Iterator[str]:
    for name, value in told.items():
        if name in _LISTS and isinstance(value, list) and all(isinstance(one, dict) for one in value):
            if not value:
                yield f"{within}{name}: none"
            for place, one in enumerate(value, start=1):
                heading = f"{within}{name} {place}"
                yield f"\n{heading}"
                yield from _lines(one, f"{heading}, ")
        elif name != "quoted" and value not in (None, [], {}):
            yield f"{name}: {_value(value)}"
    if "quoted" in told:
        yield quote("\n\n".join(_pairs(told["quoted"])))


def _pairs(told: Mapping[str, Any]) -> Iterator[str]:
    return (f"{name}: {_value(value)}" for name, value in told.items() if value not in (None, [], {}))


def _value(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
