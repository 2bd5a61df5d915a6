"""Keys: who may see which note, and what follows from it for others."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.access import ANONYMOUS, TLP_ORDER, Handling, Tlp, clearance, whoever_sees
from kb.content.reader import read_taxonomy

TAXONOMY = read_taxonomy([Path(__file__).parents[2] / "content"])
COUNTRIES, BODIES = ("BE", "NL", "BNL"), ("Europol", "Zoë’s Team")
LABELS: tuple[Tlp, ...] = TLP_ORDER[:-1]
CALLERS = [
    clearance(label, countries, bodies)
    for label, countries, bodies in product(LABELS, ([], ["BE"], ["BE", "NL"]), ([], ["europol"], [*BODIES]))
]
SETS = st.lists(st.sampled_from(COUNTRIES), unique=True), st.lists(st.sampled_from(BODIES), unique=True)
HANDLINGS = st.one_of(
    st.sampled_from(LABELS[:3]).map(lambda label: {"tlp": label}),
    st.sampled_from(BODIES).map(lambda owner: {"tlp": "amber+strict", "owner": owner}),
    st.tuples(st.sampled_from(["green", "amber"]), *SETS)
    .filter(lambda one: bool(one[1] or one[2]))
    .map(lambda one: {"tlp": one[0], "audience": {"countries": one[1], "organisations": one[2]}}),
)


def may(caller, keys):
    return not caller.isdisjoint(keys)


@pytest.mark.parametrize(
    ("front", "seeing", "not_seeing"),
    [
        ({"tlp": "clear"}, ANONYMOUS, frozenset()),
        ({"tlp": "green"}, clearance("green"), ANONYMOUS),
        ({"tlp": "green"}, clearance("amber+strict", ["LU"], ["Europol"]), clearance("clear", ["LU"], ["Europol"])),
        ({"tlp": "amber", "audience": {"countries": ["BE"]}}, clearance("amber", ["BE"]), clearance("amber", ["NL"])),
        ({"tlp": "amber", "audience": {"countries": ["BE"]}}, clearance("amber", ["BE"]), clearance("green", ["BE"])),
        ({"tlp": "amber", "audience": {"countries": ["BNL"]}}, clearance("amber", ["LU"]), clearance("amber")),
        (
            {"tlp": "green", "audience": {"countries": ["NL"], "organisations": ["Europol"]}},
            clearance("amber", ["BE"], ["EUROPOL"]),
            clearance("amber", ["BE"], ["Eurojust"]),
        ),
        (
            {"tlp": "amber+strict", "owner": "Police  Fédérale"},
            clearance("amber+strict", [], ["police federale"]),
            clearance("amber", [], ["police federale"]),
        ),
        *(
            (
                {"tlp": "amber+strict", "owner": owner},
                clearance("amber+strict", [], [owner.upper()]),
                clearance("amber+strict", [], ["Europol", "Sk", "CCU"]),
            )
            for owner in ("Europol Ελλάς", "Полиция Europol", "Søk", "警察 CCU")
        ),
        (
            {"tlp": "amber+strict", "owner": "Europol"},
            clearance("amber+strict", [], ["Europol"]),
            clearance("amber+strict", ["BE", "NL", "LU"], ["Eurojust"]),
        ),
    ],
)
def test_who_may_see_a_note(front, seeing, not_seeing):
    keys = Handling.stated(front).keys(TAXONOMY)
    assert may(seeing, keys)
    assert not may(not_seeing, keys)


@pytest.mark.parametrize(
    "front",
    [
        {"tlp": "red"},
        {"tlp": "white"},
        {"tlp": "amber+strict"},
        {"tlp": "amber+strict", "owner": ["Europol"]},
        {"tlp": "green", "audience": None},
        {"tlp": "green", "audience": "BE"},
        {"tlp": "green", "audience": {"countries": "BE"}},
        {"tlp": "green", "audience": {"country": ["BE"]}},
        {"tlp": "green", "audience": {}},
    ],
    ids=str,
)
def test_what_cannot_be_read_opens_to_nobody(front):
    keys = Handling.stated(front).keys(TAXONOMY)
    assert not any(may(caller, keys) for caller in CALLERS)


@given(HANDLINGS, HANDLINGS)
def test_whoever_sees_one_sees_the_other_is_so_exactly_where_it_is_said(one, other):
    seen, also = Handling.stated(one).keys(TAXONOMY), Handling.stated(other).keys(TAXONOMY)
    of_all = [*CALLERS, *(clearance(label, [], [body]) for label, body in product(LABELS, BODIES))]
    of_all += [clearance(label, [country]) for label, country in product(LABELS, COUNTRIES)]
    assert whoever_sees(seen, also) == all(may(caller, also) for caller in of_all if may(caller, seen))


@given(st.sampled_from(CALLERS))
def test_nobody_holds_less_than_the_anonymous(caller):
    assert caller >= ANONYMOUS
