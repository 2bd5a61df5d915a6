"""How much is measured, what is asked, and how time is taken. Milliseconds, unless a name says otherwise."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

TODAY: Final = "today"
"""The size of the collection as it is. Every other size is named by its passages."""
WORDS: Final = yaml.safe_load(Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8"))

Size = str
Figures = dict[str, float | str]
Found = dict[Size, Figures]
"""What a part has measured: size -> figure (`figures.yaml`) -> its value."""


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    notes:      how many notes of the collection are taken; 0: all
    sizes:      the sizes, smallest first; at the middle one others are asked, too
    questions:  asked one after the other, and by several clients at once
    memory:     the server's memory is looked at after so many questions
    saves:      how often a note is saved
    runs:       runs of a command of which the quickest counts
    """

    notes: int
    sizes: tuple[Size, ...]
    questions: int
    memory: tuple[int, int]
    saves: int
    runs: int


FULL: Final = Scale(0, (TODAY, "20000", "100000"), questions=300, memory=(200, 5_000), saves=20, runs=3)
SHORT: Final = Scale(6, ("300",), questions=9, memory=(6, 12), saves=1, runs=1)
"""To see that all of it works; its figures say nothing."""


def questions(count: int) -> list[str]:
    """Return questions that differ, so that no cache can answer them."""
    return [f"{WORDS[number % len(WORDS)]} {number}" for number in range(count)]


def timed(action: Callable[[str], Any], text: str) -> float:
    """Return the milliseconds that an action takes with a text."""
    started = time.perf_counter()
    action(text)
    return (time.perf_counter() - started) * 1000


def p50(action: Callable[[str], Any], texts: Iterable[str]) -> float:
    """Return the median of the milliseconds that an action takes with each of these texts."""
    return statistics.median(timed(action, text) for text in texts)


def percentile(times: Sequence[float], share: int) -> float:
    """Return the value that so many per cent of the others do not exceed."""
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1]


def three(name: str, times: Sequence[float]) -> Figures:
    """Return p50, p95 and p99 under a name."""
    return {f"{name}.p{share}": percentile(times, share) for share in (50, 95, 99)}
