"""An index to try things out in: a copy that nobody else writes or sees."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from api.cli.preview_index import sweep, trial
from ingest.indexing.follow import Follower
from ingest.indexing.index import index_content
from kb.errors import IndexMissing
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore


def test_a_copy_is_begun_again_where_a_note_is_saved_meanwhile(
    content: Any, settings: Settings, store: EdgeStore, fake_encoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.practice("be-a")
    index_content(settings, store, fake_encoder)
    follower = Follower(settings, store, fake_encoder)
    content.practice("be-a", summary="Said otherwise.")
    copies, copy = [], shutil.copytree

    def copying(*given: Any, **options: Any) -> Any:
        if Path(given[0]).name == "index":  # it copies what lies below by itself
            copies.append(given)
            if len(copies) == 1:
                follower.follow()
        return copy(*given, **options)

    monkeypatch.setattr("shutil.copytree", copying)
    with store.writing(), trial(settings, settings.content_dirs, fake_encoder) as (door, _):
        assert sum(door.coverage("2026-11-28").kinds.values()) == 1
    assert len(copies) == 2
    assert not [*settings.data_dir.glob("trial-*")]


def test_what_a_killed_one_left_is_removed_by_the_next_and_one_that_is_used_is_not(
    content: Any, settings: Settings, store: EdgeStore, fake_encoder: Any
) -> None:
    content.practice("be-a")
    index_content(settings, store, fake_encoder)
    left = settings.data_dir / "trial-left"
    (left / "index").mkdir(parents=True)
    with trial(settings, settings.content_dirs, fake_encoder) as (door, _):
        assert not left.exists()
        left.mkdir()
        sweep(settings.data_dir)
        assert not left.exists()
        assert sum(door.coverage("2026-11-28").kinds.values()) == 1
        [used] = settings.data_dir.glob("trial-*")
    assert not used.exists()


def test_there_is_none_without_an_index(content: Any, settings: Settings, fake_encoder: Any) -> None:
    with pytest.raises(IndexMissing), trial(settings, settings.content_dirs, fake_encoder):
        pass
