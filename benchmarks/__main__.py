"""Measures on this machine what users wait for, at three sizes of the collection: `make bench`.

    python -m benchmarks [PART …] [--sizes today,20000] [--short] [--json]

Parts are measured one by one, and what each has found is kept in the data directory, so that one may be measured anew
alone; docs/performance.md is written of all. Timings of a shared machine are noisy, so the floor of every figure is
measured in the same run: the encoder alone, the exact product, an answer without a search.
"""

import argparse
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import asking, commands, indexing, opening, page, pages, peers, qdrant, steps
from benchmarks.places import REPOSITORY, Places
from benchmarks.timing import FULL, SHORT, Found, Scale
from kb.settings import load_settings

PARTS: Final[dict[str, Callable[[Places, Scale], Found]]] = {
    "opening": opening.measure,
    "steps": steps.measure,
    "asking": asking.measure,
    "pages": pages.measure,
    "qdrant": qdrant.measure,
    "peers": peers.measure,
    "commands": commands.measure,
    "indexing": indexing.measure,
    "saves": indexing.saves,
    "lint": indexing.lint,
}


def main() -> None:
    asked = _arguments()
    scale = SHORT if asked.short else FULL
    sizes = tuple(asked.sizes.split(",")) if asked.sizes else scale.sizes
    places = Places(load_settings().data_dir, scale)
    kept = places.folder / "figures.json"
    known = _known(kept)
    for part in asked.parts or PARTS:
        print(f"{datetime.now():%H:%M:%S} {part}", flush=True)
        found = PARTS[part](places, replace(scale, sizes=sizes))
        known = _known(kept)  # another part may be measured at the same time
        before = known.get(part, {}).get("found", {})
        known[part] = {"found": {**before, **found}, "when": f"{datetime.now(UTC):%Y-%m-%d}", "commit": _commit()}
        kept.write_text(json.dumps(known), "utf-8")
    everything = _joined(known)
    if asked.json:
        print(json.dumps(everything))
        return
    print(page.table(everything, scale.sizes))
    for missed in page.missed(everything):
        print(f"not reached: {missed}")
    if not asked.short:
        page.write(everything, scale.sizes, _about(known))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed on this machine.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"Of {', '.join(PARTS)}; none: all.")
    parser.add_argument("--sizes", help=f"Some of {','.join(FULL.sizes)}.")
    parser.add_argument("--short", action="store_true", help="Of a few notes, to see that it works.")
    parser.add_argument("--json", action="store_true", help="Print the figures as JSON, and write no page.")
    asked = parser.parse_args()
    if unknown := {*asked.parts} - PARTS.keys():
        parser.error(f"there is no part {', '.join(sorted(unknown))}: {', '.join(PARTS)}")
    return asked


def _known(kept: Path) -> dict[str, Any]:
    """Read what has been measured before: part -> what it found, when, and of which commit."""
    return dict(json.loads(kept.read_text("utf-8"))) if kept.exists() else {}


def _joined(known: dict[str, Any]) -> Found:
    joined: Found = {}
    for part in known.values():
        for size, figures in part["found"].items():
            joined[size] = {**joined.get(size, {}), **figures}
    return joined


def _about(known: dict[str, Any]) -> str:
    """Return when, where and of which commits the figures are."""
    commits = {part: f"{each['when']} ({each['commit']})" for part, each in known.items()}
    if len({*commits.values()}) == 1:
        return f"{next(iter(commits.values()))}; {page.machine()}."
    listed = "; ".join(f"{part} {when}" for part, when in commits.items())
    return f"{page.machine()}. Measured: {listed}."


def _commit() -> str:
    git = ("git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD")
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "no commit"


if __name__ == "__main__":
    main()
