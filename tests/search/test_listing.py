"""Lists without a question, by date, from a later place on; and the notes related to one. On small collections."""

import pytest

from kb.access import ANONYMOUS
from kb.notes.note import Kind
from kb.text.languages import Language
from search.results import facets_of

CLEARED = frozenset({"clear", "amber"})
STARTED = {"be-a": "2021", "be-b": "2023-05", "nl-c": "2022", "be-d": "2023-05"}


@pytest.fixture
def searcher(content, index):
    for note_id, started in STARTED.items():
        content.practice(note_id, countries=[note_id[:2].upper()], started=started)
    content.practice("lu-secret", countries=["LU"], tlp="amber", pap="amber", started="2025", crime_types=["csam"])
    content.strategy("be-plan", adopted="2020-01-02")
    return index()


def browse(searcher, language, clearance=ANONYMOUS, **parameters):
    return searcher.view(clearance).browse(language, **parameters)


def ids(notes):
    return [note.id for note in notes]


def test_without_a_question_the_latest_notes_come_first(searcher):
    listing = browse(searcher, Language.FR)
    assert ids(listing.practices) == ["be-b", "be-d", "nl-c", "be-a"]
    assert ids(listing.strategies) == ["be-plan"]
    assert listing.totals == {Kind.PRACTICE: 4, Kind.STRATEGY: 1, Kind.POWER: 0, Kind.PLAYBOOK: 0}
    assert [card.since for card in listing.practices] == ["2023-05", "2023-05", "2022", "2021"]
    facets = facets_of(listing.counts, Kind)
    assert (facets["country"], facets["crime_type"]["online-fraud"]) == ({"BE": 4, "NL": 1}, 5)


def test_a_listing_can_be_narrowed_and_goes_on(searcher):
    belgian = browse(searcher, Language.EN, country=["BE"], kind=["practice"], limit=2, offset=1)
    assert ids(belgian.practices) == ["be-d", "be-a"]
    assert belgian.totals == dict.fromkeys(Kind, 0) | {Kind.PRACTICE: 3}
    assert belgian.filters["country"] == ("Belgium",)
    assert browse(searcher, Language.EN, evidence=["monitored"]).totals[Kind.PRACTICE] == 4
    assert not browse(searcher, Language.EN, evidence=["systematic-review"]).practices


def test_where_nothing_is_relevant_the_nearest_come_even_by_date(searcher):
    by_date, nearest = (searcher.view().search("blocking sites", sort=sort) for sort in ("date", "relevance"))
    assert ids(by_date.practices) == ids(nearest.practices)


def test_related_notes_are_others_of_the_same_kind_within_the_clearance(searcher):
    note = searcher.view().note("be-a", Language.EN)
    near = ids(searcher.view().related(note, Language.EN))
    assert set() != set(near) <= set(STARTED) - {"be-a"}
    assert "lu-secret" in ids(searcher.view(CLEARED).related(note, Language.EN))
