"""The socket of a server in its data directory: who asks there, who does not, and that the answers are the same."""

import os
import re
import socket
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest

from api.compose import Services
from api.http.app import create_app
from api.http.connections import BoundedServer
from api.own_socket import answered, listening, socket_path
from tests.api.conftest import REPOSITORY, environment

QUESTION = "hoe blokkeren we phishingsites"
COMMANDS = (
    ("search", QUESTION, "--limit", "2", "--explain", "--country", "BE", "--by-country", "--sort", "date"),
    ("search", "recette de tarte aux pommes", "--lang", "fr", "--json"),
    ("show", "nl-online-area-ban", "--lang", "en"),
    ("show", "be-baps", "--json"),
    ("stats",),
    ("stats", "--json"),
)
REFUSED = {
    ("search", QUESTION, "--organisation", "cbb"): 2,
    ("show", "be-baps/stix"): 1,  # what the server has at that address is no note
}
LOADED_BY_SEARCHES = {"openvino", "qdrant_edge", "tokenizers", "torch", "haystack", "fastapi"}


@contextmanager
def serving(settings, searcher):
    """A server that is asked on its socket only."""
    with listening(settings, print) as own:
        server = BoundedServer(create_app(Services(settings, searcher)), settings.time_limit)
        thread = threading.Thread(target=server.run, args=(own,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def here(collection, tmp_path):
    """Settings for the real index, in a data directory without a server."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("index", "models"):
        (folder / name).symlink_to(collection.data_dir / name)
    return collection.model_copy(update={"data_dir": folder})


def test_with_a_server_or_without_the_terminal_says_the_same(kb, here, searcher):
    def said(command, key=""):
        done = kb(*command, KB_DATA_DIR=here.data_dir, KB_API_KEY=key)
        return done.exit_code, re.sub(r'"took_ms":[0-9.e-]+', "", done.stdout), done.stderr

    alone = [*map(said, (*COMMANDS, *REFUSED))]
    assert [code for code, *_ in alone] == [*[0] * len(COMMANDS), *REFUSED.values()]
    with serving(here, searcher):
        for key in ("", "kb_of_somebody"):  # which is for `kb mcp`
            assert [said(command, key) for command in (*COMMANDS, *REFUSED)] == alone


def test_a_terminal_beside_a_server_loads_no_engine(here, searcher):
    script = (
        "import sys\nfrom api.cli.main import app\n"
        "for asked in (['search', 'phishing'], ['show', 'be-baps'], ['stats']):\n"
        "    app(asked, standalone_mode=False)\n"
        f"loaded = {LOADED_BY_SEARCHES!r} & {{name.partition('.')[0] for name in sys.modules}}\n"
        "sys.exit(' '.join(sorted(loaded)) or 0)\n"
    )
    command = [sys.executable, "-c", script]
    given = environment(KB_DATA_DIR=here.data_dir, PYTHONPATH=REPOSITORY)
    with serving(here, searcher):
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=given)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(words in done.stdout for words in ("  1. ", "Belgian Anti-Phishing Shield", "Missing translations"))


def test_server_and_terminal_load_neither_torch_nor_haystack_and_openvino_when_they_encode():
    script = (
        "import sys\nimport api.http.serving, api.cli.search, api.compose, search.service, ingest.indexing.index\n"
        "heavy = {'torch', 'haystack', 'sentence_transformers', 'transformers', 'openvino'}\n"
        "sys.exit(' '.join(heavy & {*sys.modules}) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.returncode, done.stderr) == (0, "")


def test_who_asks_there_sees_what_is_public(content, settings, index, monkeypatch):
    content.practice("be-open")
    content.practice("be-shut", tlp="amber", pap="amber")
    with serving(settings, index()):
        assert answered(settings, "/v1/notes/be-open")
        assert answered(settings, "/v1/notes/be-shut") is None
        monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
        assert answered(settings, "/v1/notes/be-open") is None  # the server is of somebody else
    assert not settings.audit_log.exists()


def test_only_its_owner_can_open_it_and_only_while_it_is_there(settings, monkeypatch):
    path = socket_path(settings)
    settings.data_dir.mkdir()
    monkeypatch.chdir(settings.data_dir)
    for _ in range(2):
        with listening(settings, print) as own:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            with listening(settings, print) as second:
                assert (len(own), second) == (1, [])
            assert path.exists()
        assert not path.exists()
        with socket.socket(socket.AF_UNIX) as left_by_a_kill:
            left_by_a_kill.bind(path.name)
        assert answered(settings, "/healthz") is None


def test_a_server_that_hangs_is_not_waited_for(settings):
    settings.data_dir.mkdir()
    with listening(settings, print):
        assert answered(settings, "/healthz", patience=0.05) is None


def test_a_server_of_other_settings_is_not_found(settings):
    path = socket_path(settings)
    assert path == socket_path(settings.model_copy(update={"port": 1, "rate_limit": 7}))
    for other in ({"chunk_tokens": 200}, {"embedding_model": "other"}, {"qdrant_url": "http://localhost:1"}):
        assert path != socket_path(settings.model_copy(update=other))


def test_a_long_path_has_a_socket_and_a_folder_that_takes_none_is_told(settings, fake_searcher):
    long = settings.model_copy(update={"data_dir": settings.data_dir / ("x" * 120) / ("y" * 120)})
    long.data_dir.mkdir(parents=True)
    with serving(long, fake_searcher()):
        assert answered(long, "/healthz") == b'{"status":"ok"}'

    said = []
    with listening(settings.model_copy(update={"data_dir": settings.data_dir / "none"}), said.append) as own:
        assert own == []
    assert "`kb search`" in said[0]
