"""Small collections, written note by note."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.indexing.index import index_content
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from search.service import Searcher


@pytest.fixture
def index(
    content: Any, settings: Settings, fake_encoder: Any, fake_searcher: Callable[[], Searcher]
) -> Callable[[], Searcher]:
    """Index what has been written, and open the door to it."""

    def run() -> Searcher:
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
        return fake_searcher()

    return run
