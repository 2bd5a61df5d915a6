"""Balance: every country that has a relevant practice in view, moved as little as can be."""

from hypothesis import given
from hypothesis import strategies as st

from kb.text.languages import Language
from search.rank.balance import MARGIN, TOP, balanced, by_country
from search.rank.group import Group
from search.rank.score import QUESTIONS_NEARER, NoteScore

BENELUX = ("BE", "NL", "LU")
AREAS = (*BENELUX, "DE", "EU", "BNL")
RELEVANT = 0.4

"""Score and countries of each note; its id is its place in the order of scores, from 1."""
NOTES = st.lists(
    st.tuples(
        st.integers(30, 60).map(lambda score: score / 100),  # few values around the threshold, so that all cases occur
        st.frozensets(st.sampled_from(AREAS), min_size=1, max_size=2),
    ),
    max_size=24,
).map(lambda notes: sorted(notes, key=lambda note: -note[0]))


def relevant(score):
    return score >= RELEVANT


def balance(notes, wanted=BENELUX):
    scores = [NoteScore(score - 0.6 * QUESTIONS_NEARER, Language.EN) for score, _ in notes]
    groups = [Group(str(place), score, ()) for place, score in enumerate(scores, 1)]
    return balanced(groups, wanted, lambda note_id: notes[int(note_id) - 1][1], lambda one: relevant(one.score))


def places(found):
    return [int(one.note_id) for one in found.groups]


def of(*countries, step=0.001):
    """Relevant notes of these countries (`BE+NL`: of both), each a little worse than the one before."""
    return [(0.55 - place * step, frozenset(one.split("+"))) for place, one in enumerate(countries)]


def countries_shown(notes, order):
    """Benelux countries with a relevant note among the first five."""
    top = (notes[place - 1] for place in order[:TOP])
    return frozenset(BENELUX).intersection(*[frozenset().union(*(names for score, names in top if relevant(score)))])


# --- what must hold for every list ---


@given(NOTES)
def test_nothing_is_lost_and_nothing_added(notes):
    assert sorted(places(balance(notes))) == list(range(1, len(notes) + 1))


@given(NOTES)
def test_the_first_place_never_changes(notes):
    assert places(balance(notes))[:1] == list(range(1, len(notes) + 1))[:1]


@given(NOTES)
def test_moves_are_what_was_done_and_one_a_country_at_most(notes):
    found = balance(notes)
    order = places(found)
    for move in found.moves:
        assert order[move.to_place - 1] == move.from_place == int(move.id)
        assert move.to_place < move.from_place
        assert move.to_place in (3, 4, 5)
        assert move.country in notes[move.from_place - 1][1]
    assert len({move.country for move in found.moves}) == len(found.moves)
    moved = {move.from_place for move in found.moves}
    stayed = [place for place in order if place not in moved]
    assert stayed == sorted(stayed)
    assert [move.to_place for move in found.moves] == list(range(TOP - len(moved) + 1, TOP + 1))


@given(NOTES)
def test_nothing_irrelevant_moves_up_and_nothing_passes_what_is_clearly_better(notes):
    order = places(balance(notes))
    for at, place in enumerate(order):
        passed = [other for other in order[at + 1 :] if other < place]
        if passed:
            score = notes[place - 1][0]
            assert relevant(score)
            assert all(notes[other - 1][0] - score <= MARGIN for other in passed)


@given(NOTES)
def test_no_country_is_lost_and_a_balanced_list_is_left_alone(notes):
    before = list(range(1, len(notes) + 1))
    found = balance(notes)
    assert countries_shown(notes, before) <= countries_shown(notes, places(found))
    everywhere = frozenset(BENELUX).intersection(
        frozenset().union(*(names for score, names in notes if relevant(score)))
    )
    if countries_shown(notes, before) == everywhere:
        assert (places(found), found.moves) == (before, ())


@given(NOTES)
def test_a_country_left_out_is_clearly_worse(notes):
    """Its best note scores too little to stand where the last of the first five have to make room."""
    order = places(balance(notes))
    for country in set(BENELUX) - countries_shown(notes, order):
        best = max((score for score, names in notes if country in names and relevant(score)), default=None)
        if best is not None:
            assert notes[TOP - len(BENELUX)][0] - best > MARGIN


@given(NOTES, st.integers(0, 3))
def test_without_countries_to_see_nothing_moves(notes, more):
    assert balance(notes, ()).moves == ()
    short = notes[: TOP - more]
    assert balance(short).moves == ()


@given(NOTES)
def test_what_stands_behind_the_movers_changes_nothing(notes):
    """So a longer list begins like a shorter one, whatever more of it is looked at."""
    found = balance(notes)
    needed = max([TOP, *(move.from_place for move in found.moves)])
    assert places(balance(notes[:needed]))[:TOP] == places(found)[:TOP]


# --- cases ---


def test_the_best_note_of_a_missing_country_takes_the_fifth_place():
    found = balance(of("NL", "NL", "BE", "NL", "NL", "NL", "LU", "LU"))
    assert places(found) == [1, 2, 3, 4, 7, 5, 6, 8]
    [move] = found.moves
    assert (move.id, move.from_place, move.to_place, move.country) == ("7", 7, 5, "LU")


def test_two_missing_countries_take_the_fourth_and_fifth_in_the_order_of_their_scores():
    found = balance(of("NL", "NL", "NL", "NL", "NL", "NL", "LU", "BE"))
    assert places(found) == [1, 2, 3, 7, 8, 4, 5, 6]
    assert [move.country for move in found.moves] == ["LU", "BE"]


def test_three_missing_countries_take_the_third_to_fifth():
    assert places(balance(of("EU", "EU", "EU", "EU", "EU", "LU", "EU", "NL", "BE"))) == [1, 2, 6, 8, 9, 3, 4, 5, 7]


def test_the_only_note_of_another_country_does_not_make_room():
    found = balance(of("BE", "BE", "BE", "BE", "NL", "BE", "LU"))
    assert places(found) == [1, 2, 3, 5, 7, 4, 6]
    assert [(move.country, move.to_place) for move in found.moves] == [("NL", 4), ("LU", 5)]


def test_one_note_can_stand_for_two_countries():
    found = balance(of("NL", "NL", "NL", "NL", "NL", "BE+LU", "BE", "LU"))
    assert places(found)[:TOP] == [1, 2, 3, 4, 6]
    assert [move.country for move in found.moves] == ["BE"]


def test_a_note_for_the_benelux_or_europe_is_not_one_of_each_country():
    assert places(balance(of("BNL", "EU", "NL", "BE", "NL", "LU")))[:TOP] == [1, 2, 3, 4, 6]
    assert balance(of("NL", "BE", "NL", "BE", "NL", "BNL", "EU")).moves == ()


def test_a_country_that_is_clearly_worse_stays_where_it_is_and_leaves_room_to_the_others():
    notes = [*of("NL", "NL", "NL", "NL", "NL", "BE"), (0.41, frozenset({"LU"}))]
    found = balance(notes)
    assert places(found) == [1, 2, 3, 4, 6, 5, 7]
    assert [move.country for move in found.moves] == ["BE"]


def test_filler_stays_where_it_is():
    notes = [(0.42, frozenset({one})) for one in ("NL", "NL", "BE", "NL", "NL")]
    assert balance([*notes, (0.39, frozenset({"LU"}))]).moves == ()


# --- lists by country ---


NAMED = st.lists(st.sampled_from((*BENELUX, "DE", "EU")), min_size=1, max_size=3, unique=True)


@given(st.lists(NAMED, max_size=12), st.integers(1, 12))
def test_each_list_holds_the_notes_that_name_the_country_best_first(notes, limit):
    found = by_country(range(len(notes)), BENELUX, notes.__getitem__, limit)
    assert tuple(found)[:3] == BENELUX
    assert set(found) == {*BENELUX, *(country for countries in notes for country in countries)}
    for country, listed in found.items():
        assert listed == tuple(place for place, names in enumerate(notes) if country in names)[:limit]


def test_other_countries_and_areas_follow_in_the_order_of_their_first_notes():
    notes = [["EU"], ["DE", "LU"], ["EU"]]
    found = by_country(range(3), BENELUX, notes.__getitem__, 5)
    assert list(found.items()) == [("BE", ()), ("NL", ()), ("LU", (1,)), ("EU", (0, 2)), ("DE", (1,))]
