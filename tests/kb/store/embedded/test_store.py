"""The embedded store among processes and threads, and what it says of a damaged index."""

import gc
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from weakref import ref

import numpy as np
import pytest

from kb.content.reader import read_taxonomy
from kb.errors import IndexBusy, IndexMissing, KbError, StoreUnavailable
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import Manifest, Means
from kb.store.protocol import VectorQuery
from kb.store.records import CHUNK, RECORD, Point
from kb.text.languages import Language
from kb.text.terms import Sparse

REPOSITORY = Path(__file__).parents[4]
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
DIMENSION = 16
QUERY = VectorQuery({RECORD: (CHUNK,)}, 1000, np.eye(DIMENSION, dtype=np.float32)[0])


def manifest(chunks):
    means = dict.fromkeys(Language, np.zeros(DIMENSION, np.float32))
    return Manifest("r", "e", DIMENSION, Means(means, means), {}, 1, chunks, TAXONOMY)


def points(generation, count=300):
    """Chunks whose ids name their generation."""
    chance = np.random.default_rng(generation)
    for number in range(count):
        vector = chance.normal(size=DIMENSION)
        unit = np.asarray(vector / np.linalg.norm(vector), np.float32)
        yield Point(f"g{generation}/en#a/{number}", {RECORD: CHUNK, "access": "clear"}, unit, Sparse((1,), (1.0,)))


def fill(store, generation, count=300):
    store.replace(points(generation, count), manifest(count))


def generations(store):
    """The generations that one search shows records of."""
    [found] = store.reader().query([QUERY])
    return {one.record_id.partition("/")[0] for one in found}


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def filled(data):
    store = EdgeStore(data)
    fill(store, 1)
    return store


def child(data, script):
    opening = f"store = EdgeStore(Path({str(data)!r}))"
    code = f"import sys\nfrom pathlib import Path\nfrom kb.store.embedded.store import EdgeStore\n{opening}\n{script}"
    return subprocess.Popen(
        [sys.executable, "-c", code, "index", "--rebuild"],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# --- processes ---


def test_a_second_writer_is_refused_and_told_who_writes(filled, data):
    script = (
        "def points():\n"
        "    print('writing', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    yield from ()\n"
        "from dataclasses import replace\n"
        "store.replace(points(), replace(store.info(), chunks=0))\n"
    )
    writer = child(data, script)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "writing\n"
    with pytest.raises(IndexBusy) as refused:
        fill(filled, 2)
    assert f"process {writer.pid} " in str(refused.value)
    assert "index --rebuild" in str(refused.value)
    assert generations(filled) == {"g1"}
    writer.communicate("go on\n", timeout=60)
    assert writer.returncode == 0
    assert generations(filled) == set()
    fill(filled, 2)
    assert generations(filled) == {"g2"}


def test_a_reader_in_another_process_finds_the_new_generation_without_a_restart(filled, data):
    mine = filled.reader()
    other = child(data, "for _ in sys.stdin:\n    print(store.reader().count({}), flush=True)\n")
    assert other.stdin is not None
    assert other.stdout is not None
    for generation, count in ((2, 10), (3, 20)):
        fill(filled, generation, count)
        other.stdin.write("count\n")
        other.stdin.flush()
        assert other.stdout.readline() == f"{count}\n"
        assert mine.count({}) == 300
    other.communicate(timeout=60)


# --- threads ---


def test_eight_threads_searching_during_replacements_see_whole_generations_only(filled, data):
    done = Event()

    def search():
        seen: list[tuple[frozenset[str], int]] = []
        while not done.is_set() or not seen:
            [found] = filled.reader().query([QUERY])
            seen.append((frozenset(one.record_id.partition("/")[0] for one in found), len(found)))
        return seen

    with ThreadPoolExecutor(8) as threads:
        running = [threads.submit(search) for _ in range(8)]
        try:
            for generation in range(2, 6):
                fill(EdgeStore(data), generation, 300 + generation)
        finally:
            done.set()
        for one in running:
            seen = one.result()
            numbers = [int(next(iter(names))[1:]) for names, _ in seen]
            assert all(len(names) == 1 for names, _ in seen)
            assert numbers == sorted(numbers)
            assert [size for _, size in seen] == [300 + (number > 1) * number for number in numbers]
    assert generations(filled) == {"g5"}


# --- damage ---


def generation_of(data):
    return data / "index" / (data / "index" / "CURRENT").read_text()


def ask_all(data):
    """Whatever a fresh process would ask; an answer without the records of generation 1 is a failure shown as none."""
    store = EdgeStore(data)
    assert store.info() is not None
    assert generations(store) == {"g1"}
    assert store.reader().count({}) == 300
    assert store.reader().facet("access", {}) == {"clear": 300}
    assert len(list(store.reader().scroll({}))) == 300


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


MANIFEST_DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": cut,
    "empty": lambda path: path.write_bytes(b""),
    "no object": lambda path: path.write_text("[]"),
    "gone": Path.unlink,
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "a byte that is no text": lambda path: path.write_bytes(path.read_bytes() + b"\xff"),
    "brackets": lambda path: path.write_text("[" * 100_000),
    "without its means": lambda path: path.write_text(path.read_text().replace('"means"', '"mean"')),
}


def test_a_replaced_generation_lets_go_of_memory_and_files_at_once(filled, data):
    """Without the collector: a server freezes what it has loaded, and a withdrawn note must not stay until it ends."""
    reader = filled.reader()
    assert reader.query([QUERY])[0]
    gone = ref(reader)
    gc.disable()
    try:
        fill(filled, 2)
        del reader
        filled.reader()
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("damage", MANIFEST_DAMAGE.values(), ids=MANIFEST_DAMAGE)
def test_a_damaged_manifest_is_said_and_can_be_rebuilt(filled, data, damage):
    damage(generation_of(data) / "manifest.json")
    for ask in (EdgeStore(data).info, EdgeStore(data).reader):
        with pytest.raises(
            StoreUnavailable, match=r"manifest of the index cannot be read.*kb index --rebuild"
        ) as failure:
            ask()
        assert len(str(failure.value)) < 500
        assert str(data) in failure.value.internal
        assert str(data) not in failure.value.message + failure.value.remedy
    fill(filled, 2)
    assert generations(EdgeStore(data)) == {"g2"}


def test_a_damaged_list_of_replaced_notes_is_said_in_short(filled, data):
    filled.write_delta(points(2, 3), {"g1"}, manifest(3))
    (generation_of(data) / "over.json").write_bytes(b'["secret"\xff')
    with pytest.raises(StoreUnavailable, match=r"list of replaced notes .*kb index --rebuild") as failure:
        EdgeStore(data).reader()
    assert "secret" not in repr(failure.value) + repr(failure.value.__cause__)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"nowhere", b"\x00", b"a\nb"])
def test_a_damaged_pointer_means_no_index_until_the_next_run(filled, data, content):
    if content is None:
        shutil.rmtree(generation_of(data))
    else:
        (data / "index" / "CURRENT").write_bytes(content)
    assert EdgeStore(data).info() is None
    with pytest.raises(IndexMissing, match="kb index"):
        EdgeStore(data).reader()
    fill(filled, 2)
    assert generations(EdgeStore(data)) == {"g2"}


def test_a_damaged_shard_is_an_error_or_answers_in_full_but_never_less(filled, data, capfd):
    shard = generation_of(data)
    whole = {path.relative_to(shard): path.read_bytes() for path in sorted(shard.rglob("*")) if path.is_file()}
    # Without the first four the engine opens the shard and finds fewer records in it, or none, without a word.
    silent = ("version.info", "mutable_id_tracker.mappings", "mutable_id_tracker.versions", "status.dat")
    others = sorted(file for file in whole if file.name not in (*silent, "manifest.json"))
    files = [next(file for file in whole if file.name == name) for name in silent]
    said = 0
    for file in [*files, *random.Random(11).sample(others, 8)]:
        for content in (None, b"", whole[file][: len(whole[file]) // 2]):
            shutil.rmtree(shard)
            for name, kept in whole.items():
                (shard / name).parent.mkdir(parents=True, exist_ok=True)
                (shard / name).write_bytes(kept)
            (shard / file).unlink() if content is None else (shard / file).write_bytes(content)
            try:
                ask_all(data)
            except KbError as error:
                said += "kb index" in str(error)
    assert said > 8
    capfd.readouterr()


# --- a data directory that cannot be used ---


def test_a_data_directory_that_is_a_file_is_said_to_readers_and_writers(tmp_path):
    (tmp_path / "file").touch()
    store = EdgeStore(tmp_path / "file")
    for ask in (store.info, store.reader, lambda: fill(store, 1)):
        with pytest.raises(StoreUnavailable, match="KB_DATA_DIR"):
            ask()


def test_a_data_directory_where_nothing_can_be_made_can_be_read_and_not_written(filled, data):
    (data / "index" / "write.lock").unlink(missing_ok=True)
    (data / "index" / "write.lock").mkdir()  # stops even the superuser, whom a read-only folder would not
    ask_all(data)
    with pytest.raises(StoreUnavailable, match="KB_DATA_DIR"):
        fill(EdgeStore(data), 2)
