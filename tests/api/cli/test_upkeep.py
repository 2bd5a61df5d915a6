"""`kb doctor`, `kb backup` and `kb restore`, as an administrator types them."""

import json
import os
import re
import shutil
import socket
from datetime import UTC, datetime, timedelta

import pytest

from api.auth.key_file import KeyFile
from ingest.indexing.index import index_content
from kb.encoder.vector_cache import cache_path
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from tests.conftest import Content

PARTS = (
    *("settings", "content", "models", "index", "restore", "vectors", "keys", "audit", "feedback"),
    *("permissions", "port", "disk", "packages", "clock"),
)


@pytest.fixture(scope="session")
def installed(once_a_run, encoder, empty_data_dir):
    """An installation with a note, an index of it and a key."""

    def fill(folder):
        content = Content(folder / "content")
        content.practice("be-shield")
        settings = Settings(content_dirs=(content.root,), data_dir=folder / "data")
        empty_data_dir(settings.data_dir)
        index_content(settings, EdgeStore(settings.data_dir), encoder)
        cache_path(settings.data_dir).unlink()
        KeyFile(settings.key_file).create("desk", "amber", ["BE"])

    return once_a_run("installed", fill)


@pytest.fixture
def place(installed, content, settings):
    """The data directory of such an installation."""
    shutil.copytree(installed, content.root.parent, symlinks=True, dirs_exist_ok=True)
    return settings.data_dir


@pytest.fixture
def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def doctor(kb, free_port):
    """What `kb doctor` says: part -> (whether it is good, what is said of it)."""

    def look(**settings):
        done = kb("doctor", "--json", **{"KB_PORT": free_port, **settings})
        found = {each["what"]: (each["good"], f"{each['said']} {each['remedy']}") for each in json.loads(done.stdout)}
        assert done.exit_code == (0 if all(good for good, _ in found.values()) else 1)
        return found

    return look


def test_a_line_for_each_part_and_all_is_good(kb, place, doctor, bits, free_port):
    done = kb("doctor", KB_PORT=free_port)
    assert (done.exit_code, re.findall(r"^(?:good|WRONG)\s+(\w+):", done.stdout, re.MULTILINE)) == (0, [*PARTS])
    assert all(good for good, _ in doctor().values())
    assert f"notes in {bits} bits" in doctor()["models"][1]


def flip(file):
    whole = file.read_bytes()
    before = file.stat()
    file.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def in_the_future(file):
    later = (datetime.now(UTC) + timedelta(days=3)).timestamp()
    os.utime(file, (later, later))


WRONG = {
    "index": (lambda data: flip(next(data.glob("index/*/tables"))), r"tables`.*kb index --rebuild"),
    "vectors": (lambda data: (data / "vectors.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 5000), "Delete"),
    "keys": (lambda data: (data / "keys.json").write_text("["), "damaged.*copy"),
    "audit": (lambda data: (data / "audit.jsonl").write_text('{"before": null}\n{"before": "x"}\n'), "line 2.*backup"),
    "feedback": (lambda data: (data / "feedback.jsonl").write_text("x\n"), "line 1.*backup"),
    "permissions": (lambda data: (data / "keys.json").chmod(0o644), r"Others.*keys\.json.*chmod"),
    "clock": (lambda data: in_the_future(data / "index" / "CURRENT"), "future.*clock"),
    "restore": (lambda data: (data / ".restored").mkdir(), "interrupted.*again"),
}


def test_what_is_wrong_is_told_with_its_remedy_and_hides_nothing_else(place, doctor, content):
    content.practice("be-new")
    assert re.search(r"be-new.*Run `kb index`", doctor()["index"][1])
    for damage, _ in WRONG.values():
        damage(place)
    for name in ("audit.jsonl", "feedback.jsonl"):
        (place / name).chmod(0o600)
    found = doctor()
    assert {what for what, (good, _) in found.items() if not good} == {*WRONG}
    for what, (_, said) in WRONG.items():
        assert re.search(said, found[what][1]), found[what]


def test_what_is_set_wrongly_is_told(place, doctor, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        found = doctor(KB_PORT=other.getsockname()[1], KB_CONTENT_DIRS=tmp_path / "nowhere")
    assert {what for what, (good, _) in found.items() if not good} == {"content", "port", "index"}
    (place / "format").write_text("7\n")
    assert re.search("format 7.*version that made it", doctor()["settings"][1])
    assert [*doctor(KB_PROT=1)] == ["settings"]


def test_a_model_that_is_not_prepared_and_an_index_that_is_not_there_are_told(doctor, settings, tmp_path):
    model = tmp_path / "model"
    model.mkdir()
    (model / "modules.json").write_text("[]")
    found = doctor(KB_EMBEDDING_MODEL=model)
    assert re.search("not prepared.*Run `kb index`", found["models"][1])
    assert "There is no index yet. Run `kb index`." in found["index"][1]


def test_what_was_backed_up_is_found_after_it_was_put_back(kb, place, tmp_path):
    shown = kb("show", "be-shield", "--json").stdout
    file = tmp_path / "kb.tar.gz"
    done = kb("backup", str(file))
    assert (done.exit_code, f"`{file}` has" in done.stdout) == (0, True)
    new = tmp_path / "new"
    new.mkdir()
    (new / "models").symlink_to((place / "models").resolve(), target_is_directory=True)
    assert kb("restore", str(file), KB_DATA_DIR=new).exit_code == 0
    assert kb("show", "be-shield", "--json", KB_DATA_DIR=new).stdout == shown
    refused = kb("restore", str(file), KB_DATA_DIR=new)
    assert (refused.exit_code, "--replace" in refused.stderr) == (1, True)
    assert "before-restore-" in kb("restore", str(file), "--replace", KB_DATA_DIR=new).stderr
