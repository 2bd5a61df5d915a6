"""`kb watch` ends in order when it is told to, whatever is under way."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import REPOSITORY, environment

# mypy and tests meet at conftest's fixtures; its classes are not importable in importlib mode.
Content = Any


@pytest.fixture
def data(tmp_path: Path, empty_data_dir: Callable[[Path], Path]) -> Path:
    return empty_data_dir(tmp_path / "data")


@pytest.fixture
def watch(content: Content, data: Path) -> Iterator["subprocess.Popen[str]"]:
    """`kb watch` on one note, begun."""
    content.practice("be-a")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "api.cli.main", "watch"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data, PYTHONPATH=REPOSITORY),
    )
    yield process
    process.kill()
    process.communicate()


def read_until(process: "subprocess.Popen[str]", words: str) -> None:
    """Read what it says until it says these words."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return
    raise AssertionError(said)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "interrupted"])
def test_it_takes_its_file_away(watch: "subprocess.Popen[str]", data: Path, told: signal.Signals) -> None:
    read_until(watch, "Watching.")
    watch.send_signal(told)
    _, said = watch.communicate(timeout=30)
    assert watch.returncode == 0
    assert "Traceback" not in said
    assert "Abort" not in said
    assert not list(data.glob("watch*"))


def test_what_is_saved_is_found_as_soon_as_it_says_so(watch: "subprocess.Popen[str]", content: Content) -> None:
    read_until(watch, "Watching.")
    content.practice("be-b")
    read_until(watch, "Found now: be-b")
