"""Answers to parts of a text: what many parts find well comes first, and what none finds relevant comes last."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ingest.index import index_content
from search.encoding import parts
from search.merge import OF_EACH
from search.results import NoteHit, SearchResults
from search.service import Searcher

TEXT = (
    "Somebody received false messages about a parcel. The bank froze the accounts of mules. "
    "Providers block the sites behind false messages, says the report of the police. "
) * 3


@pytest.fixture
def searcher(
    content: Any, settings: Any, store: Any, fake_encoder: Any, fake_searcher: Callable[[], Searcher]
) -> Searcher:
    content.practice("be-a", started="2020")
    content.practice(
        "nl-b", countries=["NL"], started="2024", body="## Problem\n\nMules.\n\n## Approach\n\nBanks freeze accounts.\n"
    )
    content.practice("lu-c", countries=["LU"], body="## Problem\n\nSchools.\n\n## Approach\n\nPupils draw posters.\n")
    content.strategy("be-plan")
    index_content(settings, store, fake_encoder)
    return fake_searcher()


def ids(hits: Sequence[NoteHit]) -> list[str]:
    return [one.id for one in hits]


def ask(searcher: Searcher, **more: Any) -> SearchResults:
    return searcher.ask(TEXT, pasted=True, reader="en", **more)


def test_each_note_is_there_once_the_relevant_ones_first(searcher: Searcher) -> None:
    found = ask(searcher)
    assert sorted(ids(found.practices)) == ["be-a", "lu-c", "nl-b"]
    assert ids(found.strategies) == ["be-plan"]
    levels = [one.level == "low" for one in found.practices]
    assert levels == sorted(levels)
    relevant = [one.score for one in found.practices if one.level != "low"]
    assert relevant == sorted(relevant, reverse=True)
    assert sum(found.totals.values()) == sum(one.level != "low" for one in (*found.practices, *found.strategies))


def test_it_is_read_in_parts(searcher: Searcher) -> None:
    whole = ask(searcher)
    parts = [ask(searcher, limit=1, offset=place) for place in range(4)]
    assert [note for part in parts for note in ids(part.practices)] == ids(whole.practices)
    assert [part.more for part in parts] == [True, True, False, False]
    assert all(part.totals == whole.totals and part.counts == whole.counts for part in parts)


def test_filters_kinds_and_notes_left_out_count(searcher: Searcher) -> None:
    assert ids(ask(searcher, countries=["NL"]).practices) == ["nl-b"]
    assert ids(ask(searcher, kinds=["strategy"]).practices) == []
    assert "be-a" not in ids(ask(searcher, without=["be-a"]).practices)


def test_by_date_the_relevant_ones_stand_latest_first(searcher: Searcher) -> None:
    found = ask(searcher, sort="date").practices
    dates = [one.since or "" for one in found]
    assert dates == sorted(dates, reverse=True)
    assert all(one.level != "low" for one in found)


def test_by_country_every_benelux_country_has_its_list(searcher: Searcher) -> None:
    found = ask(searcher, group_by="country")
    assert found.by_country is not None
    assert {"BE", "NL", "LU"} <= found.by_country.keys()
    for country, hits in found.by_country.items():
        assert all(country in one.countries and one.level != "low" for one in hits)


def test_all_questions_and_parts_are_encoded_in_one_pass(searcher: Searcher, fake_encoder: Any) -> None:
    calls: list[int] = []
    encode = fake_encoder.encode_queries
    fake_encoder.encode_queries = lambda texts: calls.append(len(texts)) or encode(texts)
    searcher.read(lambda one: one.ask_all([("who blocks sites", {}), (TEXT, {"pasted": True}), ("mules", {})]))
    assert calls == [2 + len(parts(" ".join(TEXT.split())))]


def test_a_hit_is_that_of_the_part_which_finds_it_most_relevant(searcher: Searcher) -> None:
    levels = ["low", "medium", "high"]
    found = {one.id: one for one in ask(searcher).practices}
    of_parts = [
        hit
        for part in parts(" ".join(TEXT.split()))
        for hit in searcher.ask(part, reader="en", limit=OF_EACH).practices
    ]
    for note_id, hit in found.items():
        assert hit.level == max((one.level for one in of_parts if one.id == note_id), key=levels.index)


def test_the_language_is_that_of_the_whole_text(searcher: Searcher) -> None:
    text = "Phishing report. " + "De politie en de banken waarschuwen samen de slachtoffers van valse sites. " * 5
    found = searcher.ask(text, pasted=True)
    assert (found.detected, found.reader) == ("nl", "nl")


def test_page_breaks_and_the_like_are_spaces(searcher: Searcher) -> None:
    with_breaks = searcher.ask(TEXT.replace(". ", ".\f"), pasted=True, reader="en")
    assert ids(with_breaks.practices) == ids(ask(searcher).practices)
