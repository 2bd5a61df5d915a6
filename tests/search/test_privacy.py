"""Nothing of a question outlives its answer."""

import functools
import gc
from collections.abc import Callable
from typing import Any

import pytest

from ingest.indexing.index import index_content
from kb.errors import QueryError
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from search.service import Searcher

OURS = ("kb", "ingest", "search", "api")


def sizes() -> dict[str, int]:
    """How much each cache of our own code holds."""
    return {
        f"{one.__module__}.{one.__qualname__}": one.cache_info().currsize
        for one in gc.get_objects()
        if type(one) is functools._lru_cache_wrapper and one.__module__.partition(".")[0] in OURS
    }


def remembered(store: EdgeStore) -> dict[tuple[str, str], Any]:
    """Fields and values of which a store remembers the records that hold them."""
    return store.reader()._table._remembered


def test_no_cache_grows_with_what_is_asked(
    content: Any, settings: Settings, store: EdgeStore, fake_encoder: Any, fake_searcher: Callable[[], Searcher]
) -> None:
    content.practice("one")
    index_content(settings, store, fake_encoder)
    searcher = fake_searcher()
    searcher.view().search("false messages")
    with pytest.raises(QueryError):
        searcher.view().search("false messages", organisation=["nobody"])
    before, filters = sizes(), {*remembered(store)}
    assert any(before.values())
    assert filters
    searcher.view().search("Zyxwvut asks about EncroQponm, Directive (EU) 2016/680 and article 17")
    with pytest.raises(QueryError):
        searcher.view().search("false messages", organisation=["Zyxwvut bv"])
    assert sizes() == before
    assert {*remembered(store)} == filters
