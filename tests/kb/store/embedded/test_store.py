"""The embedded store among processes and threads, and what it says of a damaged index."""

import errno
import gc
import json
import os
import random
import shutil
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from unittest.mock import Mock
from weakref import ref

import numpy as np
import pytest

from kb.content.reader import read_taxonomy
from kb.errors import IndexBusy, IndexMissing, IndexStale, StoreUnavailable
from kb.notes.note import Kind
from kb.store.embedded.store import EdgeStore
from kb.store.journal import NO_JOURNAL, Stated
from kb.store.manifest import Manifest, Means
from kb.store.protocol import VectorQuery, Wanted
from kb.store.records import CHUNK, RECORD, Point
from kb.text.languages import Language
from kb.text.terms import Sparse
from tests.depth import depth
from tests.disk import small_files

REPOSITORY = Path(__file__).parents[4]
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
DIMENSION = 16
QUERY = VectorQuery(np.eye(DIMENSION, dtype=np.float32)[0], {RECORD: (CHUNK,)}, [Wanted({}, 1000)])


def manifest(chunks):
    means = dict.fromkeys(Language, np.zeros(DIMENSION, np.float32))
    return Manifest("r", "e", DIMENSION, Means(means, means), {}, 1, chunks, TAXONOMY)


def points(generation, count=300, access="clear"):
    """Chunks whose ids name their generation."""
    vectors = np.random.default_rng(generation).normal(size=(count, DIMENSION)).astype(np.float32)
    for number, vector in enumerate(vectors):
        own = {"note_id": f"g{generation}", "language": "en", "languages": ["en"], "access": [access]}
        payload = {RECORD: CHUNK, **own, "text": f"Of g{generation}."}
        unit = vector / np.linalg.norm(vector)
        yield Point(f"g{generation}/en#a/{number}", payload, unit, Sparse((1, 5), (1.0, number % 7 + 1.0)))


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


def segments(data):
    """The folders of the segments, by name."""
    return [path for path in sorted((data / "index").iterdir()) if path.is_dir()]


def ask_all(data):
    """Whatever a fresh process would ask: an answer with fewer records is a failure that looks like none."""
    store = EdgeStore(data)
    assert store.info() is not None
    assert generations(store) == {"g1"}
    assert store.reader().count({}) == store.reader().count({"access": ("clear",)}) == 300
    assert store.reader().facet("access", {}) == {"clear": 300}
    assert len(list(store.reader().scroll({}))) == 300


@pytest.mark.parametrize("name", ["CURRENT", "epoch-*", "*/segment.json"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: b"",
        lambda whole: b"secret",
        lambda whole: whole + b"\xff",
        lambda whole: b"[" * 100_000,
        lambda whole: whole.replace(b'"', b"'", 1),
    ],
    ids=["cut", "empty", "other", "a byte that is no text", "brackets", "a sign"],
)
def test_a_damaged_file_is_an_error_without_its_content_and_can_be_rebuilt(filled, data, name, damage):
    [file] = (data / "index").glob(name)
    file.write_bytes(damage(file.read_bytes()))
    asked = (EdgeStore(data).reader, *([EdgeStore(data).info] if "/" not in name else []))
    for ask in asked:
        with pytest.raises(StoreUnavailable, match=r"of the index cannot be read.* `kb index --rebuild`") as failure:
            ask()
        assert "secret" not in repr(failure.value) + repr(failure.value.__cause__)
        assert str(data) in failure.value.internal
        assert str(data) not in failure.value.message + failure.value.remedy
    fill(EdgeStore(data), 2)
    assert generations(EdgeStore(data)) == {"g2"}
    assert len([*(data / "index").iterdir()]) == 5


@pytest.mark.parametrize("name", ["CURRENT", "epoch-*", "*/segment.json", "*/tables", "*"])
def test_what_is_gone_is_missed(filled, data, name):
    [path] = [path for path in (data / "index").glob(name) if name != "*" or path.is_dir()]
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(IndexMissing if name == "CURRENT" else StoreUnavailable, match="kb index"):
        EdgeStore(data).reader()
    fill(EdgeStore(data), 2)
    assert generations(EdgeStore(data)) == {"g2"}


def test_a_segment_of_which_a_byte_is_another_is_refused(filled, data, capfd):
    [segment] = segments(data)
    whole = {path: path.read_bytes() for path in sorted(segment.rglob("*")) if path.is_file()}
    ask_all(data)
    for file, content in whole.items():
        byte = random.Random(11).randrange(len(content))
        flipped = content[:byte] + bytes([content[byte] ^ 1]) + content[byte + 1 :]
        for damaged in (None, content[: len(content) // 2], flipped):
            file.unlink() if damaged is None else file.write_bytes(damaged)
            with pytest.raises(StoreUnavailable, match="kb index --rebuild"):
                EdgeStore(data).reader()
        file.write_bytes(content)
    ask_all(data)
    capfd.readouterr()


def test_what_is_damaged_while_it_is_open_is_not_written_anew(filled, data):
    update(filled, 2)
    before = segments(data)
    file = max(data.glob("index/*/tables"), key=lambda path: path.stat().st_size)
    first = file.read_bytes()[0]
    with file.open("r+b") as opened:
        opened.write(bytes([first ^ 1]))
    with pytest.raises(StoreUnavailable, match="kb index --rebuild"):
        filled.replace(filled.reader().points(), filled.info())
    assert segments(data) == before
    assert generations(filled) == {"g1", "g2"}


def test_a_folder_that_cannot_be_written_is_told_and_whoever_has_it_open_goes_on(filled, data, monkeypatch):
    assert generations(filled) == {"g1"}
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(StoreUnavailable, match=r"cannot be written.*KB_DATA_DIR"):
        EdgeStore(data).reader()
    assert generations(filled) == {"g1"}


def test_a_copy_whose_files_have_no_holes_is_the_same_index(filled, data, tmp_path):
    for file in sorted((data / "index").rglob("*")):
        if file.is_file():
            copy = tmp_path / "copy" / file.relative_to(data)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    ask_all(tmp_path / "copy")


def test_an_index_of_an_earlier_version_is_named_as_such_keeps_its_journal_and_is_replaced(data):
    old = data / "index" / "1795901944983737060-1204"
    old.mkdir(parents=True)
    journal = NO_JOURNAL.after({"be-a": Stated(Kind.PRACTICE, "a", frozenset({"clear"}))}, datetime.now(UTC))
    written = {**replace(manifest(1), journal=journal).to_json(), "recipe": "old", "schema_version": 15}
    (old / "manifest.json").write_text(json.dumps(written))
    (data / "index" / "CURRENT").write_text(old.name)
    store = EdgeStore(data)
    with pytest.raises(IndexStale, match=r"earlier version of this program.* Run `kb index`"):
        store.reader()
    assert (store.info().recipe, store.info().journal) == ("old", journal)
    fill(store, 2)
    assert generations(EdgeStore(data)) == {"g2"}
    assert not old.exists()


@pytest.mark.parametrize("made", ["format kb-index-30", "schema 99"])
def test_an_index_of_a_later_version_is_named_as_such_and_is_replaced(filled, data, made):
    state = data / "index" / "CURRENT"
    if made.startswith("format"):
        state.write_bytes(state.read_bytes().replace(b"kb-index-3", b"kb-index-30"))
    else:
        [file] = (data / "index").glob("epoch-*")
        written = {**json.loads(file.read_text()), "schema_version": 99, "means": "in another shape"}
        file.write_text(json.dumps(written))
        _, parts, kept = json.loads(state.read_text().partition("\n")[2])
        rest = json.dumps([[file.name, zlib.crc32(file.read_bytes())], parts, kept])
        state.write_text(f"kb-index-3 {zlib.crc32(rest.encode())}\n{rest}")
    for ask in (EdgeStore(data).info, EdgeStore(data).reader):
        with pytest.raises(StoreUnavailable, match=rf"has the {made}, and this.* reads .*`kb index --rebuild`"):
            ask()
    fill(EdgeStore(data), 2)
    assert generations(EdgeStore(data)) == {"g2"}


# --- updates and merging ---


def update(store, *numbers, gone=(), access="clear", count=20):
    """Write some notes anew and take others out."""
    made = [point for number in numbers for point in points(number, count, access)]
    without = {f"g{number}" for number in (*numbers, *gone)}
    kept = store.reader().count({}) - store.reader().count({"note_id": sorted(without)})
    store.update(made, without, replace(store.info(), chunks=kept + len(made)))


def on_disk(data, text):
    files = (path for path in (data / "index").rglob("*") if path.is_file())
    return any(text.encode() in path.read_bytes() for path in files)


def everything(store):
    """All that a store answers, to the last bit of a score."""
    reader = store.reader()
    return found(reader), list(reader.scroll({})), reader.facet("note_id", {}), reader.manifest.to_json()


def found(reader):
    words = VectorQuery(Sparse((5, 1), (0.3, 0.7)), {RECORD: (CHUNK,)}, [Wanted({}, 50)])
    return [(each.record_ids, each.scores.tolist()) for each in reader.query([QUERY, words])]


def test_updates_in_any_order_and_a_merge_answer_as_one_index_of_the_same_records(filled, data, tmp_path):
    for number in range(2, 30):
        update(filled, number)
        update(filled, 2 + number // 2, gone=[number // 3])
    answers = everything(filled)
    assert everything(EdgeStore(data)) == answers
    assert 1 < len(segments(data)) < 30
    other = EdgeStore(data)
    reader = other.reader()
    filled.merge()
    assert len(segments(data)) <= 3
    assert found(reader) == answers[0]  # whoever reads goes on
    assert everything(filled) == everything(other) == everything(EdgeStore(data)) == answers
    assert other.reader() is not reader
    whole = EdgeStore(tmp_path / "whole")
    whole.replace(filled.reader().points(), filled.info())
    assert everything(whole) == answers
    before = {path.name for path in segments(data)}
    filled.merge()
    assert {path.name for path in segments(data)} == before  # nothing to do


def test_what_was_withdrawn_or_restricted_leaves_the_disk_with_a_merge_and_what_was_reworded_may_stay(data):
    store = EdgeStore(data)
    store.replace([*points(1), *points(9, 20)], manifest(320))
    update(store, 2, 3, count=40)
    update(store, 3, count=5)
    before = segments(data)
    store.merge()
    assert segments(data) == before
    update(store, 3, access="amber@country/BE", count=5)
    store.merge()
    assert before[0] in segments(data)
    assert before[1] not in segments(data)
    assert len(segments(data)) == 3
    assert [len(record_ids) for record_ids, _ in everything(store)[0]] == [365, 50]
    update(store, gone=[2])
    assert not on_disk(data, "Of g2.")  # all of its segment is gone
    update(store, gone=[9])
    assert on_disk(data, "Of g9.")
    store.merge()
    assert not on_disk(data, "Of g9.")
    assert generations(EdgeStore(data)) == {"g1", "g3"}


def test_a_merge_writes_only_those_shards_anew_that_have_something_to_lose(data, monkeypatch):
    store = EdgeStore(data)
    store.replace([*points(1, 8_192), *points(9, 20), *points(2, 20)], manifest(8_232))

    def first_shard():
        [segment] = segments(data)
        return {file.relative_to(segment): file.stat().st_ino for file in segment.glob("shard-0/**/*.dat")}

    def some(store):
        return found(store.reader()), store.reader().fetch([f"g{number}/en#a/19" for number in (1, 2, 9)], {})

    whole = first_shard()
    for gone, refusing in ((9, False), (2, True)):  # some disks give a file no second name
        if refusing:
            monkeypatch.setattr("os.link", Mock(side_effect=OSError(errno.EPERM, "not permitted")))
        update(store, gone=[gone])
        answers = some(store)
        assert on_disk(data, f"Of g{gone}.")
        store.merge()
        assert not on_disk(data, f"Of g{gone}.")
        assert (first_shard() == whole) is not refusing
        assert some(store) == some(EdgeStore(data)) == answers


def test_where_the_disk_refuses_to_wipe_out_what_was_withdrawn_that_is_told_and_done_by_the_next_merge(data):
    store = EdgeStore(data)
    store.replace([*points(1), *points(9, 20)], manifest(320))
    update(store, gone=[9])
    answers = everything(store)
    with small_files(), pytest.raises(StoreUnavailable, match=r"still on the disk.*of g9\..*`kb index` again"):
        store.merge()
    assert on_disk(data, "Of g9.")
    assert everything(store) == everything(EdgeStore(data)) == answers
    store.merge()
    assert not on_disk(data, "Of g9.")
    assert everything(EdgeStore(data)) == answers


def test_what_a_killed_run_left_goes_with_the_next_merge_though_nothing_is_to_be_merged(filled, data):
    left = data / "index" / "1-1"
    left.mkdir()
    (left / "tables").write_bytes(b"of a note that was withdrawn")
    EdgeStore(data).merge()
    assert not left.exists()
    assert generations(filled) == {"g1"}


def test_a_disk_without_room_is_told_and_the_index_stays_but_for_what_is_withdrawn(filled, data, monkeypatch):
    for number in range(2, 8):
        update(filled, number)
    answers, usage = everything(filled), shutil.disk_usage(data)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage._replace(free=1_000_000))
    for write in (filled.merge, lambda: update(filled, 9), lambda: fill(filled, 9)):
        with pytest.raises(StoreUnavailable, match=r"1 MB left.*KB_DATA_DIR"):
            write()
    assert everything(filled) == everything(EdgeStore(data)) == answers
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage._replace(free=25_000_000))
    for write in (lambda: update(filled, 9, count=2_000), lambda: fill(filled, 9, 2_000)):
        with pytest.raises(StoreUnavailable, match=r"25 MB left; writing it wants 40 MB"):
            write()
    assert everything(filled) == answers
    update(filled, 6)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage._replace(free=1_000_000))
    update(filled, gone=[2, 7])
    assert generations(EdgeStore(data)) == {"g1", "g3", "g4", "g5", "g6"}


@pytest.mark.parametrize("most", [1 << 12, 1 << 20])
def test_files_that_cannot_grow_are_told_and_the_index_stays(filled, data, most):
    """As on a disk that fills while it is written."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        for write in (lambda: fill(filled, 9), lambda: update(filled, 9)):
            with pytest.raises(
                StoreUnavailable, match=r"cannot be written.*KB_DATA_DIR to a writable folder with room"
            ):
                write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert generations(filled) == generations(EdgeStore(data)) == {"g1"}
    assert len([*(data / "index").iterdir()]) == 5


@pytest.mark.deep
def test_a_writer_that_is_killed_at_any_moment_leaves_the_index_that_was_or_the_one_that_comes(filled, data):
    script = (
        "from tests.kb.store.embedded.test_store import update\n"
        "update(store, 2)\n"
        "print('begun', flush=True)\n"
        "number = 3\n"
        "while True:\n"
        "    update(store, number, gone=[number - 5])\n"
        "    store.merge()\n"
        "    number += 1\n"
    )
    chance = random.Random(20261129)
    for _ in range(depth(3, 40)):
        writer = child(data, script)
        assert writer.stdout.readline() == "begun\n"
        with suppress(subprocess.TimeoutExpired):
            writer.wait(chance.uniform(0, 0.6))
        writer.kill()
        writer.communicate()
        store = EdgeStore(data)
        answers = everything(store)
        numbers = {int(name.removeprefix("g")) for name in generations(store)}
        assert numbers == {*range(max(1, max(numbers) - 4), max(numbers) + 1)}
        store.merge()
        assert everything(store) == everything(EdgeStore(data)) == answers
        update(store, 2)
        assert len([*(data / "index").iterdir()]) == len(segments(data)) + 4  # nothing of what was killed
        fill(store, 1)


def test_a_data_directory_that_cannot_be_used_is_named_by_its_setting(tmp_path, filled, data):
    (tmp_path / "file").touch()
    store = EdgeStore(tmp_path / "file")
    (data / "index" / "write.lock").unlink(missing_ok=True)
    (data / "index" / "write.lock").mkdir()  # stops even the superuser, whom a read-only folder would not
    for ask in (store.info, store.reader, lambda: fill(store, 1), lambda: fill(EdgeStore(data), 2)):
        with pytest.raises(StoreUnavailable, match="KB_DATA_DIR"):
            ask()
    ask_all(data)
