"""Nothing of a question outlives its answer."""

import functools
import gc

import pytest

from kb.errors import QueryError

OURS = ("kb", "ingest", "search", "api")


def sizes():
    """Return how much each cache of our own code holds."""
    return {
        f"{cached.__module__}.{cached.__qualname__}": cached.cache_info().currsize
        for cached in gc.get_objects()
        if type(cached) is functools._lru_cache_wrapper and cached.__module__.partition(".")[0] in OURS
    }


def test_no_cache_grows_with_what_is_asked(content, index, store):
    content.practice("be-a")
    searcher = index()
    rows = store.reader()._cache

    def ask(question, organisation):
        # A card is cached for the reader's language, which else is guessed from the question.
        searcher.view().search(question, reader="en", explain=True)
        with pytest.raises(QueryError):
            searcher.view().search("false messages", organisation=[organisation])

    ask("false mesages", "nobody")
    cached = searcher._current.cache._values
    before, filters, kept = sizes(), {*rows}, {*cached}
    assert any(before.values())
    assert filters
    assert {name for name, *_ in kept} == {"card", "passage", "identifiers", "organisations", "few", "vocabulary"}
    ask("Zyxwvut asks about EncroQponm, Directive (EU) 2016/680 and article 17", "Zyxwvut bv")
    assert sizes() == before
    assert {*rows} == filters
    assert {*cached} == kept
    assert "zyxwvut" not in repr(cached).lower()
