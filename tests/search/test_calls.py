"""How often a search asks the store: each request costs a round trip where that is a server."""

import json
from functools import partial
from pathlib import Path

import pytest

from search.pipeline import _parts
from search.query import search_query
from tests.conftest import searcher_on

QUESTIONS = Path(__file__).parents[1] / "relevance"
ROUND_TRIPS, CALLS = 3, 12
"""For one question: requests, and retrievals in all of them together."""


class Counting:
    """A reader that counts requests and the retrievals in them, and the store of it."""

    def __init__(self, reader):
        self._reader, self.manifest, self.versions = reader, reader.manifest, reader.versions
        self.trips = self.calls = 0

    def reader(self, **_):
        return self

    def __getattr__(self, name):
        def counted(*given):
            self.trips += 1
            self.calls += len(given[0]) if name == "begin" else 1
            return getattr(self._reader, name)(*given)

        return counted


@pytest.fixture(scope="module")
def counting(searcher):
    return Counting(searcher.view().generation.reader)


@pytest.fixture
def view(collection, encoder, counting):
    """A view that has answered once: what is read once for a clearance is there, no passage of other questions is."""
    searcher = searcher_on(collection, encoder, counting)
    searcher.view().search("phishing zyxwvut", limit=1, organisation=["Europol"])
    counting.trips = counting.calls = 0
    return searcher.view()


def some(name, every=6):
    lines = (QUESTIONS / name / "queries.jsonl").read_text("utf-8").splitlines()[::every]
    return [json.loads(line)["text"] for line in lines]


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        *((text, {"limit": 20}) for text in some("blind", 20)),
        *((text, {}) for text in some("identifiers")),
        ("Sky ECC NIS2 2023/1543 CETS 185 article 35 MISP", {"limit": 20, "explain": True, "group_by": "country"}),
        ("geldezels", {"country": ["LU"], "sort": "date"}),
        ("geldezels", {"country": ["LU"], "phase": ["prevention"], "kind": ["practice"], "explain": True}),
        ("bloquer les sites", {"organisation": ["Europol"]}),
    ],
)
def test_a_question_asks_the_store_three_times_at_most(view, counting, text, parameters):
    for reader in ("nl", "fr"):
        counting.trips = counting.calls = 0
        assert view.search(text, reader=reader, **parameters).hits
        assert 1 <= counting.trips <= ROUND_TRIPS
        assert counting.trips <= counting.calls <= CALLS


def test_where_the_name_of_a_place_leaves_a_doubt_it_asks_for_the_rest_too(view, counting):
    assert not view.search("la capitale du Luxembourg").relevant
    assert ROUND_TRIPS < counting.trips <= ROUND_TRIPS + 2
    assert counting.calls <= 2 * CALLS


def test_a_pasted_text_asks_as_often_as_a_question(view, counting):
    """And twice more for each deeper look of those parts that need one, since each is asked for many notes, and for
    those of which the names of places leave a doubt.
    """
    for text in some("incidents", 12):
        parts = len(_parts(search_query(text, view.taxonomy, pasted=True)))
        counting.trips = counting.calls = 0
        assert view.search(text, pasted=True).hits
        assert counting.trips <= ROUND_TRIPS + 2
        assert parts > 3
        assert counting.calls <= parts * CALLS


def test_passages_that_were_shown_are_read_once(collection, encoder, counting):
    read = []

    class Reading(Counting):
        def begin(self, queries):
            end = counting.begin(queries)
            return lambda: [found._replace(payloads=partial(self._read, found.payloads)) for found in end()]

        def _read(self, payloads, record_ids):
            found = payloads(record_ids)
            read.extend(found)
            return found

    view = searcher_on(collection, encoder, Reading(counting)).view()
    for reader in ("nl", "fr", "nl", "fr"):
        assert view.search("geldezels", reader=reader, explain=True).hits
    assert len(read) == len(set(read)) > 10
