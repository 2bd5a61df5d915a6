"""`kb` in this process, as somebody types it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from api.cli.main import app
from kb.settings import Settings

REPOSITORY = Path(__file__).parents[3]
Kb = Callable[..., Result]


@pytest.fixture
def kb(monkeypatch: pytest.MonkeyPatch, content: Any, tmp_path: Path) -> Kb:
    """Runs a command on `content`, unless settings name other folders."""

    def run(*arguments: str, **settings: object) -> Result:
        given = {"KB_CONTENT_DIRS": content.root, "KB_DATA_DIR": tmp_path / "data", **settings}
        for name, value in given.items():
            monkeypatch.setenv(name, str(value))
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def indexing(kb: Kb, settings: Settings, model_folder: Path) -> Kb:
    """`kb` on `content`, with a data directory that has the model files only."""
    settings.data_dir.mkdir()
    (settings.data_dir / "models").symlink_to(model_folder, target_is_directory=True)
    return kb


@pytest.fixture
def real(kb: Kb, data_dir: Path) -> Kb:
    """`kb` on the real collection and its index."""
    return lambda *arguments: kb(*arguments, KB_DATA_DIR=data_dir, KB_CONTENT_DIRS=REPOSITORY / "content")
