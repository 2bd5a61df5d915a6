"""Cursors: where a list goes on. Opaque to callers, who send back what they were given with the same parameters.

A cursor names a place in the caller's own list, so it reveals nothing of what the caller may not see. In lists of notes
and of changes the place is an id, which stays good when the index is replaced; in the answer to a question a number.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Any, Final
from zlib import crc32

import orjson

from kb.errors import QueryError

_LONGEST: Final = 400


def cursor(place: Any, asked: Mapping[str, Any]) -> str:
    """Return the cursor for a place, a plain value, in the list that was asked for."""
    return urlsafe_b64encode(orjson.dumps([_of(asked), place])).decode().rstrip("=")


def place(given: str, asked: Mapping[str, Any], like: type) -> Any:
    """Return the place that a cursor names, a value of this type. Raises QueryError for one of another list."""
    try:
        if len(given) > _LONGEST:
            raise ValueError
        of, found = json.loads(urlsafe_b64decode(given.encode("ascii") + b"=" * (-len(given) % 4)))
        str(found).encode()  # JSON can spell half a character
    except (Error, ValueError, TypeError, RecursionError):
        of = found = None
    if of != _of(asked) or type(found) is not like:
        raise no_cursor()
    return found


def no_cursor() -> QueryError:
    """Return the refusal of what is no cursor of a list."""
    remedy = "Send the one that the answer before gave, with the same parameters; or none, to begin."
    return QueryError("The cursor is not one that this list was answered with.", field="cursor", remedy=remedy)


def _of(asked: Mapping[str, Any]) -> int:
    """Tie a cursor to what was asked. No secret: who makes one up only chooses where to begin."""
    return crc32(orjson.dumps(asked, str, orjson.OPT_SORT_KEYS))
