"""Lists by country: every relevant note where it belongs, in the order given."""

from hypothesis import given
from hypothesis import strategies as st

from kb.text.languages import Language
from search.rank.by_country import by_country
from search.rank.group import Group
from search.rank.score import Worth

BENELUX = ("BE", "NL", "LU")
NOTES = st.lists(
    st.tuples(st.booleans(), st.lists(st.sampled_from((*BENELUX, "DE", "EU")), min_size=1, max_size=3, unique=True)),
    max_size=12,
)


def lists(notes: list[tuple[bool, list[str]]], limit: int) -> dict[str, list[int]]:
    groups = [Group(str(place), Worth(float(good), Language.EN), ()) for place, (good, _) in enumerate(notes)]
    relevant = (one for one in groups if one.score > 0.5)
    found = by_country(relevant, BENELUX, lambda one: notes[int(one.note_id)][1], limit)
    return {country: [int(one.note_id) for one in some] for country, some in found.items()}


@given(NOTES, st.integers(1, 12))
def test_each_list_holds_the_relevant_notes_that_name_the_country_best_first(
    notes: list[tuple[bool, list[str]]], limit: int
) -> None:
    found = lists(notes, limit)
    assert tuple(found)[:3] == BENELUX
    named = {country for good, countries in notes if good for country in countries}
    assert set(found) == {*BENELUX, *named}
    for country, places in found.items():
        assert places == [place for place, (good, names) in enumerate(notes) if good and country in names][:limit]


def test_other_countries_and_areas_follow_in_the_order_of_their_first_notes() -> None:
    notes = [(True, ["EU"]), (False, ["FR"]), (True, ["DE", "LU"]), (True, ["EU"])]
    assert lists(notes, 5) == {"BE": [], "NL": [], "LU": [2], "EU": [0, 3], "DE": [2]}
