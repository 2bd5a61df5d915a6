"""The public form of vocabularies and of changes."""

from datetime import UTC, datetime
from pathlib import Path

from api.models.collection import ChangesResponse, SchemeOut
from kb.content.reader import read_taxonomy
from kb.notes.note import Kind
from search.results import Change, Changes

COUNTRIES = read_taxonomy([Path(__file__).parents[3] / "content"]).countries
WHEN = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


def test_a_vocabulary_names_the_children_of_a_concept_and_no_grandchildren():
    found = {concept.id: concept for concept in SchemeOut.of(COUNTRIES).concepts}
    assert found.keys() == set(COUNTRIES)
    assert {*found["BNL"].narrower} == {"BE", "NL", "LU"}
    assert "BNL" in found["EU"].narrower
    assert "BE" not in found["EU"].narrower
    assert (found["BE"].broader, found["BE"].narrower) == ("BNL", [])
    assert found["BE"].prefLabel["nl"] == "België"


def test_what_is_gone_has_no_page_and_the_time_is_told_once_all_is_read():
    changes = (Change("be-a", Kind.PRACTICE, WHEN), Change("be-b", Kind.STRATEGY, WHEN, gone=True))
    read = ChangesResponse.of(Changes(changes, more=False), None)
    assert [(each.id, each.change, each.url) for each in read.changes] == [
        ("be-a", "changed", "/notes/be-a"),
        ("be-b", "removed", None),
    ]
    assert (read.until, read.next) == (WHEN, None)
    more = ChangesResponse.of(Changes(changes, more=True), "next")
    assert (more.until, more.next) == (None, "next")
    assert ChangesResponse.of(Changes((), more=False), None).until is None
