"""What callers and operators see when index, store or port are not as they should be. Never an empty list."""

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

Check = Callable[..., dict[str, Any]]
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def lone_data_dir(tmp_path_factory: pytest.TempPathFactory, empty_data_dir: Callable[[Path], Path]) -> Path:
    return empty_data_dir(tmp_path_factory.mktemp("lone") / "data")


@pytest.fixture(scope="module")
def lone(start_server: Callable[..., Any], lone_data_dir: Path) -> Iterator[Any]:
    """A server started without an index."""
    running = start_server(KB_DATA_DIR=lone_data_dir, KB_CONTENT_DIRS=REPOSITORY / "content")
    yield running
    running.stop()


@pytest.fixture
def index(lone_data_dir: Path, data_dir: Path) -> Callable[[], Path]:
    """Puts a copy of the real index under the running server, and returns the folder of its generation."""

    def put() -> Path:
        shutil.rmtree(lone_data_dir / "index", ignore_errors=True)
        shutil.copytree(data_dir / "index", lone_data_dir / "index")
        return current(lone_data_dir)

    return put


def current(data_dir: Path) -> Path:
    return data_dir / "index" / (data_dir / "index" / "CURRENT").read_text().strip()


def renamed(folder: Path, name: str) -> None:
    """Switch readers to this generation under another name, as a writer does."""
    folder.rename(folder.with_name(name))
    (folder.parent / "CURRENT").write_text(name)


def assert_out_of_order(client: httpx.Client, assert_problem: Check) -> dict[str, Any]:
    """Searches, notes and readiness answer 503, the process is alive; returns the problem."""
    found = [
        assert_problem(client.get("/v1/search", params={"q": "ransomware victims"}), 503),
        assert_problem(client.post("/v1/search", json={"q": "ransomware victims"}), 503),
        assert_problem(client.get("/v1/notes/be-baps"), 503),
        assert_problem(client.get("/v1/taxonomy"), 503),
        assert_problem(client.get("/readyz"), 503),
    ]
    assert len({problem["detail"] for problem in found}) == 1
    assert all(str(REPOSITORY) not in str(problem) and "/tmp" not in str(problem) for problem in found)
    assert len(str(found[0])) < 1_000
    assert client.get("/healthz").status_code == 200
    page = client.get("/en/", params={"q": "ransomware victims", "lang": "en"})
    assert page.status_code == 503
    assert "No note matches" not in page.text
    return found[0]


def assert_answers(client: httpx.Client) -> None:
    assert client.get("/readyz").json()["status"] == "ready"
    answer = client.get("/v1/search", params={"q": "Belgian Anti-Phishing Shield BAPS"}).json()
    assert "be-baps" in [hit["id"] for hit in answer["practices"]]


def test_without_an_index_every_answer_names_the_command_that_makes_one(
    lone: Any, lone_data_dir: Path, assert_problem: Check
) -> None:
    shutil.rmtree(lone_data_dir / "index", ignore_errors=True)
    assert "kb index" in assert_out_of_order(lone.client, assert_problem)["remedy"]
    assert "Until then searches are answered with an error." in lone.output


def test_an_index_built_meanwhile_is_picked_up_without_a_restart(
    lone: Any,
    lone_data_dir: Path,
    data_dir: Path,
    run_kb: Callable[..., subprocess.CompletedProcess[str]],
    assert_problem: Check,
) -> None:
    shutil.rmtree(lone_data_dir / "index", ignore_errors=True)
    assert_out_of_order(lone.client, assert_problem)
    shutil.copy(data_dir / "vectors.sqlite", lone_data_dir)  # so that nothing needs encoding
    done = run_kb("index", "--json", KB_DATA_DIR=lone_data_dir, KB_CONTENT_DIRS=REPOSITORY / "content")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["encoded"] == 0
    assert_answers(lone.client)


def test_an_index_of_another_recipe_says_what_to_do(
    lone: Any, index: Callable[[], Path], assert_problem: Check
) -> None:
    folder = index()
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "recipe": "0" * 16, "encoder": "another-model"}))
    renamed(folder, "other-recipe")
    problem = assert_out_of_order(lone.client, assert_problem)
    assert "another-model" in problem["detail"]
    assert "kb index" in problem["remedy"]
    index()
    assert_answers(lone.client)


@pytest.mark.parametrize(
    "harm",
    [
        "manifest cut",
        "manifest with a byte that is no text",
        "manifest of another shape",
        "vectors gone",
        "folder empty",
    ],
)
def test_a_damaged_index_is_no_empty_answer(
    lone: Any, index: Callable[[], Path], assert_problem: Check, harm: str
) -> None:
    folder = index()
    match harm:
        case "manifest cut":
            text = (folder / "manifest.json").read_text()
            (folder / "manifest.json").write_text(text[: len(text) // 2])
        case "manifest with a byte that is no text":
            (folder / "manifest.json").write_bytes((folder / "manifest.json").read_bytes() + b"\xff")
        case "manifest of another shape":
            (folder / "manifest.json").write_text("[1, 2]")
        case "vectors gone":
            for file in folder.rglob("*"):
                if file.is_file() and file.name != "manifest.json":
                    file.unlink()
        case "folder empty":
            shutil.rmtree(folder)
            folder.mkdir()
    renamed(folder, harm.replace(" ", "-"))
    assert "kb index" in assert_out_of_order(lone.client, assert_problem)["remedy"]
    index()
    assert_answers(lone.client)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_store_that_is_down_is_503_and_names_the_settings(
    start_server: Callable[..., Any], data_dir: Path, assert_problem: Check
) -> None:
    running = start_server(KB_DATA_DIR=data_dir, KB_QDRANT_URL=f"http://127.0.0.1:{free_port()}", KB_QDRANT_TIMEOUT=2)
    try:
        assert "KB_QDRANT_URL" in assert_out_of_order(running.client, assert_problem)["remedy"]
    finally:
        running.stop()


def test_a_taken_port_ends_with_a_remedy(
    run_kb: Callable[..., subprocess.CompletedProcess[str]], data_dir: Path
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run_kb("serve", "--port", str(port), KB_DATA_DIR=data_dir)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"127.0.0.1:{port}" in done.stderr
    assert "kb serve --port" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Ready" not in done.stderr


@pytest.mark.parametrize("address", ["203.0.113.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_ends_with_a_remedy(
    run_kb: Callable[..., subprocess.CompletedProcess[str]], data_dir: Path, address: str
) -> None:
    done = run_kb("serve", "--port", "0", "--host", address, KB_DATA_DIR=data_dir)
    assert done.returncode == 1
    assert address in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once_and_quietly(
    start_server: Callable[..., Any], data_dir: Path, number: signal.Signals
) -> None:
    running = start_server(KB_DATA_DIR=data_dir)
    assert_answers(running.client)  # its connection stays open
    started = time.monotonic()
    running.process.send_signal(number)
    code = running.process.wait(timeout=20)
    assert time.monotonic() - started < 5
    running.stop(expected=(0, -number, 130))
    assert code in (0, -number, 130)
