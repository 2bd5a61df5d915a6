"""Figures -> the table of docs/performance.md, with their bars and what does not reach them."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from benchmarks.timing import Found, Size

PAGE: Final = Path(__file__).parent.parent / "docs" / "performance.md"
_MARKS: Final = re.compile(r"(<!-- figures -->\n).*?(<!-- end of figures -->)", re.DOTALL)
_NOT_REACHED: Final = "**not reached**"
_EXACT: Final = {"ms": 1, "s": 2, "MB": 0, "times": 2, "count": 0}
"""Decimals that are shown."""


@dataclass(frozen=True)
class Row:
    """A figure: what it is, in words, its unit, and for some sizes its bar. group: of it and those after it"""

    what: str
    unit: str
    group: str = ""
    most: Mapping[Size, float] = field(default_factory=dict)
    least: Mapping[Size, float] = field(default_factory=dict)

    def shown(self, value: float | str) -> str:
        """Return a value with its unit."""
        if isinstance(value, str):
            return value
        return _unit(self.unit, f"{value:,.{_EXACT[self.unit]}f}")

    def reached(self, size: Size, value: float | str) -> bool:
        """Return whether a value reaches the bar of a size, if it has one."""
        return isinstance(value, str) or self.least.get(size, value) <= value <= self.most.get(size, value)

    @property
    def bar(self) -> str:
        """The bars in words, each with its size."""
        signed = (("≤", self.most), ("≥", self.least))
        return ", ".join(
            f"{sign} {_unit(self.unit, f'{value:,}')} ({_head(size)})"
            for sign, bars in signed
            for size, value in bars.items()
        )


ROWS: Final = {
    name: Row(**row)
    for name, row in yaml.safe_load(Path(__file__).with_name("figures.yaml").read_text(encoding="utf-8")).items()
}


def table(found: Found, sizes: Sequence[Size]) -> str:
    """Return the figures that there are as a table in Markdown. Raises KeyError for one that has no row."""
    names = {name for figures in found.values() for name in figures}
    unknown = names - ROWS.keys()
    if unknown:
        raise KeyError(f"figures.yaml lacks {', '.join(sorted(unknown))}")
    lines = [f"| | {' | '.join(map(_head, sizes))} | bar |", f"|---|{'---|' * (len(sizes) + 1)}"]
    group = ""
    for name, row in ROWS.items():
        group = row.group or group
        if name in names:
            if group:
                lines.append(f"| **{group}** |{' |' * (len(sizes) + 1)}")
                group = ""
            cells = [_cell(row, size, found.get(size, {}).get(name)) for size in sizes]
            lines.append(f"| {row.what} | {' | '.join(cells)} | {row.bar} |")
    return "\n".join(lines) + "\n"


def missed(found: Found) -> list[str]:
    """Return the figures that do not reach their bars."""
    return [
        f"{name} at {size}"
        for size, figures in found.items()
        for name, value in figures.items()
        if not ROWS[name].reached(size, value)
    ]


def write(found: Found, sizes: Sequence[Size], about: str) -> None:
    """Write the table and what it is about into the page."""
    page = PAGE.read_text(encoding="utf-8")
    text = f"{about}\n\n{table(found, sizes)}"
    PAGE.write_text(_MARKS.sub(lambda match: match[1] + text + match[2], page), encoding="utf-8")


def machine() -> str:
    """Return in words what the machine is, and how busy others keep it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {python}; load {load}"


def _unit(unit: str, number: str) -> str:
    return {"times": f"{number} ×", "count": number}.get(unit, f"{number} {unit}")


def _head(size: Size) -> str:
    return f"{int(size):,}" if size.isdecimal() else size


def _cell(row: Row, size: Size, value: Any) -> str:
    if value is None:
        return ""
    return row.shown(value) if row.reached(size, value) else f"{row.shown(value)} {_NOT_REACHED}"
