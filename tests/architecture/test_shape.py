"""The shape of the code: which folder may know which, and that it is our code that is tested."""

import ast
import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("kb", "ingest", "search", "api")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools", "core", "manager"}
OUTSIDE = {
    "http",
    "io",
    "os",
    "random",
    "secrets",
    "shutil",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "time",
    "urllib.request",
}
"""Modules of Python that reach disk, network, clock or environment."""


def modules():
    return [path for package in PACKAGES for path in sorted((REPOSITORY / package).rglob("*.py"))]


@pytest.mark.parametrize("name", PACKAGES)
def test_our_packages_are_those_of_this_repository(name):
    file = importlib.import_module(name).__file__
    assert file is not None
    assert Path(file).resolve() == (REPOSITORY / name / "__init__.py").resolve()


def test_modules_are_named_for_what_they_do():
    assert [path for path in modules() if path.stem in NAMELESS] == []


def test_a_folder_is_a_room_and_no_hall():
    rooms: dict[Path, int] = {}
    for path in modules():
        if path.name != "__init__.py":
            rooms[path.parent] = rooms.get(path.parent, 0) + 1
    assert {str(room): size for room, size in rooms.items() if size > 14} == {}


def test_pure_rooms_reach_nothing_outside():
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    pure = next(contract["source_modules"] for contract in contracts if contract["name"].startswith("Pure"))
    assert len(pure) > 5
    found = {
        f"{path.relative_to(REPOSITORY)}: {name}"
        for room in pure
        for path in [
            (REPOSITORY / room.replace(".", "/")).with_suffix(".py"),
            *(REPOSITORY / room.replace(".", "/")).rglob("*.py"),
        ]
        if path.exists()
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _reached(node)
        if name in OUTSIDE
    }
    assert found == set()


def _reached(node):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
        return ["io"]
    return []


def test_the_contracts_on_imports_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
