"""An index to try things out in: a copy that nobody else writes or sees."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from api.trial import trial
from ingest.follow import Follower
from ingest.index import index_content
from kb.engines.edge import EdgeStore
from kb.errors import IndexMissing
from kb.settings import Settings


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


def test_there_is_none_without_an_index(content: Any, settings: Settings, fake_encoder: Any) -> None:
    with pytest.raises(IndexMissing), trial(settings, settings.content_dirs, fake_encoder):
        pass
