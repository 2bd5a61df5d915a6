"""A question's filters as the store and as people read them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.content.reader import read_taxonomy
from kb.notes.note import Kind
from kb.store.records import CHUNK, FILTER_FIELDS, RECORD, VERSION
from kb.text.languages import Language
from search.filters import applies_through, in_words, record_where, searched, sought_countries
from search.query import FILTERS, SearchQuery, search_query

TAXONOMY = read_taxonomy([Path(__file__).parents[2] / "content"])
LABELS = ("clear", "green", "amber", "amber+strict")


def some(values):
    return st.lists(st.sampled_from(list(values)), max_size=2, unique=True).map(tuple)


QUERIES = st.builds(
    search_query,
    text=st.just("q"),
    taxonomy=st.just(TAXONOMY),
    **{name: some(each.values(TAXONOMY) or ["politie", "circl"]) for name, each in FILTERS.items()},
)
PAYLOADS = st.fixed_dictionaries(
    {
        RECORD: st.sampled_from([CHUNK, VERSION]),
        "access": st.sampled_from(LABELS).map(lambda label: [label]),
        **{each.field: some(each.values(TAXONOMY) or ["politie", "circl"]) for each in FILTERS.values()},
    }
)


def passes(payload, where):
    def values_of(field):
        value = payload[field]
        return {value} if isinstance(value, str) else {str(each) for each in value}

    return all(values_of(field) & set(values) for field, values in where.items())


@given(QUERIES, st.frozensets(st.sampled_from(LABELS)), PAYLOADS)
def test_filters_never_widen_a_result(query, clearance, payload):
    if passes(payload, searched(query, clearance)):
        assert passes(payload, searched(SearchQuery("q"), clearance))
        assert clearance.intersection(payload["access"])


@given(QUERIES)
def test_every_filter_is_on_an_indexed_field_and_holds_plain_text(query):
    where = searched(query, frozenset(LABELS))
    assert set(where) <= set(FILTER_FIELDS)
    assert all(type(value) is str for values in where.values() for value in values)
    assert len(where) == 1 + len(query.filters)


def test_a_fetch_is_of_versions_unless_said_otherwise():
    assert record_where(frozenset()) == {RECORD: (VERSION,), "access": ()}
    assert record_where(frozenset({"green", "clear"})) == {RECORD: (VERSION,), "access": ("clear", "green")}
    assert record_where(frozenset({"clear"}), VERSION, CHUNK)[RECORD] == (VERSION, CHUNK)


def test_filters_are_said_in_the_readers_words():
    query = search_query("q", TAXONOMY, country=["be"], crime_type=["phishing"], kind=["practice"], note_lang=["nl"])
    words = {language: in_words(query, TAXONOMY, language) for language in Language}
    assert words[Language.FR]["country"] == ("Belgique",)
    assert words[Language.NL]["note_lang"] == ("Nederlands",)
    assert words[Language.EN] == {
        "note_lang": ("Dutch",),
        "country": ("Belgium",),
        "kind": ("practice",),
        "crime_type": (TAXONOMY.crime_types["phishing"].label(Language.EN),),
    }


@pytest.mark.parametrize(
    ("asked", "countries", "through"),
    [
        ((), ("EU",), ()),
        (("BE",), ("BE",), ()),
        (("BE",), ("BE", "EU"), ()),
        (("BE",), ("BNL",), ("BNL",)),
        (("BE",), ("EU", "BNL"), ("EU", "BNL")),
        (("BE", "NL"), ("NL", "EU"), ()),
        (("LU",), ("NL", "EU"), ("EU",)),
    ],
)
def test_a_note_for_an_area_says_by_which_it_answers_a_country(asked, countries, through):
    assert applies_through(SearchQuery("q", filters={"country": asked}), countries, TAXONOMY) == through


@pytest.mark.parametrize(
    ("asked", "kinds", "sought"),
    [
        ((), (), ("BE", "NL", "LU")),
        (("LU", "BE"), (), ("BE", "LU")),
        (("DE", "NL"), (Kind.PRACTICE,), ("NL",)),
        (("EU",), (), ()),
        (("BNL",), (), ()),
        ((), (Kind.STRATEGY,), ()),
        ((), (Kind.STRATEGY, Kind.PRACTICE), ("BE", "NL", "LU")),
    ],
)
def test_practices_are_sought_in_the_benelux_countries_that_the_question_leaves_open(asked, kinds, sought):
    assert sought_countries(SearchQuery("q", filters={"country": asked, "kind": kinds}), TAXONOMY) == sought
