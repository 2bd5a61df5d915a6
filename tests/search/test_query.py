"""What may be asked, and what a caller is told who asks otherwise."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.content.reader import read_taxonomy
from kb.errors import QueryError
from kb.notes.note import Kind
from kb.text.languages import Language
from search.query import MAX_CHARACTERS, MAX_LIMIT, SearchQuery, check_organisations, search_query

TAXONOMY = read_taxonomy([Path(__file__).parents[2] / "content"])


def query(text="phishing", **parameters):
    return search_query(text, TAXONOMY, **parameters)


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1, 10**9])
def test_limits_out_of_bounds_name_the_bounds(limit):
    assert [query(limit=within).limit for within in (1, MAX_LIMIT)] == [1, MAX_LIMIT]
    with pytest.raises(QueryError, match=f"1 to {MAX_LIMIT}") as refused:
        query(limit=limit)
    assert refused.value.field == "limit"


def test_the_longest_question_is_allowed_and_one_character_more_is_not():
    assert len(query("x" * MAX_CHARACTERS).text) == MAX_CHARACTERS
    with pytest.raises(QueryError, match="2,001 characters"):
        query("x" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize("text", ["", " ", "\n\t\r ", "\u00a0\u2003"])
def test_a_question_without_a_word_is_refused(text):
    with pytest.raises(QueryError, match="empty") as refused:
        query(text)
    assert refused.value.field == "q"


@pytest.mark.parametrize("character", ["\0", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_and_half_characters_are_refused(character):
    with pytest.raises(QueryError, match="control characters"):
        query(f"phi{character}shing")


def test_text_is_composed_and_its_spaces_are_single():
    assert query("  la\u0301 \t hame\u0327\n con\u00a0nage ").text == "l\u00e1 ham\u0229 con nage"


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=200))
def test_any_text_is_taken_or_refused_as_empty_and_taking_it_twice_changes_nothing(text):
    try:
        taken = query(text).text
    except QueryError:
        assert not text.split()
        return
    assert query(taken).text == taken == unicodedata.normalize("NFC", taken)


@pytest.mark.parametrize(
    ("parameter", "field", "value", "suggestion"),
    [
        ("reader", "lang", "frr", "fr"),
        ("note_lang", "note_lang", ["nll"], "nl"),
        ("country", "country", ["BEL"], "BE"),
        ("crime_type", "crime_type", ["fishing"], "phishing"),
        ("phase", "phase", ["preventions"], "prevention"),
        ("kind", "kind", ["practices"], "practice"),
        ("status", "status", ["in force"], "in-force"),
    ],
)
def test_unknown_values_list_what_is_known_and_suggest_the_nearest(parameter, field, value, suggestion):
    with pytest.raises(QueryError, match="is not known") as refused:
        query(**{parameter: value})
    assert refused.value.field == field
    assert f"`{suggestion}`" in refused.value.remedy
    assert suggestion in refused.value.allowed
    assert query(**{parameter: suggestion if parameter == "reader" else [suggestion]})


def test_an_unknown_value_among_known_values_is_refused_and_not_echoed_in_full():
    with pytest.raises(QueryError, match="xxx") as refused:
        query(crime_type=["phishing", "x" * 100_000])
    assert len(str(refused.value)) < 2_000


def test_values_are_normalised_and_kept_once():
    asked = query(
        country=["be", "BE", "lu"],
        kind=["practice", Kind.PRACTICE],
        note_lang=["nl", "nl"],
        organisation=["Fédération ", "federation"],
        reader="fr",
    )
    assert (asked.countries, asked.kinds, asked.reader) == (("BE", "LU"), (Kind.PRACTICE,), Language.FR)
    assert (asked.filters["note_lang"], asked.filters["organisation"]) == (("nl",), ("federation",))


def test_a_blank_organisation_is_not_passed_over():
    with pytest.raises(QueryError) as refusal:
        check_organisations(query(organisation=[" "]), ["ccb"])
    assert refusal.value.field == "organisation"


def test_an_organisation_in_another_script_is_asked_for_not_dropped():
    assert query(organisation=["Полиция"]).filters["organisation"] == ("Полиция",)


def test_nothing_given_asks_for_everything():
    assert query() == SearchQuery("phishing")


def test_an_answer_can_be_grouped_by_country_and_by_nothing_else():
    assert not query().by_country
    assert query(group_by="country").by_country
    for value in ("countries", "phase", ""):
        with pytest.raises(QueryError) as refused:
            query(group_by=value)
        assert (refused.value.field, refused.value.allowed) == ("group_by", ("country",))
