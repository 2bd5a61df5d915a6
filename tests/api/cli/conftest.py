"""`kb` in this process, as somebody types it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def kb(monkeypatch, content, tmp_path):
    """Runs a command on `content`, unless settings name other folders."""

    def run(*arguments, **settings):
        given = {"KB_CONTENT_DIRS": content.root, "KB_DATA_DIR": tmp_path / "data", **settings}
        for name, value in given.items():
            monkeypatch.setenv(name, str(value))
        result = CliRunner().invoke(app, arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def indexing(kb, settings, empty_data_dir):
    """`kb` on `content`, with a data directory that has the model files only."""
    empty_data_dir(settings.data_dir)
    return kb


@pytest.fixture
def real(kb, data_dir):
    """`kb` on the real collection and its index."""
    ours = {"KB_DATA_DIR": data_dir, "KB_CONTENT_DIRS": REPOSITORY / "content"}
    return lambda *arguments, **settings: kb(*arguments, **{**ours, **settings})
