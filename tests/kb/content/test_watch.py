"""What is saved below a watched folder is reported, however it is saved, from the first set on."""

import os
from pathlib import Path

import pytest

from kb.content.watch import changes
from kb.errors import SettingsError

TICKS = 40
"""Sets to look at before giving up; a busy machine may be late."""


def until_changed(sets, wanted):
    """All paths that are reported until the wanted are."""
    found = set()
    for _ in range(TICKS):
        found |= next(sets)
        if wanted <= found:
            break
    return found


@pytest.fixture
def watched(tmp_path):
    """The changes below `tmp_path`; its watch has begun."""
    (tmp_path / "note").mkdir()
    (tmp_path / "note" / "en.md").write_text("before")
    sets = changes([tmp_path])
    assert isinstance(next(sets), frozenset)
    yield sets
    sets.close()


def test_files_that_are_renamed_removed_or_written_at_once_are_all_reported(watched, tmp_path):
    file = tmp_path / "note" / "en.md"
    fresh = tmp_path / "note" / "en.md.new"
    fresh.write_text("after")
    os.replace(fresh, file)
    assert file in until_changed(watched, {file})
    file.unlink()
    assert file in until_changed(watched, {file})
    files = {tmp_path / f"note-{number}.md" for number in range(500)}
    for file in files:
        file.write_text("text")
    assert files <= until_changed(watched, files)


@pytest.mark.parametrize("put", ["made anew", "put in place"])
def test_a_folder_that_takes_the_place_of_another_is_watched_from_then_on(tmp_path, monkeypatch, put):
    monkeypatch.chdir(tmp_path)
    root = Path("content")
    root.mkdir()
    sets = changes([root])
    next(sets)
    if put == "made anew":
        root.rmdir()
        root.mkdir()
    else:
        Path("fresh").mkdir()
        root.rename("old")
        Path("fresh").rename(root)
    assert root.absolute() in until_changed(sets, {root.absolute()})
    file = tmp_path / "content" / "en.md"
    file.write_text("text")
    assert file in until_changed(sets, {file})


def test_backups_of_editors_are_passed_over(watched, tmp_path):
    backup, file = tmp_path / "note" / "en.md~", tmp_path / "note" / "fr.md"
    (tmp_path / "note" / ".en.md.swp").write_text("text")
    file.write_text("text")
    assert backup not in until_changed(watched, {file})
    assert not any(path.name.startswith(".en") for path in until_changed(watched, {file}))


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="does not exist"):
        next(changes([tmp_path / "none"]))
