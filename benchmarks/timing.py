"""How much is measured, what is asked, and how time is taken. Milliseconds, unless a name says otherwise."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import yaml

TODAY: Final = "today"
"""The size of the collection as it is. Every other size is named by its passages."""
WORDS: Final = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))
WARM: Final = 8
"""Questions before those that are timed; they fill what is cached."""

Figures = dict[str, float | list[float] | str]
"""Measure -> its value, or values. The page shows those that `figures.yaml` has."""
Found = dict[str, Figures]
"""What a part has measured, by size."""


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    sizes:     smallest first; at the middle one others are asked, too
    questions: asked one after the other, and by several clients at once
    many:      after so many questions the server's memory is looked at again
    saves:     how often a note is saved
    runs:      runs of a command of which the quickest counts
    """

    sizes: Sequence[str] = (TODAY, "20000", "100000")
    questions: int = 300
    many: int = 5_000
    saves: int = 20
    runs: int = 3


def questions() -> Iterator[str]:
    """Yield questions without end, no two alike, so that no cache answers them."""
    return (f"{WORDS[number % len(WORDS)]} {number}" for number in count())


def timed(action: Callable[[str], Any], text: str) -> float:
    """Return the milliseconds that an action takes with a text."""
    started = time.perf_counter()
    action(text)
    return (time.perf_counter() - started) * 1000


def p50(action: Callable[[str], Any], texts: Iterable[str]) -> float:
    """Return the median of the milliseconds that an action takes with each of these texts."""
    return median(timed(action, text) for text in texts)


def in_turn(
    actions: Mapping[str, Callable[[str], Any]], texts: Iterable[str], rest: float = 0.0
) -> dict[str, list[float]]:
    """Return the milliseconds of each action with each text: all take one in turn, and share what else goes on.

    rest: seconds before each, in which threads of the one before fall asleep that wait for more work of its kind
    """
    times: dict[str, list[float]] = {name: [] for name in actions}
    for text in texts:
        for name, action in actions.items():
            time.sleep(rest)
            times[name].append(timed(action, text))
    return times


def percentiles(times: Sequence[float]) -> list[float]:
    """Return p50, p95 and p99."""
    return np.percentile(times, (50, 95, 99)).tolist()
