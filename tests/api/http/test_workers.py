"""Several processes on one port: the same answers, one audit log, keys that count at once; none is left behind."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from api.auth.audit import known_head, verify
from api.auth.key_file import KeyFile
from api.compose import Services
from api.http.serving import run
from ingest.indexing.index import index_content
from kb.errors import SettingsError
from kb.store.embedded.store import EdgeStore

ASKED = {"q": "who blocks false sites", "lang": "en"}
PATIENCE = 60.0


def children(process):
    """The processes that this one has started and that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            if int(lines["PPid"]) == process and not lines["State"].startswith("Z"):
                found.append(int(lines["Pid"]))
    return found


def until(what):
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_gone(process):
    with suppress(OSError):
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    return True


@pytest.fixture
def indexed(content, settings, encoder, empty_data_dir):
    """Settings of a base with an open note and a restricted one, and a key that opens it."""
    empty_data_dir(settings.data_dir)
    content.practice("be-open")
    content.practice("be-shut", tlp="amber", pap="amber")
    index_content(settings, EdgeStore(settings.data_dir), encoder)
    return settings


@pytest.fixture
def workers(start_server, indexed, content):
    server = start_server(KB_DATA_DIR=indexed.data_dir, KB_CONTENT_DIRS=content.root, KB_WORKERS=2)
    yield server
    left = children(server.process.pid)
    server.stop()
    assert all(map(is_gone, left))
    assert "Fatal" not in server.output


def answers(server):
    with suppress(httpx.TransportError):
        return httpx.get(f"{server.client.base_url}/readyz", trust_env=False, timeout=1).is_success


def test_they_answer_as_one(workers, indexed, content, encoder):
    keys = KeyFile(indexed.key_file)
    key, secret = keys.create("desk", "amber", ["BE"])
    with_key = {"Authorization": f"Bearer {secret}"}

    def ask(headers):  # on a connection of its own
        answer = httpx.get(f"{workers.client.base_url}/v1/search", params=ASKED, headers=headers, trust_env=False)
        return answer.status_code, {hit["id"] for hit in answer.json().get("practices", ())}

    def asked(headers, times=40):
        with ThreadPoolExecutor(8) as clients:
            return {(status, *sorted(ids)) for status, ids in clients.map(lambda _: ask(headers), range(times))}

    assert asked({}) == {(200, "be-open")}
    assert asked(with_key) == {(200, "be-open", "be-shut")}
    told = verify([indexed.audit_log], known_head(indexed.audit_log))
    assert (told.lines, told.breaks) == (40, ())
    keys.revoke(key.id)
    assert {status for status, *_ in asked(with_key, 8)} == {401}
    content.practice("be-new", title="Another note about false sites")
    index_content(indexed, EdgeStore(indexed.data_dir), encoder)
    assert asked({}) == {(200, "be-new", "be-open")}


def test_each_is_replaced_by_one_that_answers(workers):
    for killed in children(workers.process.pid):  # in the end all that answer are replacements
        said = workers.output.count("another takes its place")
        os.kill(killed, signal.SIGKILL)
        until(lambda said=said: workers.output.count("another takes its place") > said)
        until(lambda killed=killed: len({*children(workers.process.pid)} - {killed}) == 2)
    until(lambda: answers(workers))


@pytest.mark.parametrize("ready", [True, False])
def test_none_outlives_the_first_process(start_server, indexed, ready):
    first = start_server(KB_DATA_DIR=indexed.data_dir, KB_WORKERS=2)
    left = children(first.process.pid)
    assert len(left) == 2
    if not ready:
        os.kill(left[0], signal.SIGKILL)
        until(lambda: len({*children(first.process.pid)} - {left[0]}) == 2)
        left = children(first.process.pid)
    first.process.kill()
    until(lambda: all(map(is_gone, left)))
    first.stop(expected=(-signal.SIGKILL,))


def test_one_that_cannot_start_ends_all(start_server, indexed):
    first = start_server(KB_DATA_DIR=indexed.data_dir, KB_WORKERS=2)
    left = children(first.process.pid)
    indexed.data_dir.joinpath("format").write_text("99")
    os.kill(left[0], signal.SIGKILL)
    assert first.process.wait(PATIENCE) == 1
    first.stop(expected=(1,))
    assert "before it was ready" in first.output
    assert all(map(is_gone, left))


def test_a_port_is_of_one_server(workers, indexed):
    port = workers.client.base_url.port
    for number in (1, 2):
        with pytest.raises(SettingsError, match="cannot listen"):
            run(Services(indexed.model_copy(update={"workers": number, "port": port})), print)


def test_notes_are_not_watched_by_several(settings):
    several = settings.model_copy(update={"workers": 2})
    with pytest.raises(SettingsError, match="one process"):
        run(Services(several), print, live=True)
