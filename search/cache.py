"""A cache of answers about notes and passages: of one generation of the index, each for one clearance.

It goes with its generation, so that nothing of a withdrawn note stays. Nothing of a question is ever in it.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock
from typing import Any, Final, TypeVar

CAPACITY: Final = 8192
"""Values kept; the least recently used go first. One of a note or passage takes a few kB. Large are those of the whole
collection, one for each set of notes that callers see: the picture of the map in a language, 270 kB, the words, 7 MB.
"""

Value = TypeVar("Value")
Key = TypeVar("Key", bound=Hashable)


class Cache:
    """Values by name, clearance and key. Safe to share between threads, as long as nobody changes a value.

    asked, found: how many values were asked for, and how many of them were there
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()
        self.found = self.asked = 0

    def get(self, name: str, clearance: frozenset[str], *key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value of a key; `make` is called the first time.

        key: all that the value depends on: ids that are in the index, languages; nothing that somebody typed
        """
        with self._lock:
            if (full := (name, clearance, key)) in self._values:
                self._values.move_to_end(full)
                self.asked, self.found = self.asked + 1, self.found + 1
                kept: Value = self._values[full]
                return kept
        [value] = self.get_many(name, clearance, [key], make=lambda _: {key: make()}).values()
        return value

    def get_many(
        self,
        name: str,
        clearance: frozenset[str],
        keys: Iterable[Key],
        *,
        make: Callable[[list[Key]], Mapping[Key, Value]],
    ) -> dict[Key, Value]:
        """Return the values of keys; `make` is called with those that are not in the cache, if any."""
        wanted = list(keys)
        with self._lock:
            found = {key: self._values[full] for key in wanted if (full := (name, clearance, key)) in self._values}
            for key in found:
                self._values.move_to_end((name, clearance, key))
            self.asked, self.found = self.asked + len(wanted), self.found + len(found)
        missing = [key for key in wanted if key not in found]
        if not missing:
            return found
        made = make(missing)  # outside the lock: two threads may both make it, and none waits for another's
        with self._lock:
            for key, value in made.items():
                self._values[name, clearance, key] = value
                if len(self._values) > self._capacity:
                    self._values.popitem(last=False)
        return {**found, **made}
