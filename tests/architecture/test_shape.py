"""The shape of the code: which folder may know which, and that it is our code that is tested."""

import ast
import importlib
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("kb", "ingest", "search", "api")
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools", "core", "manager"}
MODULES = [path for package in PACKAGES for path in sorted((REPOSITORY / package).rglob("*.py"))]


@pytest.mark.parametrize("name", PACKAGES)
def test_our_packages_are_those_of_this_repository(name):
    assert Path(importlib.import_module(name).__file__).resolve() == (REPOSITORY / name / "__init__.py").resolve()


def test_modules_are_named_for_what_they_do_and_few_to_a_folder():
    assert [path for path in MODULES if path.stem in NAMELESS] == []
    folders = Counter(str(path.parent) for path in MODULES if path.name != "__init__.py")
    assert {folder: size for folder, size in folders.items() if size > 14} == {}


def test_pure_modules_open_no_files():
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (pure, again) = [each["source_modules"] for each in contracts if each["name"].startswith("Pure")]
    assert pure == again
    named = tuple(str(REPOSITORY / name.replace(".", "/")) for name in pure)
    read = [path for path in MODULES if str(path).startswith(named)]
    assert len(read) > 50
    for path in read:
        calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        assert "open" not in {call.id for call in calls if isinstance(call, ast.Name)}, path


def test_what_has_a_long_form_is_run_by_make_test_deep():
    texts = {path: path.read_text("utf-8") for path in (REPOSITORY / "tests").rglob("test_*.py")}
    long = [path for path, text in texts.items() if "from tests.depth import" in text]
    assert len(long) > 10
    assert [path for path in long if "mark.deep" not in texts[path]] == []


def test_the_contracts_on_imports_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
