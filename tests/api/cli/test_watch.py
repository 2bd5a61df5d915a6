"""`kb watch`: it says what went wrong, tries again, ends by itself for another version only, in order at a signal."""

import json
import re
import signal
import subprocess
import sys
import time
from functools import partial
from shutil import rmtree
from unittest.mock import Mock

import pytest

from api.cli.watch import AGAIN, QUIET, IndexProcess, WatchLoop
from ingest.indexing.index import index_content
from kb.content.reader import ReadCache
from kb.errors import IndexStale, KbError, StoreUnavailable
from kb.store.embedded.store import EdgeStore
from kb.store.records import RECORD, VERSION
from tests.api.conftest import REPOSITORY, environment

TICK = frozenset()


class Whole:
    """A whole run beside the loop that ends when it is looked at."""

    def __init__(self, index, runs):
        self._index, self._runs = index, runs
        runs.append("begun")

    def ended(self):
        self._runs.append("ended")
        return "The whole index was made anew." if self._index(put_off=False).fitted else ""

    def stop(self):
        self._runs.append("stopped")


@pytest.fixture
def runs():
    """What became of whole runs."""
    return []


@pytest.fixture
def loop_on(settings, store, fake_encoder, runs):
    """Makes a loop that has not begun."""

    def make():
        index = partial(index_content, settings, store, fake_encoder, cache=ReadCache())
        return WatchLoop(settings, partial(index, put_off=True), partial(Whole, index, runs))

    return make


@pytest.fixture
def loop(loop_on, content):
    """A loop that has not begun, on one note."""
    content.practice("be-a")
    return loop_on()


@pytest.fixture
def begun(loop, capsys):
    loop.tick(TICK)
    capsys.readouterr()
    return loop


@pytest.fixture
def messages(capsys):
    """What was written since it was last asked."""
    return lambda: capsys.readouterr().err


@pytest.fixture
def problems(settings):
    """What pages show."""
    return lambda: list(json.loads(settings.issues_file.read_text("utf-8")))


def notes(store):
    return {payload["note_id"] for _, payload in store.reader().scroll({RECORD: (VERSION,)})}


def quiet(loop, ticks=QUIET):
    for _ in range(ticks):
        loop.tick(TICK)


def outcome(run):
    while (said := run.ended()) is None:
        time.sleep(0.01)
    return said


def save(loop, *paths):
    loop.tick(frozenset(paths))


def test_it_begins_with_the_first_tick_and_brings_in_what_is_saved(loop, content, store, messages):
    loop.tick(TICK)
    assert "Watching." in messages()
    assert notes(store) == {"be-a"}
    save(loop, content.practice("be-b"))
    assert "Found now: be-b (" in messages()
    assert notes(store) == {"be-a", "be-b"}
    loop.tick(TICK)
    assert messages() == ""


def test_after_a_while_without_changes_statistics_are_fitted_anew_once_if_much_has_changed(
    begun, content, runs, messages
):
    save(begun, content.practice("be-b"))
    assert "Found now: be-b" in messages()
    quiet(begun, QUIET - 1)
    assert runs == []
    quiet(begun, 3 * QUIET)
    assert runs == ["begun", "ended"]
    assert "The whole index was made anew" in messages()


def test_a_note_that_is_saved_while_statistics_are_fitted_is_found_at_once(begun, content, runs, messages):
    save(begun, content.practice("be-b"))
    quiet(begun)
    save(begun, content.practice("be-c"))
    assert "Found now: be-c" in messages()
    assert runs == ["begun", "stopped"]
    quiet(begun, QUIET + 1)
    assert runs == ["begun", "stopped", "begun", "ended"]
    quiet(begun, 1)
    save(begun, content.practice("be-d"))
    quiet(begun)
    begun.end()
    assert runs[4:] == ["begun", "stopped"]


def withdraw_one_of_nine(begun, content, runs):
    save(begun, *[content.practice(f"be-{number}") for number in range(9)])
    quiet(begun, QUIET + 1)
    runs.clear()
    gone = content.root / "practices" / "be-4"
    rmtree(gone)
    save(begun, gone)


def test_what_withdrawn_notes_have_left_is_wiped_out_after_a_while_without_changes(begun, content, runs, messages):
    withdraw_one_of_nine(begun, content, runs)
    assert "Left the index: be-4 (" in messages()
    save(begun, content.practice("be-5", summary="Said otherwise."))
    quiet(begun, 3 * QUIET)
    assert runs == ["begun", "ended"]


def test_what_a_watch_that_was_ended_has_put_off_is_done_by_the_next(begun, loop_on, content, runs):
    withdraw_one_of_nine(begun, content, runs)
    begun.end()
    following = loop_on()
    quiet(following, QUIET)
    assert runs == ["begun"]
    quiet(following, 3 * QUIET)
    assert runs == ["begun", "ended"]


def test_a_whole_run_that_fails_is_told_and_tried_again(loop, content, runs, messages, problems, monkeypatch):
    loop.tick(TICK)
    save(loop, content.practice("be-b"))
    with monkeypatch.context() as patched:
        patched.setattr(Whole, "ended", Mock(side_effect=KbError("The disk is full.")))
        quiet(loop, QUIET + 1)
    assert "The disk is full." in messages()
    assert any("The disk is full." in line for line in problems())
    assert runs == ["begun"]
    quiet(loop, QUIET + 1)
    assert "The whole index was made anew" in messages()
    assert runs == ["begun", "begun", "ended"]


def test_no_whole_run_begins_while_another_process_writes(settings, loop, content, runs, messages, problems):
    loop.tick(TICK)
    save(loop, content.practice("be-b"))
    with EdgeStore(settings.data_dir).writing():
        quiet(loop, QUIET + 1)
    assert "another process" in messages()
    assert any("another process" in line for line in problems())
    assert runs == []
    quiet(loop, QUIET + 1)
    assert runs == ["begun", "ended"]


def test_a_whole_run_is_a_process_that_can_be_stopped_at_any_time(content, settings, empty_data_dir, monkeypatch):
    content.practice("be-a")
    empty_data_dir(settings.data_dir)
    monkeypatch.setenv("KB_CONTENT_DIRS", str(content.root))
    monkeypatch.setenv("KB_DATA_DIR", str(settings.data_dir))
    run = IndexProcess()
    assert run.ended() is None
    while not (settings.data_dir / "index").exists() and run.process.poll() is None:
        time.sleep(0.01)
    run.stop()
    store = EdgeStore(settings.data_dir)
    with store.writing():
        failing = IndexProcess()
        with pytest.raises(KbError, match="being written by another process"):
            outcome(failing)
    assert outcome(IndexProcess()).startswith("The whole index was made anew (")
    assert notes(store) == {"be-a"}


def test_an_index_that_somebody_else_writes_is_waited_for(loop, content, settings, store, messages, problems):
    other = EdgeStore(settings.data_dir)
    with other.writing():
        loop.tick(TICK)
        loop.tick(TICK)
        assert messages().count("Waiting until it has finished.") == 1
        assert ["Waiting" in line for line in problems()] == [True]
    loop.tick(TICK)
    assert "Watching." in messages()
    assert problems() == []
    with other.writing():
        save(loop, content.practice("be-b"))
        loop.tick(TICK)
        assert messages().count("Waiting until it has finished.") == 1
    loop.tick(TICK)
    assert notes(store) == {"be-a", "be-b"}


@pytest.mark.parametrize("broken", ["[", "a: {labels: {}}\n"], ids=["half-saved", "slip"])
def test_a_broken_vocabulary_is_reported_and_notes_are_followed_on(begun, content, broken, messages, problems):
    file = content.root / "taxonomy" / "phases.yaml"
    good = file.read_text("utf-8")
    file.write_text(broken, "utf-8")
    save(begun, file)
    written = messages()
    assert "taxonomy" in written
    assert "made anew" not in written
    assert problems() == [line for line in written.splitlines() if line]
    save(begun, content.practice("be-b"))
    assert "Found now: be-b" in messages()
    file.write_text(good.replace("en: ", "en: New ", 1), "utf-8")
    save(begun, file)
    assert "The whole index was made anew" in messages()
    assert problems() == []


def test_a_vocabulary_that_notes_do_not_agree_with_holds_and_they_wait(begun, content, store, messages):
    save(begun, content.practice("be-b", crime_types=["ransomware"]))
    file = content.root / "taxonomy" / "crime-types.yaml"
    file.write_text(file.read_text("utf-8").replace("id: ransomware\n", "id: locking-software\n"), "utf-8")
    save(begun, file)
    written = messages()
    assert "KB111" in written
    assert "Not found until their errors are mended: be-b." in written
    assert notes(store) == {"be-a"}
    save(begun, content.practice("be-b", crime_types=["locking-software"]))
    assert "Found now: be-b" in messages()


def test_notes_with_errors_do_not_stop_others(loop, content, store, messages):
    content.practice("be-b", crime_types=["fishing"])
    loop.tick(TICK)
    written = messages()
    for part in ("Watching.", "KB111", "Not found until their errors are mended: be-b."):
        assert part in written
    assert notes(store) == {"be-a"}


def test_a_store_that_does_not_answer_is_asked_again(settings):
    asked = []

    def unavailable(**how):
        asked.append(1)
        raise StoreUnavailable("The store does not answer.")

    loop = WatchLoop(settings, unavailable, Mock())
    loop.tick(TICK)
    assert len(asked) == 1
    quiet(loop, AGAIN)
    assert len(asked) == 2


@pytest.mark.parametrize("when", ["a note is saved", "it is quiet"])
def test_it_ends_where_another_version_has_written_the_index_and_leaves_it_as_it_is(
    begun, settings, content, store, fake_encoder, runs, when
):
    save(begun, content.practice("be-a", title="What is put off is due"))
    index_content(settings.model_copy(update={"chunk_tokens": 99}), store, fake_encoder)
    written = store.info()
    happens = {"it is quiet": quiet, "a note is saved": lambda loop: save(loop, content.practice("be-b"))}[when]
    with pytest.raises(IndexStale, match="another version") as stale:
        happens(begun)
    assert stale.value.remedy.endswith("that are to count.")
    assert store.info() == written
    assert runs == []


def test_where_it_ends_so_it_names_what_must_leave_the_index(begun, settings, content, store, fake_encoder):
    index_content(settings.model_copy(update={"chunk_tokens": 99}), store, fake_encoder)
    with pytest.raises(IndexStale, match=r"in it still, withdrawn or restricted: be-a\."):
        save(begun, content.practice("be-a", tlp="amber"))


def test_an_index_of_a_later_form_is_told_and_left_as_it_is(begun, settings, content, messages):
    current = next((settings.data_dir / "index").glob("CURRENT"))
    written = re.sub(rb"^kb-index-\d+", b"kb-index-99", current.read_bytes())
    current.write_bytes(written)
    save(begun, content.practice("be-b"))
    assert "kb-index-99" in messages()
    assert current.read_bytes() == written


def test_problems_stay_until_they_are_mended(begun, content, problems):
    def codes():
        return re.findall(r"(be-\w)/en\.md.*?(KB111|KB409)", "\n".join(problems()))

    save(begun, content.practice("be-a", crime_types=["fishing"]))
    late = content.practice("be-b", reviewed="2020-01-01", review_by="2021-01-01")
    save(begun, late)
    save(begun, content.practice("be-c", title="Another title"))
    assert codes() == [("be-a", "KB111"), ("be-b", "KB409")]
    save(begun, content.practice("be-a"))
    assert codes() == [("be-b", "KB409")]
    late.unlink()
    late.parent.rmdir()
    save(begun, late)
    assert codes() == []


def test_it_goes_on_where_what_pages_show_cannot_be_written(loop, settings, messages):
    settings.issues_file.mkdir(parents=True)
    (settings.issues_file / "in-the-way").touch()
    loop.tick(TICK)
    assert "Pages do not show what is wrong" in messages()


def test_what_pages_show_is_for_its_owner_and_goes_with_the_watch(begun, settings):
    assert settings.issues_file.stat().st_mode & 0o777 == 0o600
    begun.end()
    assert not list(settings.data_dir.glob("watch*"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_indexes_what_is_saved_and_ends_at_a_signal(content, tmp_path, empty_data_dir, number):
    data = empty_data_dir(tmp_path / "data")
    content.practice("be-a")
    (data / "preview-killed").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "api.cli.main", "watch"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data, PYTHONPATH=REPOSITORY),
    )
    try:
        assert any("Watching." in line for line in process.stderr)
        assert not list(data.glob("preview-*"))  # it may hold what was withdrawn
        content.practice("be-b")
        assert any("Found now: be-b" in line for line in process.stderr)
        process.send_signal(number)
        _, written = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, written) == (0, "")
    assert not list(data.glob("watch*"))
