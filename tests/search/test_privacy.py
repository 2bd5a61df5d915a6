"""Nothing of a question outlives its answer."""

import functools
import gc
from collections.abc import Callable
from typing import Any

import pytest

from kb.errors import QueryError
from kb.store.embedded.store import EdgeStore
from search.service import Searcher

OURS = ("kb", "ingest", "search", "api")


def sizes() -> dict[str, int]:
    """Return how much each cache of our own code holds."""
    return {
        f"{cached.__module__}.{cached.__qualname__}": cached.cache_info().currsize
        for cached in gc.get_objects()
        if type(cached) is functools._lru_cache_wrapper and cached.__module__.partition(".")[0] in OURS
    }


def test_no_cache_grows_with_what_is_asked(content: Any, index: Callable[[], Searcher], store: EdgeStore) -> None:
    content.practice("be-a")
    searcher = index()
    rows = store.reader()._table._cache  # type: ignore[attr-defined]  # rows of values that filters named

    def ask(question: str, organisation: str) -> None:
        searcher.view().search(question)
        with pytest.raises(QueryError):
            searcher.view().search("false messages", organisation=[organisation])

    ask("false messages", "nobody")
    before, filters = sizes(), {*rows}
    assert any(before.values())
    assert filters
    ask("Zyxwvut asks about EncroQponm, Directive (EU) 2016/680 and article 17", "Zyxwvut bv")
    assert sizes() == before
    assert {*rows} == filters
