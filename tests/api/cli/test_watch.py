"""`kb watch`: it says what went wrong, tries again, never ends by itself, and ends in order when it is told to."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.cli.watch import AGAIN, QUIET, WatchLoop, index_beside
from ingest.indexing.delta import DeltaIndexer
from ingest.indexing.index import index_content
from kb.errors import StoreUnavailable
from kb.store.embedded.store import EdgeStore
from kb.store.records import RECORD, VERSION
from tests.api.conftest import REPOSITORY, environment

Content = Any
FakeEncoder = Any
TICK: frozenset[Path] = frozenset()


class Runs:
    """Whole runs beside: processes that wait to be ended, or end at once with a code."""

    def __init__(self):
        self.code: int | None = None
        self.begun: list[subprocess.Popen[bytes]] = []

    def begin(self):
        waits = self.code is None
        does = "input()" if waits else f"raise SystemExit({self.code})"
        run = subprocess.Popen([sys.executable, "-c", does], stdin=subprocess.PIPE)
        self.begun.append(run)
        if not waits:
            run.wait()
        return run


@pytest.fixture
def runs():
    made = Runs()
    yield made
    for run in made.begun:
        run.kill()
        run.wait()
        assert run.stdin
        run.stdin.close()


@pytest.fixture
def loop(settings, store, fake_encoder, runs):
    """A loop that has not begun."""
    return WatchLoop(
        settings,
        lambda: index_content(settings, store, fake_encoder),
        lambda: DeltaIndexer(settings, store, fake_encoder),
        runs.begin,
    )


@pytest.fixture
def said(capsys):
    """What was said since it was last asked."""
    return lambda: capsys.readouterr().err


@pytest.fixture
def shown(settings):
    """What pages show."""
    return lambda: list(json.loads(settings.issues_file.read_text("utf-8")))


def notes(store):
    return {payload["note_id"] for _, payload in store.reader().scroll({RECORD: (VERSION,)})}


def quiet(loop, ticks=QUIET):
    for _ in range(ticks):
        loop.tick(TICK)


def test_it_begins_with_the_first_tick_and_brings_in_what_is_saved(loop, content, store, said):
    content.practice("be-a")
    loop.tick(TICK)
    assert "Watching." in said()
    assert notes(store) == {"be-a"}
    loop.tick(frozenset({content.practice("be-b")}))
    assert "Found now: be-b (" in said()
    assert notes(store) == {"be-a", "be-b"}
    loop.tick(TICK)
    assert said() == ""


def test_after_a_while_without_changes_the_whole_index_is_made_once(loop, content, runs, said):
    content.practice("be-a")
    loop.tick(TICK)
    quiet(loop)
    assert runs.begun == []
    loop.tick(frozenset({content.practice("be-b")}))
    quiet(loop, QUIET - 1)
    assert runs.begun == []
    runs.code = 0
    quiet(loop, 1)
    assert len(runs.begun) == 1
    said()
    quiet(loop, 3 * QUIET)
    assert len(runs.begun) == 1
    assert said() == ""


def test_a_save_ends_the_whole_run_which_begins_again_later(loop, content, runs):
    content.practice("be-a")
    loop.tick(TICK)
    loop.tick(frozenset({content.practice("be-b")}))
    quiet(loop)
    (run,) = runs.begun
    assert run.poll() is None
    loop.tick(frozenset({content.practice("be-c")}))
    assert run.poll() is not None
    quiet(loop)
    assert len(runs.begun) == 2
    loop.end()
    assert runs.begun[1].poll() is not None


def test_a_whole_run_that_fails_is_told_once_and_tried_again(loop, content, runs, said):
    content.practice("be-a")
    loop.tick(TICK)
    loop.tick(frozenset({content.practice("be-b")}))
    runs.code = 1
    quiet(loop, QUIET + 1)
    assert said().count("could not be made anew") == 1
    quiet(loop, 2 * QUIET)
    assert len(runs.begun) == 1, "nothing has changed"
    loop.tick(frozenset({content.practice("be-a", title="Another title")}))
    said()
    quiet(loop, QUIET + 1)
    assert len(runs.begun) == 2
    assert said() == "", "it is known"
    runs.code = 0
    loop.tick(frozenset({content.practice("be-a", title="A third title")}))
    quiet(loop, 2 * QUIET)
    assert len(runs.begun) == 3


def test_an_index_that_somebody_else_writes_is_waited_for(loop, content, settings, store, said, shown):
    content.practice("be-a")
    other = EdgeStore(settings.data_dir)
    with other.writing():
        loop.tick(TICK)
        loop.tick(TICK)
        assert said().count("Waiting until it has finished.") == 1
        assert ["Waiting" in line for line in shown()] == [True]
    loop.tick(TICK)
    assert "Watching." in said()
    assert shown() == []
    with other.writing():
        loop.tick(frozenset({content.practice("be-b")}))
        loop.tick(TICK)
        assert said().count("Waiting until it has finished.") == 1
    loop.tick(TICK)
    assert notes(store) == {"be-a", "be-b"}


@pytest.mark.parametrize("broken", ["[", "a: {labels: {}}\n"], ids=["half-saved", "slip"])
def test_a_broken_vocabulary_is_told_and_notes_are_followed_on(loop, content, store, broken, said, shown):
    content.practice("be-a")
    loop.tick(TICK)
    file = content.root / "taxonomy" / "phases.yaml"
    good = file.read_text("utf-8")
    file.write_text(broken, "utf-8")
    said()
    loop.tick(frozenset({file}))
    told = said()
    assert "taxonomy" in told
    assert "made anew" not in told
    assert shown() == [line for line in told.splitlines() if line]
    loop.tick(frozenset({content.practice("be-b")}))
    assert "Found now: be-b" in said()
    assert notes(store) == {"be-a", "be-b"}
    file.write_text(good, "utf-8")
    loop.tick(frozenset({file}))
    assert "The vocabularies have changed: the whole index was made anew." in said()
    assert shown() == []


def test_a_vocabulary_that_notes_do_not_agree_with_waits_for_them(loop, content, said):
    content.practice("be-a", crime_types=["ransomware"])
    loop.tick(TICK)
    file = content.root / "taxonomy" / "crime-types.yaml"
    file.write_text(file.read_text("utf-8").replace("id: ransomware\n", "id: locking-software\n"), "utf-8")
    said()
    loop.tick(frozenset({file}))
    told = said()
    assert "KB111" in told
    assert "made anew" not in told
    loop.tick(frozenset({content.practice("be-a", crime_types=["locking-software"])}))
    assert "The vocabularies have changed: the whole index was made anew." in said()


def test_notes_with_errors_keep_nothing_else_from_being_followed(loop, content, store, settings, fake_encoder, said):
    content.practice("be-a")
    index_content(settings, store, fake_encoder)
    content.practice("be-a", crime_types=["fishing"])
    content.practice("be-b")
    loop.tick(TICK)
    told = said()
    assert "Watching." in told
    assert "KB111" in told
    assert "Found now: be-b" in told
    assert "As it was, until its errors are mended: be-a" in told


def test_notes_with_errors_and_no_index_are_told_and_waited_for(loop, content, said):
    content.practice("be-a", crime_types=["fishing"])
    loop.tick(TICK)
    told = said()
    assert ("KB111" in told, "Watching." in told) == (True, False)
    loop.tick(frozenset({content.practice("be-a")}))
    assert "Watching." in said()


def test_a_store_that_does_not_answer_is_asked_again(content, settings, runs):
    content.practice("be-a")
    asked: list[int] = []

    def unavailable():
        asked.append(1)
        raise StoreUnavailable("The store does not answer.")

    loop = WatchLoop(settings, unavailable, lambda: pytest.fail("there is no index"), runs.begin)
    loop.tick(TICK)
    assert len(asked) == 1
    quiet(loop, AGAIN)
    assert len(asked) == 2


def test_problems_stay_until_they_are_mended(loop, content, shown):
    content.practice("be-a")
    content.practice("be-b")
    content.practice("be-c")
    loop.tick(TICK)
    loop.tick(frozenset({content.practice("be-a", crime_types=["fishing"])}))
    late = content.practice("be-b", reviewed="2020-01-01", review_by="2021-01-01")
    loop.tick(frozenset({late}))
    loop.tick(frozenset({content.practice("be-c", title="Another title")}))
    assert any("be-a/en.md" in line and "KB111" in line for line in shown())
    assert any("be-b/en.md" in line and "KB409" in line for line in shown())
    loop.tick(frozenset({content.practice("be-a")}))
    assert not any("KB111" in line for line in shown())
    assert any("KB409" in line for line in shown())
    late.unlink()
    late.parent.rmdir()
    loop.tick(frozenset({late}))
    assert not any("KB409" in line for line in shown())


def test_what_pages_show_cannot_be_written(loop, content, settings, said):
    content.practice("be-a")
    settings.issues_file.mkdir(parents=True)
    (settings.issues_file / "in-the-way").touch()
    loop.tick(TICK)
    assert "Pages do not show what is wrong" in said()


def test_what_pages_show_is_for_its_owner_and_goes_with_the_watch(loop, content, settings):
    content.practice("be-a")
    loop.tick(TICK)
    assert settings.issues_file.stat().st_mode & 0o777 == 0o600
    loop.end()
    assert not list(settings.data_dir.glob("watch*"))


def test_the_whole_run_is_ours_whatever_lies_in_the_working_directory(tmp_path, monkeypatch, empty_data_dir):
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise SystemExit(77)")
    (tmp_path / "api" / "cli.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.setenv("KB_CONTENT_DIRS", str(tmp_path / "none"))
    monkeypatch.setenv("KB_DATA_DIR", str(empty_data_dir(tmp_path / "data")))
    assert index_beside().wait() == 1


# --- the process ---


@pytest.fixture
def data(tmp_path, empty_data_dir):
    return empty_data_dir(tmp_path / "data")


@pytest.fixture
def watch(content, data):
    """`kb watch` on one note, begun."""
    content.practice("be-a")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "api.cli.main", "watch"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(KB_CONTENT_DIRS=content.root, KB_DATA_DIR=data, PYTHONPATH=REPOSITORY),
    )
    yield process
    process.kill()
    process.communicate()


def read_until(process, words):
    """Read what it says until it says these words."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if words in line:
            return
    raise AssertionError(said)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "interrupted"])
def test_it_takes_its_file_away(watch, data, told):
    read_until(watch, "Watching.")
    watch.send_signal(told)
    _, said = watch.communicate(timeout=30)
    assert watch.returncode == 0
    assert "Traceback" not in said
    assert "Abort" not in said
    assert not list(data.glob("watch*"))


def test_what_is_saved_is_found_as_soon_as_it_says_so(watch, content):
    read_until(watch, "Watching.")
    content.practice("be-b")
    read_until(watch, "Found now: be-b")
