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
from api.http.serving import listen, run
from ingest.indexing.index import index_content
from kb.errors import SettingsError
from kb.store.embedded.store import EdgeStore

ASKED = {"q": "who blocks false sites", "lang": "en"}
PATIENCE = 60.0


def children(process):
    return [*map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())]


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
    server.stop()


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


def test_one_that_ends_is_replaced_and_none_outlives_the_first_process(workers, start_server, indexed):
    first, second = children(workers.process.pid)
    os.kill(first, signal.SIGKILL)
    until(lambda: "another takes its place" in workers.output and len(children(workers.process.pid)) == 2)
    assert second in children(workers.process.pid)
    until(lambda: workers.client.get("/readyz").is_success)
    orphaned = start_server(KB_DATA_DIR=indexed.data_dir, KB_WORKERS=2)
    left = children(orphaned.process.pid)
    assert len(left) == 2
    orphaned.process.kill()
    until(lambda: all(map(is_gone, left)))
    orphaned.stop(expected=(-signal.SIGKILL,))


def test_they_are_not_started_where_they_cannot_serve(settings):
    several = settings.model_copy(update={"workers": 2})
    with pytest.raises(SettingsError, match="one process"):
        run(Services(several), print, live=True)
    with listen("127.0.0.1", 0) as taken:
        elsewhere = several.model_copy(update={"port": taken.getsockname()[1]})
        with pytest.raises(SettingsError, match="cannot listen"):
            run(Services(elsewhere), print)
