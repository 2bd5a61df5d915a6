"""What callers and operators see when index, store or port are not as they should be. Never an empty list."""

import shutil
import signal
import time
from dataclasses import replace

import pytest

from api import compose
from api.http.serving import listen, run
from kb.errors import SettingsError
from kb.store.embedded.state import read_state, write_state
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import recipe
from search.service import Searcher

QUESTION = {"q": "false sites and messages", "lang": "en"}


@pytest.fixture
def server(content, settings, fake_searcher, serve):
    """A server started without an index."""
    content.practice("be-a")
    return serve(settings, fake_searcher())


@pytest.fixture
def generation(settings, index):
    """Indexes the notes under the running server, and returns the folder of the index."""

    def make():
        index()
        return settings.data_dir / "index"

    return make


def assert_out_of_order(client, assert_problem):
    """Searches, notes and readiness answer 503, the process is alive; returns the problem."""
    addresses = ("/v1/search?q=false+sites", "/v1/notes/be-a", "/v1/taxonomy", "/readyz")
    found = [assert_problem(client.get(address), 503) for address in addresses]
    assert len({problem["detail"] for problem in found}) == 1
    assert client.get("/healthz").status_code == 200
    page = client.get("/en/", params=QUESTION)
    assert page.status_code == 503
    assert "No note matches" not in page.text
    return found[0]


def assert_answers(client):
    assert client.get("/readyz").json()["status"] == "ready"
    assert [hit["id"] for hit in client.get("/v1/search", params=QUESTION).json()["practices"]] == ["be-a"]


def test_an_index_built_meanwhile_is_picked_up_without_a_restart(server, generation, assert_problem):
    assert "kb index" in assert_out_of_order(server.client, assert_problem)["remedy"]
    generation()
    assert_answers(server.client)


def of_another_recipe(folder):
    store = EdgeStore(folder.parent)
    store.replace(store.reader().points(), replace(store.info(), recipe="0" * 16, encoder="another-model"))


def cut(folder):
    (folder / "CURRENT").write_bytes((folder / "CURRENT").read_bytes()[:100])


def without_vectors(folder):
    state = read_state(folder / "CURRENT", None)
    [part] = state.parts
    (folder / part.name).rename(folder / "harmed")  # one that the server cannot have open
    (folder / "harmed" / "tables").unlink()
    write_state(folder / "CURRENT", replace(state, parts=(replace(part, name="harmed"),)))


@pytest.mark.parametrize(
    ("harm", "detail"),
    [
        (of_another_recipe, "another-model"),
        (cut, ""),
        (without_vectors, ""),
    ],
    ids=["another recipe", "state cut", "vectors gone"],
)
def test_an_index_that_cannot_be_read_is_no_empty_answer(server, generation, assert_problem, harm, detail):
    folder = generation()
    harm(folder)
    problem = assert_out_of_order(server.client, assert_problem)
    assert detail in problem["detail"]
    assert "kb index" in problem["remedy"]
    shutil.rmtree(folder)
    generation()
    assert_answers(server.client)


def test_a_store_that_is_down_is_503_and_names_the_settings(settings, serve, fake_encoder, assert_problem):
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    down = settings.model_copy(update={"qdrant_url": f"http://127.0.0.1:{port}", "qdrant_timeout": 2})
    made_by = recipe(fake_encoder.fingerprint, down.chunk_tokens, down.chunk_overlap)
    server = serve(down, Searcher(compose.store(down), fake_encoder, made_by))
    assert "KB_QDRANT_URL" in assert_out_of_order(server.client, assert_problem)["remedy"]


def test_an_address_that_cannot_be_used_ends_with_a_remedy(settings):
    with listen("127.0.0.1", 0) as taken:
        for host, port in (taken.getsockname(), ("203.0.113.1", 0), ("no.such.host.invalid", 0)):
            elsewhere = settings.model_copy(update={"host": host, "port": port})
            with pytest.raises(SettingsError, match=f"cannot listen on {host}:{port}") as refused:
                run(compose.Services(elsewhere), lambda message: None)
            assert "kb serve --port" in refused.value.remedy


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_and_quietly(start_server, data_dir, empty_data_dir, tmp_path, number):
    indexed = number == signal.SIGTERM
    running = start_server(KB_DATA_DIR=data_dir if indexed else empty_data_dir(tmp_path / "data"))
    assert ("Until then searches are answered with an error." in running.output) is not indexed
    assert running.client.get("/v1/search", params=QUESTION).status_code == (200 if indexed else 503)
    running.process.send_signal(signal.SIGHUP)
    assert running.client.get("/healthz").is_success
    started = time.monotonic()  # and its connection stays open
    running.process.send_signal(number)
    code = running.process.wait(timeout=20)
    assert time.monotonic() - started < 5
    running.stop(expected=(0, -number, 130))
    assert code in (0, -number, 130)
