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
from search.query import MAX_CHARACTERS, MAX_LIMIT, check_organisations, search_query

TAXONOMY = read_taxonomy([Path(__file__).parents[2] / "content"])


def query(text="phishing", **parameters):
    return search_query(text, TAXONOMY, **parameters)


@pytest.mark.parametrize(
    ("parameters", "field", "message"),
    [
        *(({"limit": limit}, "limit", f"1 to {MAX_LIMIT}") for limit in (0, -1, MAX_LIMIT + 1, 10**9)),
        *(({"offset": offset}, "q", "place 1 to 991") for offset in (-1, 991)),
        *(({"text": text}, "q", "empty") for text in ("", " ", "\n\t\r ", "\u00a0\u2003")),
        *(({"text": f"a{sign}b"}, "q", "control characters") for sign in "\0\x07\x1b\x7f\x85\ud800"),
        ({"text": "x" * (MAX_CHARACTERS + 1)}, "q", "2,001 characters"),
        *(({"group_by": value}, "group_by", "not known") for value in ("countries", "phase", "")),
        ({"sort": "age"}, "sort", "not known"),
        ({"crime_type": ["phishing", "x" * 100_000]}, "crime_type", "`crime_type=x{60}` is"),  # not echoed in full
    ],
)
def test_what_may_not_be_asked_is_refused_by_name(parameters, field, message):
    with pytest.raises(QueryError, match=message) as refused:
        query(**parameters)
    assert refused.value.field == field


def test_the_bounds_themselves_are_allowed():
    assert query("x" * MAX_CHARACTERS, limit=MAX_LIMIT, offset=990).limit == MAX_LIMIT
    assert query(limit=1, group_by="country").by_country


def test_text_is_composed_and_its_spaces_are_single():
    assert query("  la\u0301 \t hame\u0327\n con\u00a0nage ").text == "l\u00e1 ham\u0229 con nage"
    assert query("of two.\fPages", pasted=True).text == "of two. Pages"


def test_what_telephones_and_word_processors_write_is_asked_as_it_is_typed():
    assert query("sites d’hame\u00adçonnage\u200b").text == "sites d'hameçonnage"
    assert query("d´avance, l′eau").text == "d'avance, l'eau"


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


def test_values_are_normalised_and_kept_once():
    asked = query(
        country=["be", "BE", "lu", "België", "Luxemburg"],
        kind=["practice", Kind.PRACTICE],
        note_lang=["nl", "nl"],
        organisation=["Fédération ", "federation", "Полиция"],
        reader="fr",
    )
    assert (asked.countries, asked.kinds, asked.reader) == (("BE", "LU"), (Kind.PRACTICE,), Language.FR)
    assert (asked.filters["note_lang"], asked.filters["organisation"]) == (("nl",), ("federation", "Полиция"))


def test_a_blank_organisation_is_not_passed_over():
    with pytest.raises(QueryError) as refusal:
        check_organisations(query(organisation=[" "]), ["ccb"])
    assert refusal.value.field == "organisation"
