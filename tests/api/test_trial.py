"""An index to try things out in: a copy that nobody else writes or sees."""

import threading
import time
from typing import Any

import pytest

from api.trial import trial
from ingest.follow import Follower
from ingest.index import index_content
from kb.engines.edge import EdgeStore
from kb.errors import IndexMissing
from kb.settings import Settings


def test_it_waits_for_a_note_that_is_being_saved(
    content: Any, settings: Settings, store: EdgeStore, fake_encoder: Any
) -> None:
    content.practice("be-a")
    index_content(settings, store, fake_encoder)
    content.practice("be-a", summary="Said otherwise.")
    held, done = threading.Event(), threading.Event()

    def save() -> None:
        with store.writing():
            held.set()
            time.sleep(0.3)
            Follower(settings, store, fake_encoder).follow()  # which removes what was laid over before
            done.set()

    saving = threading.Thread(target=save)
    saving.start()
    assert held.wait(10)
    with trial(settings, settings.content_dirs, fake_encoder) as (door, _):
        assert done.is_set()
        assert sum(door.coverage("2026-11-28").kinds.values()) == 1
    saving.join()
    assert not [*settings.data_dir.glob("trial-*")]


def test_there_is_none_without_an_index(content: Any, settings: Settings, fake_encoder: Any) -> None:
    with pytest.raises(IndexMissing), trial(settings, settings.content_dirs, fake_encoder):
        pass
