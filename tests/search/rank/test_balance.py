"""Balance: every country that has a relevant practice among the first, moved as little as can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.rank.balance import MARGIN, TOP, balanced, by_country

BENELUX = ("BE", "NL", "LU")
AREAS = (*BENELUX, "DE", "EU", "BNL")
RELEVANT = 0.4
NOTES = st.lists(
    st.tuples(
        st.integers(30, 60).map(lambda score: score / 100),  # few values around the threshold, so that all cases occur
        st.frozensets(st.sampled_from(AREAS), min_size=1, max_size=2),
    ),
    max_size=24,
).map(lambda notes: sorted(notes, key=lambda note: -note[0]))
"""Score and countries of each note; its id is its place in the order of scores, from 1."""


def balance(notes, wanted=BENELUX):
    """The ids in the order to show, and the moves."""
    given = [(str(place), score, names if score >= RELEVANT else ()) for place, (score, names) in enumerate(notes, 1)]
    order, moves = balanced(given, wanted)
    return [place + 1 for place in order], moves


def countries_of(notes):
    """Benelux countries with a relevant note among these."""
    return frozenset(BENELUX).intersection(frozenset().union(*(names for score, names in notes if score >= RELEVANT)))


# --- what must be so for every list ---


@given(NOTES)
def test_moves_are_what_was_done_and_one_a_country_at_most(notes):
    order, moves = balance(notes)
    assert sorted(order) == list(range(1, len(notes) + 1))
    for move in moves:
        assert order[move.to_place - 1] == move.from_place == int(move.id)
        assert move.to_place < move.from_place
        assert move.country in notes[move.from_place - 1][1]
    assert len({move.country for move in moves}) == len(moves)
    moved = {move.from_place for move in moves}
    stayed = [place for place in order if place not in moved]
    assert stayed == sorted(stayed)
    assert [move.to_place for move in moves] == list(range(TOP - len(moved) + 1, TOP + 1))
    assert len(moves) <= len(BENELUX)  # so that the first place never changes


@given(NOTES)
def test_nothing_irrelevant_moves_up_and_nothing_passes_what_is_clearly_better(notes):
    order, _ = balance(notes)
    for at, place in enumerate(order):
        passed = [other for other in order[at + 1 :] if other < place]
        if passed:
            score = notes[place - 1][0]
            assert score >= RELEVANT
            assert all(notes[other - 1][0] - score <= MARGIN for other in passed)


@given(NOTES)
def test_no_country_is_lost_and_one_left_out_is_clearly_worse(notes):
    order, moves = balance(notes)
    before, after = countries_of(notes[:TOP]), countries_of(notes[place - 1] for place in order[:TOP])
    assert before <= after
    if before == countries_of(notes):
        assert moves == ()
    for country in countries_of(notes) - after:
        best = max(score for score, names in notes if country in names)
        assert notes[TOP - len(BENELUX)][0] - best > MARGIN


@given(NOTES, st.integers(0, 3))
def test_what_stands_behind_the_movers_changes_nothing(notes, fewer):
    """So a longer list begins like a shorter one, whatever more of it is looked at."""
    order, moves = balance(notes)
    needed = max([TOP, *(move.from_place for move in moves)])
    assert balance(notes[:needed])[0][:TOP] == order[:TOP]
    assert balance(notes[: TOP - fewer])[1] == balance(notes, ())[1] == ()


# --- cases ---


@pytest.mark.parametrize(
    ("countries", "first", "moves"),
    [
        ("NL NL BE NL NL NL LU LU", [1, 2, 3, 4, 7], "LU5"),
        ("NL NL NL NL NL NL LU BE", [1, 2, 3, 7, 8], "LU4 BE5"),  # in the order of their scores
        ("EU EU EU EU EU LU EU NL BE", [1, 2, 6, 8, 9], "LU3 NL4 BE5"),
        ("BE BE BE BE NL BE LU", [1, 2, 3, 5, 7], "NL4 LU5"),  # the only note of a country does not make room
        ("NL NL NL NL NL BE+LU BE LU", [1, 2, 3, 4, 6], "BE5"),
        ("BNL EU NL BE NL LU", [1, 2, 3, 4, 6], "LU5"),  # an area is not one of each country in it
        ("NL BE NL BE NL BNL EU", [1, 2, 3, 4, 5], ""),
    ],
)
def test_the_best_note_of_a_missing_country_takes_a_place(countries, first, moves):
    notes = [(0.55 - place / 1000, frozenset(names.split("+"))) for place, names in enumerate(countries.split())]
    order, moved = balance(notes)
    assert order[:TOP] == first
    assert " ".join(f"{move.country}{move.to_place}" for move in moved) == moves


def test_a_country_that_is_clearly_worse_leaves_room_to_the_others():
    notes = [(0.55, frozenset({name})) for name in ("NL", "NL", "NL", "NL", "NL", "BE")]
    order, moves = balance([*notes, (0.41, frozenset({"LU"}))])
    assert (order, [move.country for move in moves]) == ([1, 2, 3, 4, 6, 5, 7], ["BE"])


# --- lists by country ---


@given(
    st.lists(st.lists(st.sampled_from((*BENELUX, "DE", "EU")), min_size=1, max_size=3, unique=True), max_size=12),
    st.integers(1, 12),
)
def test_each_list_has_the_notes_that_name_the_country_best_first(notes, limit):
    found = by_country(range(len(notes)), BENELUX, notes.__getitem__, limit)
    assert list(found) == list(dict.fromkeys([*BENELUX, *(country for countries in notes for country in countries)]))
    for country, listed in found.items():
        assert listed == tuple(place for place, names in enumerate(notes) if country in names)[:limit]
