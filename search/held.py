"""Answers that stay the same as long as the index does, made once: on notes and passages, never on a question.

Belongs to one generation and goes with it, so that nothing of a withdrawn note stays. Every answer is held for one
clearance, and given to no other.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock
from typing import Any, Final, TypeVar

MOST: Final = 8192
"""Answers held at a time; those that nobody has asked for longest go first. What is held of one note or passage takes a
few kB.

What is large is on the whole collection, one for each language or day and each set of notes that callers see: the
picture of the map, 270 kB.
"""

Answer = TypeVar("Answer")
Key = TypeVar("Key", bound=Hashable)


class Held:
    """Answers about one generation. Safe to share between threads, as long as nobody changes what it gives."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def once(self, what: str, clearance: frozenset[str], *of: Hashable, make: Callable[[], Answer]) -> Answer:
        """What `make` answers, from the second time on without calling it.

        of: what else it depends on: ids that are in the index, languages, days; nothing that somebody typed
        """
        [found] = self.each(what, clearance, [of], make=lambda _: {of: make()}).values()
        return found

    def each(
        self,
        what: str,
        clearance: frozenset[str],
        those: Iterable[Key],
        *,
        make: Callable[[list[Key]], Mapping[Key, Answer]],
    ) -> dict[Key, Answer]:
        """What `make` answers for each of those, and is asked for only those of which nothing is held."""
        found: dict[Key, Answer] = {}
        missing: list[Key] = []
        with self._lock:
            for one in those:
                key = (what, clearance, one)
                if key in self._answers:
                    self._answers.move_to_end(key)
                    found[one] = self._answers[key]
                else:
                    missing.append(one)
        if not missing:
            return found
        made = make(missing)  # outside the lock: two who ask at once may both make it, and nobody waits for another's
        with self._lock:
            for one, answer in made.items():
                self._answers[what, clearance, one] = answer
                if len(self._answers) > self._most:
                    self._answers.popitem(last=False)
        return {**found, **made}

    def __len__(self) -> int:
        return len(self._answers)
