"""What `kb watch` does with changed paths: it says what went wrong, tries again, and never ends by itself."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cli.watch_loop import AGAIN, QUIET, Desk, whole_run
from ingest.indexing.follow import Follower
from ingest.indexing.index import index_content
from kb.errors import StoreUnavailable
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.records import RECORD, VERSION

# mypy and tests meet at conftest's fixtures; its classes are not importable in importlib mode.
Content = Any
FakeEncoder = Any
TICK: frozenset[Path] = frozenset()


class Runs:
    """Whole runs beside: processes that wait to be ended, or end at once with a code."""

    def __init__(self) -> None:
        self.code: int | None = None
        self.begun: list[subprocess.Popen[bytes]] = []

    def begin(self) -> "subprocess.Popen[bytes]":
        waits = self.code is None
        does = "input()" if waits else f"raise SystemExit({self.code})"
        run = subprocess.Popen([sys.executable, "-c", does], stdin=subprocess.PIPE)
        self.begun.append(run)
        if not waits:
            run.wait()
        return run


@pytest.fixture
def runs() -> Iterator[Runs]:
    made = Runs()
    yield made
    for run in made.begun:
        run.kill()
        run.wait()
        assert run.stdin
        run.stdin.close()


@pytest.fixture
def desk(settings: Settings, store: EdgeStore, fake_encoder: FakeEncoder, runs: Runs) -> Desk:
    """A desk that has not begun."""
    return Desk(
        settings,
        lambda: index_content(settings, store, fake_encoder),
        lambda: Follower(settings, store, fake_encoder),
        runs.begin,
    )


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was said since it was last asked."""
    return lambda: capsys.readouterr().err


@pytest.fixture
def shown(settings: Settings) -> Callable[[], list[str]]:
    """What pages show."""
    return lambda: list(json.loads(settings.problems_file.read_text("utf-8")))


def notes(store: EdgeStore) -> set[str]:
    return {payload["note_id"] for _, payload in store.reader().scroll({RECORD: (VERSION,)})}


def quiet(desk: Desk, ticks: int = QUIET) -> None:
    for _ in range(ticks):
        desk.see(TICK)


def test_it_begins_with_the_first_tick_and_brings_in_what_is_saved(
    desk: Desk, content: Content, store: EdgeStore, said: Callable[[], str]
) -> None:
    content.practice("be-a")
    desk.see(TICK)
    assert "Watching." in said()
    assert notes(store) == {"be-a"}
    desk.see(frozenset({content.practice("be-b")}))
    assert "Found now: be-b (" in said()
    assert notes(store) == {"be-a", "be-b"}
    desk.see(TICK)
    assert said() == ""


def test_after_a_while_without_changes_the_whole_index_is_made_once(
    desk: Desk, content: Content, runs: Runs, said: Callable[[], str]
) -> None:
    content.practice("be-a")
    desk.see(TICK)
    quiet(desk)
    assert runs.begun == []
    desk.see(frozenset({content.practice("be-b")}))
    quiet(desk, QUIET - 1)
    assert runs.begun == []
    runs.code = 0
    quiet(desk, 1)
    assert len(runs.begun) == 1
    said()
    quiet(desk, 3 * QUIET)
    assert len(runs.begun) == 1
    assert said() == ""


def test_a_save_ends_the_whole_run_which_begins_again_later(desk: Desk, content: Content, runs: Runs) -> None:
    content.practice("be-a")
    desk.see(TICK)
    desk.see(frozenset({content.practice("be-b")}))
    quiet(desk)
    (run,) = runs.begun
    assert run.poll() is None
    desk.see(frozenset({content.practice("be-c")}))
    assert run.poll() is not None
    quiet(desk)
    assert len(runs.begun) == 2
    desk.leave()
    assert runs.begun[1].poll() is not None


def test_a_whole_run_that_fails_is_told_once_and_tried_again(
    desk: Desk, content: Content, runs: Runs, said: Callable[[], str]
) -> None:
    content.practice("be-a")
    desk.see(TICK)
    desk.see(frozenset({content.practice("be-b")}))
    runs.code = 1
    quiet(desk, QUIET + 1)
    assert said().count("could not be made anew") == 1
    quiet(desk, 2 * QUIET)
    assert len(runs.begun) == 1, "nothing has changed"
    desk.see(frozenset({content.practice("be-a", title="Another title")}))
    said()
    quiet(desk, QUIET + 1)
    assert len(runs.begun) == 2
    assert said() == "", "it is known"
    runs.code = 0
    desk.see(frozenset({content.practice("be-a", title="A third title")}))
    quiet(desk, 2 * QUIET)
    assert len(runs.begun) == 3


def test_an_index_that_somebody_else_writes_is_waited_for(
    desk: Desk,
    content: Content,
    settings: Settings,
    store: EdgeStore,
    said: Callable[[], str],
    shown: Callable[[], list[str]],
) -> None:
    content.practice("be-a")
    other = EdgeStore(settings.data_dir)
    with other.writing():
        desk.see(TICK)
        desk.see(TICK)
        assert said().count("Waiting until it has finished.") == 1
        assert ["Waiting" in line for line in shown()] == [True]
    desk.see(TICK)
    assert "Watching." in said()
    assert shown() == []
    with other.writing():
        desk.see(frozenset({content.practice("be-b")}))
        desk.see(TICK)
        assert said().count("Waiting until it has finished.") == 1
    desk.see(TICK)
    assert notes(store) == {"be-a", "be-b"}


@pytest.mark.parametrize("broken", ["[", "a: {labels: {}}\n"], ids=["half-saved", "slip"])
def test_a_broken_vocabulary_is_told_and_notes_are_followed_on(
    desk: Desk, content: Content, store: EdgeStore, broken: str, said: Callable[[], str], shown: Callable[[], list[str]]
) -> None:
    content.practice("be-a")
    desk.see(TICK)
    file = content.root / "taxonomy" / "phases.yaml"
    good = file.read_text("utf-8")
    file.write_text(broken, "utf-8")
    said()
    desk.see(frozenset({file}))
    told = said()
    assert "taxonomy" in told
    assert "made anew" not in told
    assert shown() == [line for line in told.splitlines() if line]
    desk.see(frozenset({content.practice("be-b")}))
    assert "Found now: be-b" in said()
    assert notes(store) == {"be-a", "be-b"}
    file.write_text(good, "utf-8")
    desk.see(frozenset({file}))
    assert "The vocabularies have changed: the whole index was made anew." in said()
    assert shown() == []


def test_a_vocabulary_that_notes_do_not_agree_with_waits_for_them(
    desk: Desk, content: Content, said: Callable[[], str]
) -> None:
    content.practice("be-a", crime_types=["ransomware"])
    desk.see(TICK)
    file = content.root / "taxonomy" / "crime-types.yaml"
    file.write_text(file.read_text("utf-8").replace("id: ransomware\n", "id: locking-software\n"), "utf-8")
    said()
    desk.see(frozenset({file}))
    told = said()
    assert "KB111" in told
    assert "made anew" not in told
    desk.see(frozenset({content.practice("be-a", crime_types=["locking-software"])}))
    assert "The vocabularies have changed: the whole index was made anew." in said()


def test_notes_with_errors_and_no_index_are_told_and_waited_for(
    desk: Desk, content: Content, said: Callable[[], str]
) -> None:
    content.practice("be-a", crime_types=["fishing"])
    desk.see(TICK)
    told = said()
    assert "KB111" in told
    assert "Watching." not in told
    desk.see(frozenset({content.practice("be-a")}))
    assert "Watching." in said()


def test_notes_with_errors_keep_nothing_else_from_being_followed(
    desk: Desk,
    content: Content,
    store: EdgeStore,
    settings: Settings,
    fake_encoder: FakeEncoder,
    said: Callable[[], str],
) -> None:
    content.practice("be-a")
    index_content(settings, store, fake_encoder)
    content.practice("be-a", crime_types=["fishing"])
    content.practice("be-b")
    desk.see(TICK)
    told = said()
    assert "Watching." in told
    assert "KB111" in told
    assert "Found now: be-b" in told
    assert "As it was, until its errors are mended: be-a" in told


def test_a_store_that_does_not_answer_is_asked_again(content: Content, settings: Settings, runs: Runs) -> None:
    content.practice("be-a")
    asked: list[int] = []

    def unavailable() -> None:
        asked.append(1)
        raise StoreUnavailable("The store does not answer.")

    desk = Desk(settings, unavailable, lambda: pytest.fail("there is no index"), runs.begin)
    desk.see(TICK)
    assert len(asked) == 1
    quiet(desk, AGAIN)
    assert len(asked) == 2


def test_problems_stay_until_they_are_mended(desk: Desk, content: Content, shown: Callable[[], list[str]]) -> None:
    content.practice("be-a")
    content.practice("be-b")
    content.practice("be-c")
    desk.see(TICK)
    desk.see(frozenset({content.practice("be-a", crime_types=["fishing"])}))
    late = content.practice("be-b", reviewed="2020-01-01", review_by="2021-01-01")
    desk.see(frozenset({late}))
    desk.see(frozenset({content.practice("be-c", title="Another title")}))
    assert any("be-a/en.md" in line and "KB111" in line for line in shown())
    assert any("be-b/en.md" in line and "KB409" in line for line in shown())
    desk.see(frozenset({content.practice("be-a")}))
    assert not any("KB111" in line for line in shown())
    assert any("KB409" in line for line in shown())
    late.unlink()
    late.parent.rmdir()
    desk.see(frozenset({late}))
    assert not any("KB409" in line for line in shown())


def test_what_pages_show_cannot_be_written(
    desk: Desk, content: Content, settings: Settings, said: Callable[[], str]
) -> None:
    content.practice("be-a")
    settings.problems_file.mkdir(parents=True)
    (settings.problems_file / "in-the-way").touch()
    desk.see(TICK)
    assert "Pages do not show what is wrong" in said()


def test_what_pages_show_is_for_its_owner_and_goes_with_the_watch(
    desk: Desk, content: Content, settings: Settings
) -> None:
    content.practice("be-a")
    desk.see(TICK)
    assert settings.problems_file.stat().st_mode & 0o777 == 0o600
    desk.leave()
    assert not list(settings.data_dir.glob("watch*"))


def test_the_whole_run_is_ours_whatever_lies_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_data_dir: Callable[[Path], Path]
) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "__init__.py").write_text("raise SystemExit(77)")
    (tmp_path / "api" / "cli.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.setenv("KB_CONTENT_DIRS", str(tmp_path / "none"))
    monkeypatch.setenv("KB_DATA_DIR", str(empty_data_dir(tmp_path / "data")))
    assert whole_run().wait() == 1
