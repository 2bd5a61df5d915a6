"""Values that never change: passed on instead of copied, and compared by a hash of what they are."""

import hashlib
import json
from typing import Any, Self


class Immutable:
    """Base of frozen dataclasses that travel through pipelines.

    Haystack deep-copies what travels between components; of a value that cannot change that is wasted time.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def digest(value: Any) -> str:
    """Return 16 hex digits of the sha256 of a plain value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
