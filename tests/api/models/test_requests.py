"""What is asked of `/v1`: what of it makes a list, where lists go on, what a question costs, and times of changes."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from api.models.paging import cursor
from api.models.requests import ChangesParameters, SearchParameters, SearchRequest, questions_in
from kb.errors import QueryError
from kb.notes.note import Kind
from kb.text.languages import Language
from search.browse.changes import BEGINNING
from search.query import MAX_CHARACTERS, MAX_OFFSET, MAX_PASTED
from search.rank.texts import PART
from search.results import Change

WHEN = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


def test_one_value_may_stand_by_itself_in_json_and_a_whole_number_have_a_point():
    found = SearchRequest.model_validate({"q": "a", "country": "BE", "crime_type": ["bec"], "limit": 10.0})
    assert (found.country, found.crime_type, found.limit) == (["BE"], ["bec"], 10)
    with pytest.raises(ValidationError):
        SearchRequest.model_validate({"q": "a", "limit": 10.5})


def test_the_language_of_the_reader_is_the_one_named_else_the_one_accepted():
    asked = {name: SearchParameters(q="a", lang=name).parameters(Language.FR)["reader"] for name in ("nl", None)}
    assert asked == {"nl": "nl", None: Language.FR}


def test_a_search_by_a_note_or_a_text_says_which():
    def like(**given):
        asked = SearchRequest.model_validate({"similar_to": given})
        parameters = asked.parameters(None)
        return asked.text, parameters["pasted"], parameters["similar_to"]

    assert like(note="be-a") == ("", False, "be-a")
    assert like(text="What happened.") == ("What happened.", True, None)
    assert "pasted" not in SearchRequest(q="a").parameters(None)
    assert (SearchRequest(q="a").text, SearchParameters(q="a").text) == ("a", "a")


def test_a_list_goes_on_from_its_cursor_as_far_as_lists_are_read():
    first = SearchParameters(q="a", limit=10)
    second = SearchParameters(q="a", limit=10, cursor=first.following())
    assert [each.parameters(None)["offset"] for each in (first, second)] == [0, 10]
    last = SearchParameters(q="a", limit=10, cursor=cursor(MAX_OFFSET, first.asked()))
    assert last.following() is None
    with pytest.raises(QueryError):
        SearchParameters(q="b", limit=10, cursor=first.following()).parameters(None)
    # What is shown of hits is another matter than which they are.
    explained = SearchParameters(q="a", limit=10, cursor=first.following(), explain=True, fields=["id"])
    assert explained.parameters(None)["offset"] == 10


def test_a_member_that_hits_do_not_have_is_refused():
    with pytest.raises(QueryError, match="titel") as refused:
        SearchParameters(q="a", fields=["titel"]).parameters(None)
    assert refused.value.field == "fields"


@pytest.mark.parametrize(
    ("text", "pasted", "questions"),
    [
        ("", False, 1),
        ("a" * PART, False, 1),
        ("a" * (PART + 1), False, 2),
        ("a" * MAX_PASTED, False, -(-MAX_CHARACTERS // PART)),
        ("It happened. " * 10, True, 1),
        ("a" * (MAX_PASTED + 1), True, 1),
    ],
)
def test_a_long_question_costs_as_much_as_several_short_ones(text, pasted, questions):
    assert questions_in(text, pasted=pasted) == questions
    given = {"similar_to": {"text": text}} if pasted else {"q": text}
    assert SearchRequest.model_validate(given).questions == questions


def test_a_pasted_text_costs_as_much_as_its_parts():
    text = "The bank called. " * (3 * PART // 17)
    assert SearchRequest.model_validate({"similar_to": {"text": text}}).questions > 1
    assert SearchRequest.model_validate({"similar_to": {"note": "be-a"}}).questions == 1


def test_changes_are_asked_for_from_the_beginning_from_a_time_or_from_a_cursor():
    assert ChangesParameters().begin() == BEGINNING
    when, note_id = ChangesParameters(since="2026-11-27T10:30:00+01:00").begin()
    assert when == WHEN
    assert note_id > "zzz"  # all of that time were read
    change = Change("be-a", Kind.PRACTICE, WHEN + timedelta(microseconds=5))
    following = ChangesParameters(limit=5).following(change)
    assert ChangesParameters(limit=5, cursor=following).begin() == (change.when, "be-a")


@pytest.mark.parametrize("time", ["yesterday", "", "2026-11-27T10:00:00", "2026-11-27", "0001-01-01T00:00:00+10:00"])
def test_a_time_without_a_time_zone_or_before_all_times_is_refused(time):
    with pytest.raises(QueryError) as refused:
        ChangesParameters(since=time).begin()
    assert (refused.value.field, refused.value.message) == ("since", f"`since={time}` is no time with a time zone.")


def test_a_cursor_of_changes_that_holds_no_time_is_refused():
    asked = ChangesParameters()
    made_up = cursor("yesterday be-a", {"since": None, "limit": asked.limit})
    with pytest.raises(QueryError) as refused:
        ChangesParameters(cursor=made_up).begin()
    assert refused.value.field == "cursor"
