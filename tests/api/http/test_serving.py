"""`kb serve`: its memory; `--watch`: where it is refused, and what is known of the `kb watch` beside it."""

import ctypes
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from api.compose import Services
from api.http.serving import run
from api.web.live import ENDED
from kb.errors import SettingsError
from tests.api.conftest import REPOSITORY, Server


@pytest.mark.parametrize(
    "elsewhere",
    [{"host": "0.0.0.0"}, {"trusted_proxies": "127.0.0.1"}, {"public_url": "https://kb.example"}],
    ids=str,
)
def test_watching_is_for_the_own_machine(settings, elsewhere):
    with pytest.raises(SettingsError, match="KB_TRUSTED_PROXIES"):
        run(Services(settings.model_copy(update=elsewhere)), lambda message: None, live=True)


@pytest.fixture
def watching(content, tmp_path, empty_data_dir):
    """A server that indexes notes as they are saved."""
    content.practice("be-a")
    data = empty_data_dir(tmp_path / "data")
    server = Server("--watch", KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data, PYTHONPATH=REPOSITORY)
    server.wait_for(re.compile(r"^Watching\.", re.MULTILINE))
    return server


def children(server):
    """Return the processes that a server has begun and that run."""
    process = server.process.pid
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_a_watch_that_ends_is_noticed(watching):
    assert watching.client.get("/live").json()["problems"] == []
    (watch,) = children(watching)
    os.kill(watch, signal.SIGKILL)
    watching.wait_for(re.compile(re.escape(ENDED)))
    assert ENDED in watching.client.get("/live").json()["problems"]
    watching.stop()


def test_the_watch_ends_with_its_server_and_leaves_nothing(watching, tmp_path):
    (watch,) = children(watching)
    watching.stop()
    assert not Path(f"/proc/{watch}").exists()
    assert not list((tmp_path / "data").glob("watch*"))


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="the C library is not glibc")
def test_many_threads_take_their_memory_from_one_heap():
    script = (
        "import ctypes, threading\n"
        "from api.http.serving import share_heap\n"
        "share_heap()\n"
        "together = threading.Barrier(8)\n"
        "def take():\n"
        "    taken = bytes(100_000)\n"
        "    together.wait()\n"
        "threads = [threading.Thread(target=take) for _ in range(8)]\n"
        "[thread.start() for thread in threads], [thread.join() for thread in threads]\n"
        "c = ctypes.CDLL(None)\n"
        "c.malloc_info(0, ctypes.c_void_p.in_dll(c, 'stdout'))\n"
        "c.fflush(None)\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert told.stdout.count("<heap ") == 1
