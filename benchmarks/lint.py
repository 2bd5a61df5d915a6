"""Measures `kb lint` as authors wait for it: the whole command, on the collection and on copies of it."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

REPEATED = 3
"""Runs of which the quickest counts."""


def linting(content: Path, environment: dict[str, str]) -> dict[str, float]:
    """Seconds of the whole command, and of one that looks at no note: the rest is the work."""
    idle = seconds(environment, "--list")
    figures = {"lint: no note looked at, s (whole command)": idle}
    grown = content.parent / "grown"
    shutil.copytree(content, grown)
    given = {**environment, "KB_CONTENT_DIRS": str(grown)}
    for wanted in ((0, 0), (1000, 0), (0, 1000)):
        files, notes = grow(grown, *wanted)
        taken = seconds(given)
        figures[f"lint: {notes} notes in {files} files, s (whole command)"] = taken
        figures[f"lint: {notes} notes in {files} files, ms per file after start-up"] = (taken - idle) / files * 1000
    return figures


def grow(content: Path, files: int, notes: int) -> tuple[int, int]:
    """Copy notes under other ids until there are so many files and notes; how many there are then."""
    originals = sorted(folder for folder in content.glob("[ps]*s/*/") if folder.parent.name != "sources")
    repeated = originals * (1 + (files + notes) // len(originals))
    for number, folder in enumerate(repeated, len(originals)):  # so that no copy of a copy has a name twice
        if len([*content.glob("[ps]*s/*/*.md")]) >= files and len([*content.glob("[ps]*s/*/")]) >= notes:
            break
        copy = folder.with_name(f"{folder.name}-{number}")
        shutil.copytree(folder, copy)
        extract = content / "sources" / f"{folder.name}.yaml"
        if extract.exists():
            shutil.copyfile(extract, extract.with_name(f"{copy.name}.yaml"))
    return len([*content.glob("[ps]*s/*/*.md")]), len([*content.glob("[ps]*s/*/")])


def seconds(environment: dict[str, str], *arguments: str) -> float:
    """The quickest of a few runs."""
    command = [sys.executable, "-m", "api.cli.main", "lint", *arguments]
    times = []
    for _ in range(REPEATED):
        started = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        times.append(time.perf_counter() - started)
    return min(times)
