"""Measures on this machine what users wait for, at three sizes of the collection: `make bench`.

    python -m benchmarks [PART …] [--sizes today,20000]

Parts are measured one by one, and what each has found is kept in the data directory, so that one may be measured anew
alone; docs/performance.md is written of all. Timings of a shared machine are noisy, so the floor of every figure is
measured in the same run: the encoder alone, the exact product, an answer without a search.
"""

import argparse
import json
import os
import platform
import subprocess
from collections import ChainMap
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import asking, commands, figures, peers, searching
from benchmarks.places import REPOSITORY, Places
from benchmarks.timing import TODAY, Figures, Found, Scale
from kb.settings import load_settings

Part = Callable[[Places, Scale], Found]


def at(measure: Callable[[Places, str, Scale], Figures], *sizes: str) -> Part:
    """Return a part that measures size after size. sizes: those that it has, else all"""
    return lambda places, scale: {
        size: measure(places, size, scale) for size in scale.sizes if not sizes or size in sizes
    }


PARTS: Final[dict[str, Part]] = {
    "opening": at(commands.opening),
    "steps": at(searching.steps),
    "asking": asking.measure,
    "pages": at(asking.pages, TODAY),
    "qdrant": at(searching.qdrant) if searching.ADDRESS else at(searching.qdrant, TODAY),
    "peers": peers.measure,
    "commands": at(commands.measure),
    "indexing": at(commands.index),
    "saves": at(asking.saves),
    "lint": at(commands.lint, TODAY),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed on this machine.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"Of {', '.join(PARTS)}; none: all.")
    parser.add_argument("--sizes", default=",".join(Scale.sizes), help="Some of %(default)s.")
    asked = parser.parse_args()
    sizes = asked.sizes.split(",")
    for kind, given, known_ones in (("part", asked.parts, PARTS), ("size", sizes, Scale.sizes)):
        if unknown := {*given}.difference(known_ones):
            parser.error(f"there is no {kind} {', '.join(sorted(unknown))}: {', '.join(known_ones)}")
    places = Places(load_settings())
    git = ("git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD")
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "no commit"
    for part in asked.parts or PARTS:
        print(f"{datetime.now():%H:%M:%S} {part}", flush=True)
        found = PARTS[part](places, Scale(sizes=sizes))
        when = f"{datetime.now(UTC):%Y-%m-%d} ({commit})"
        keep(places.folder / f"{part}.json", {size: {"when": when, **values} for size, values in found.items()})
    known = {part: kept(places.folder / f"{part}.json") for part in PARTS}
    whole: Found = {size: dict(ChainMap(*(found.get(size, {}) for found in known.values()))) for size in Scale.sizes}
    table = figures.table(whole, Scale.sizes)
    print(table)
    figures.write("performance.md", "figures", f"{about(known)}\n\n{table}")


def keep(file: Path, found: Found) -> None:
    """Keep what a part has found, besides what it has found of other sizes before."""
    file.write_text(json.dumps(kept(file) | found), "utf-8")


def kept(file: Path) -> Found:
    """Return what a part has found, with the day and the commit."""
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}


def about(known: Mapping[str, Found]) -> str:
    """Return what the machine is, how busy others keep it, when most was measured, at which commit, then the rest."""
    by_commit: dict[Any, list[str]] = {}
    for part, found in known.items():
        for size, values in found.items():
            by_commit.setdefault(values["when"], []).append(f"{part} {size}")
    most, *others = sorted(by_commit, key=lambda when: -len(by_commit[when]))
    measured = "; ".join((most, *(f"{', '.join(by_commit[when])}: {when}" for when in others)))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {platform.python_version()}"
    return f"{machine}; load {os.getloadavg()[2]:.1f}. {measured}."


if __name__ == "__main__":
    main()
