"""Keys: who may see which note, and what follows from it for others."""

from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb.access import ANONYMOUS, STRICT, TLP_ORDER, Handling, clearance, whoever_sees
from kb.content.reader import read_taxonomy

TABLE = Path(__file__).with_name("access.yaml")
TAXONOMY = read_taxonomy([Path(__file__).parents[2] / "content"])
COUNTRIES, BODIES = ("BE", "NL", "BNL"), ("Europol", "Zoë’s Team")
LABELS = TLP_ORDER[:-1]
CALLERS = [
    clearance(label, countries, bodies)
    for label, countries, bodies in product(LABELS, ([], ["BE"], ["BE", "NL"]), ([], ["europol"], [*BODIES]))
]
NAMES = st.tuples(st.lists(st.sampled_from(COUNTRIES), unique=True), st.lists(st.sampled_from(BODIES), unique=True))
AUDIENCES = NAMES.filter(any).map(lambda names: dict(zip(("countries", "organisations"), names, strict=True)))
HANDLINGS = st.one_of(
    st.fixed_dictionaries({"tlp": st.sampled_from(LABELS[:3])}),
    st.fixed_dictionaries({"tlp": st.just("amber+strict"), "owner": st.sampled_from(BODIES)}),
    st.fixed_dictionaries({"tlp": st.sampled_from(["green", "amber"]), "audience": AUDIENCES}),
)


def test_no_caller_has_the_bare_key_of_notes_for_their_owner_alone():
    assert not any(STRICT in caller for caller in CALLERS)


def may(caller, keys):
    return not caller.isdisjoint(keys)


@pytest.mark.parametrize(("front", "allowed", "refused"), yaml.safe_load(TABLE.read_text("utf-8")), ids=str)
def test_who_may_see_a_note(front, allowed, refused):
    keys = Handling.stated(front).keys(TAXONOMY)
    assert may(clearance(*allowed), keys)
    assert refused is None or not may(clearance(*refused), keys)


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


@pytest.mark.parametrize(
    ("front", "text"),
    [
        ({"tlp": "green"}, "TLP:GREEN"),
        ({"tlp": "amber", "audience": {"countries": ["BE"], "organisations": ["CCB"]}}, "TLP:AMBER (BE, CCB)"),
        ({"tlp": "amber", "owner": "Europol"}, "TLP:AMBER"),
        ({"tlp": "amber+strict", "owner": "Europol"}, "TLP:AMBER+STRICT (Europol)"),
    ],
)
def test_a_handling_in_words_names_its_readers(front, text):
    assert str(Handling.stated(front)) == text


@given(HANDLINGS, HANDLINGS)
def test_whoever_sees_a_note_sees_another_just_where_all_callers_do(front, other):
    first, second = Handling.stated(front).keys(TAXONOMY), Handling.stated(other).keys(TAXONOMY)
    of_all = [*CALLERS, *(clearance(label, [], [body]) for label, body in product(LABELS, BODIES))]
    of_all += [clearance(label, [country]) for label, country in product(LABELS, COUNTRIES)]
    assert whoever_sees(first, second) == all(may(caller, second) for caller in of_all if may(caller, first))
    assert all(caller >= ANONYMOUS for caller in of_all)
