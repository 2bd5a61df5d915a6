"""The embedded store among processes and threads, and what it says of a damaged index."""

import gc
import random
import shutil
import subprocess
import sys
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
from kb.store.protocol import VectorQuery, Wanted
from kb.store.records import CHUNK, RECORD, Point
from kb.text.languages import Language
from kb.text.terms import Sparse

REPOSITORY = Path(__file__).parents[4]
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
DIMENSION = 16
QUERY = VectorQuery(np.eye(DIMENSION, dtype=np.float32)[0], {RECORD: (CHUNK,)}, [Wanted({}, 1000)])


def manifest(chunks):
    means = dict.fromkeys(Language, np.zeros(DIMENSION, np.float32))
    return Manifest("r", "e", DIMENSION, Means(means, means), {}, 1, chunks, TAXONOMY)


def points(generation, count=300):
    """Chunks whose ids name their generation."""
    vectors = np.random.default_rng(generation).normal(size=(count, DIMENSION)).astype(np.float32)
    for number, vector in enumerate(vectors):
        record_id = f"g{generation}/en#a/{number}"
        unit = vector / np.linalg.norm(vector)
        yield Point(record_id, {RECORD: CHUNK, "access": "clear"}, unit, Sparse((1,), (1.0,)))


def fill(store, generation, count=300):
    store.replace(points(generation, count), manifest(count))


def generations(store):
    """The generations that a search finds records of."""
    [found] = store.reader().query([QUERY])
    return {record_id.partition("/")[0] for record_id in found.record_ids}


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
    command = [sys.executable, "-c", code, "index", "--rebuild"]
    return subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_second_writer_is_refused_and_learns_who_writes(filled, data):
    script = (
        "def points():\n"
        "    print('writing', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    yield from ()\n"
        "from dataclasses import replace\n"
        "store.replace(points(), replace(store.info(), chunks=0))\n"
    )
    writer = child(data, script)
    assert writer.stdout.readline() == "writing\n"
    with pytest.raises(IndexBusy, match=rf"process {writer.pid} .*index --rebuild"):
        fill(filled, 2)
    assert generations(filled) == {"g1"}
    writer.communicate("go on\n", timeout=60)
    assert generations(filled) == set()
    fill(filled, 2)
    assert generations(filled) == {"g2"}


def test_only_its_owner_can_read_the_index(filled, data):
    assert (data / "index").stat().st_mode & 0o777 == 0o700


def test_threads_that_search_during_replacements_find_whole_generations_only(filled, data):
    done = Event()

    def search():
        answers = []
        while not done.is_set() or not answers:
            [found] = filled.reader().query([QUERY])
            answers.append(({int(record_id[1]) for record_id in found.record_ids}, len(found.record_ids)))
        return answers

    with ThreadPoolExecutor(8) as threads:
        running = [threads.submit(search) for _ in range(8)]
        try:
            for generation in range(2, 6):
                fill(EdgeStore(data), generation, 300 + generation)
        finally:
            done.set()
        for thread in running:
            answers = thread.result()
            order = [generation for numbers, _ in answers for generation in numbers]
            assert order == sorted(order)
            assert answers == [({number}, 300 + (number > 1) * number) for number in order]
    assert generations(filled) == {"g5"}


def test_a_replaced_generation_lets_go_of_memory_and_files_at_once(filled, data):
    """Without the collector: a server freezes what it has loaded, and a withdrawn note must not stay until it ends."""
    reader = filled.reader()
    assert reader.query([QUERY])[0].record_ids
    gone = ref(reader)
    gc.disable()
    try:
        fill(filled, 2)
        del reader
        filled.reader()
        assert gone() is None
    finally:
        gc.enable()


# --- damage ---


def generation_of(data):
    return data / "index" / (data / "index" / "CURRENT").read_text()


def ask_all(data):
    """Whatever a fresh process would ask: an answer with fewer records is a failure that looks like none."""
    store = EdgeStore(data)
    assert store.info() is not None
    assert generations(store) == {"g1"}
    assert store.reader().count({}) == store.reader().count({"access": ("clear",)}) == 300
    assert store.reader().facet("access", {}) == {"clear": 300}
    assert len(list(store.reader().scroll({}))) == 300


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:1000],
        lambda whole: None,
        lambda whole: b"[]",
        lambda whole: whole + b"\xff",
        lambda whole: b"[" * 100_000,
        lambda whole: whole.replace(b'"means"', b'"mean"'),
    ],
    ids=["cut", "gone", "no object", "a byte that is no text", "brackets", "without its means"],
)
def test_a_damaged_manifest_is_an_error_and_can_be_rebuilt(filled, data, damage):
    file = generation_of(data) / "manifest.json"
    damaged = damage(file.read_bytes())
    file.unlink() if damaged is None else file.write_bytes(damaged)
    for ask in (EdgeStore(data).info, EdgeStore(data).reader):
        with pytest.raises(StoreUnavailable, match=r"manifest of the index cannot .*kb index --rebuild") as failure:
            ask()
        assert len(str(failure.value)) < 500
        assert str(data) in failure.value.internal
        assert str(data) not in failure.value.message + failure.value.remedy
    fill(filled, 2)
    assert generations(EdgeStore(data)) == {"g2"}


def test_a_damaged_list_of_replaced_notes_is_an_error_without_its_content(filled, data):
    filled.update(points(2, 3), {"g1"}, manifest(3))
    (generation_of(data) / "over.json").write_bytes(b'["secret"\xff')
    with pytest.raises(StoreUnavailable, match=r"list of replaced notes .*kb index --rebuild") as failure:
        EdgeStore(data).reader()
    assert "secret" not in repr(failure.value) + repr(failure.value.__cause__)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"nowhere", b"\x00"])
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
    refused = 0
    for file in [*files, *random.Random(11).sample(others, 8)]:
        for content in (None, b"", whole[file][: len(whole[file]) // 2]):
            shutil.rmtree(shard)
            for name, before in whole.items():
                (shard / name).parent.mkdir(parents=True, exist_ok=True)
                (shard / name).write_bytes(before)
            (shard / file).unlink() if content is None else (shard / file).write_bytes(content)
            try:
                ask_all(data)
            except KbError as error:
                refused += "kb index" in str(error)
    assert refused > 8
    capfd.readouterr()


def test_a_data_directory_that_cannot_be_used_is_named_by_its_setting(tmp_path, filled, data):
    (tmp_path / "file").touch()
    store = EdgeStore(tmp_path / "file")
    (data / "index" / "write.lock").unlink(missing_ok=True)
    (data / "index" / "write.lock").mkdir()  # stops even the superuser, whom a read-only folder would not
    for ask in (store.info, store.reader, lambda: fill(store, 1), lambda: fill(EdgeStore(data), 2)):
        with pytest.raises(StoreUnavailable, match="KB_DATA_DIR"):
            ask()
    ask_all(data)
