"""Measures (`figures.yaml`) and what was found -> the table of docs/performance.md, with bars and what misses them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from benchmarks.timing import Found

_DOCS: Final = Path(__file__).parent.parent / "docs"
_UNITS: Final = {"count": (0, ""), "ms": (1, " ms"), "s": (2, " s"), "MB": (0, " MB"), "times": (2, " ×")}
"""Decimals, and what stands behind a number."""


@dataclass(frozen=True)
class Measure:
    """What is measured, in words, its unit, and for some sizes its bar: the most or the least it may be."""

    what: str
    unit: str = "count"
    most: Mapping[str, float] = field(default_factory=dict)
    least: Mapping[str, float] = field(default_factory=dict)

    def cell(self, size: str, value: float | list[float] | str) -> str:
        """Return a value, or values, as the table shows them; where one misses the bar, saying so."""
        if isinstance(value, str):
            return value
        values = value if isinstance(value, list) else [value]
        reached = self.least.get(size, min(values)) <= min(values) and max(values) <= self.most.get(size, max(values))
        return f"{self._shown(*values)}{'' if reached else ' **not reached**'}"

    def _shown(self, *values: float) -> str:
        decimals, unit = _UNITS[self.unit]
        return " / ".join(f"{value:,.{decimals}f}" for value in values) + unit

    @property
    def bar(self) -> str:
        """The bars in words, each with its size."""
        signed = [("≤", *each) for each in self.most.items()] + [("≥", *each) for each in self.least.items()]
        return ", ".join(f"{sign} {self._shown(value)} ({_head(size)})" for sign, size, value in signed)


MEASURES: Final = {
    group: {name: Measure(**given) for name, given in measures.items()}
    for group, measures in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")).items()
}


def table(found: Found, sizes: Sequence[str]) -> str:
    """Return the measures that there are as a table in Markdown."""
    lines = [["", *map(_head, sizes), "bar"], ["---"] * (len(sizes) + 2)]
    for group, measures in MEASURES.items():
        there = {
            name: measure for name, measure in measures.items() if any(name in found.get(size, {}) for size in sizes)
        }
        lines += [[f"**{group}**", *[""] * (len(sizes) + 1)]] * bool(there)
        for name, measure in there.items():
            values = [(size, found.get(size, {}).get(name)) for size in sizes]
            cells = ["" if value is None else measure.cell(size, value) for size, value in values]
            lines.append([measure.what, *cells, measure.bar])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write(page: str, name: str, text: str) -> None:
    """Write a text into a page of docs, between the marks of this name."""
    file, marks = _DOCS / page, re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    file.write_text(marks.sub(lambda match: match[1] + text + match[2], file.read_text("utf-8")), "utf-8")


def _head(size: str) -> str:
    return f"{int(size):,}" if size.isdecimal() else size
