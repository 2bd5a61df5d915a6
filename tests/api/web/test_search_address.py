"""Addresses of searches: read, written, changed; and the facets and filters that lead from one to the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from starlette.datastructures import QueryParams

from api.web.search_address import FILTERS, SearchAddress
from api.web.search_page import active, facets
from kb.content.reader import read_taxonomy
from kb.errors import QueryError
from kb.notes.note import Kind
from kb.text.languages import Language
from tests.conftest import REPOSITORY

NAMES = [*FILTERS]
TAXONOMY = read_taxonomy([REPOSITORY / "content"])
WORDS = some.text(some.characters(exclude_categories=("Cs", "Cc")), max_size=20).map(str.strip)
ADDRESSES = some.builds(
    SearchAddress,
    q=WORDS,
    filters=some.sets(some.tuples(some.sampled_from(NAMES), WORDS.map("X{}".format).map(str.upper)), max_size=5).map(
        lambda pairs: tuple(sorted(pairs, key=lambda pair: NAMES.index(pair[0])))
    ),
    kind=some.sampled_from(("", "practice", "strategy")),
    sort=some.sampled_from(("", "date")),
    page=some.integers(1, 40),
    narrow=some.booleans(),
).map(lambda asked: asked.but(page=asked.page if asked.kind else 1, narrow=asked.narrow and not asked.is_empty))


def read(path):
    return SearchAddress.of(QueryParams(path.partition("?")[2]), TAXONOMY)


@given(ADDRESSES)
def test_an_address_says_all_and_only_what_is_asked(asked):
    assert read(asked.path("fr")) == asked
    assert asked.path("fr").startswith("/fr/")
    assert read(asked.path("{}")).path("nl") == asked.path("nl")


@given(ADDRESSES, some.sampled_from(NAMES), WORDS.filter(bool))
def test_a_filter_taken_back_leaves_the_first_page_of_what_was(asked, name, value):
    changed = asked.with_filter(name, value)
    assert value in changed.chosen(name)
    assert changed.page == 1
    if value not in asked.chosen(name):
        assert changed.without(name, value) == asked.but()
    assert changed.unfiltered() == SearchAddress(q=asked.q)
    assert asked.but(kind=Kind.PRACTICE).path("fr").count("kind=practice") == 1
    assert asked.but(sort="date").parameters()["sort"] == "date"


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=²", "cuontry=BE", "lang=nl", "narrow=x"])
def test_what_no_search_can_mean_is_refused(query):
    with pytest.raises(QueryError):
        SearchAddress.of(QueryParams(query), TAXONOMY)


MAIL = "utm_source=letter&utm_campaign=june&utm_content=x&fbclid=1&mc_cid=2&ref=3"


def test_what_mail_tools_add_is_left_unread_and_many_of_it_refused():
    assert read(f"/fr/?q=x&country=BE&{MAIL}") == read("/fr/?q=x&country=BE")
    with pytest.raises(QueryError):
        read("/fr/?" + "&".join(f"utm_{number}=1" for number in range(100)))


def test_values_come_with_their_numbers_in_the_order_of_the_vocabulary():
    asked = SearchAddress(q="x", filters=(("country", "LU"),))
    counts = {"country": {"EU": 2, "NL": 3}, "crime_type": {"phishing": 4, "online-fraud": 5}, "status": {}}
    (_, countries), (label, crime_types) = facets(asked, counts, TAXONOMY, Language.NL)
    found = [(value.value, value.notes, value.on) for value in countries]
    assert found == [("BE", None, False), ("NL", None, False), ("LU", 0, True), ("EU", None, False)]
    assert countries[1].address.path("nl") == "/nl/?q=x&country=LU&country=NL"
    assert countries[2].address.path("nl") == "/nl/?q=x"
    assert (label, [(value.value, value.notes) for value in crime_types]) == (
        "Criminaliteitsvorm",
        [("online-fraud", 5)],
    )


def test_a_narrower_value_is_below_its_broader_one_if_that_is_shown():
    counts = {"crime_type": {"phishing": 4, "online-fraud": 5, "ransomware": 1}}
    *_, (_, crime_types) = facets(SearchAddress(), counts, TAXONOMY, Language.NL)
    assert TAXONOMY.crime_types.broader("ransomware")
    below = {value.value: [other.value for other in value.narrower] for value in crime_types}
    assert below == {"ransomware": [], "online-fraud": ["phishing"]}


def test_active_filters_are_named_in_words():
    chosen = {
        ("country", "BE"): "Pays ou territoire\xa0: Belgique",
        ("crime_type", "phishing"): "Type de criminalité\xa0: hameçonnage",
        ("evidence", "untested"): "Niveau d'évaluation\xa0: non évalué",
        ("status", "ended"): "Statut\xa0: terminé",
        ("note_lang", "nl"): "Langue de la fiche\xa0: néerlandais",
        ("organisation", "CCB"): "Organisation\xa0: CCB",
        ("phase", "nonsense"): "Phase\xa0: nonsense",
    }
    named = [words for words, _ in active(SearchAddress(q="x", filters=tuple(chosen)), TAXONOMY, Language.FR)]
    assert named == [*chosen.values()]


def test_codes_of_countries_may_be_small_and_a_page_belongs_to_a_kind():
    assert read("/fr/?country=be&country=BE&q=x&page=3") == SearchAddress(q="x", filters=(("country", "BE"),))
    assert read("/fr/?q=x&kind=practice&page=3").page == 3
    assert {read(f"/fr/?kind=practice&page={page}").page for page in (100, 101, 10001, "9" * 99)} == {100}
