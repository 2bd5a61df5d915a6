"""What is held: made once, for one clearance, so many and no more."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from search.held import Held

CLEAR, AMBER = frozenset({"clear"}), frozenset({"clear", "amber"})


def test_an_answer_is_made_once_for_what_it_depends_on() -> None:
    held, made = Held(), count()
    numbers = [
        held.once("map", clearance, *of, make=lambda: next(made))
        for _ in range(2)
        for clearance in (CLEAR, AMBER)
        for of in ((), ("nl",), ("fr",))
    ]
    assert numbers == [0, 1, 2, 3, 4, 5] * 2
    assert held.once("coverage", CLEAR, make=lambda: next(made)) == 6


def test_those_not_asked_for_longest_go_first() -> None:
    held, made = Held(most=2), count()
    for name in ("a", "b", "a", "c", "a", "b"):
        held.once(name, CLEAR, make=lambda: next(made))
    assert (len(held), next(made)) == (2, 4)


def test_of_several_only_those_are_made_of_which_nothing_is_held() -> None:
    held, asked = Held(most=3), list[list[str]]()

    def make(missing: list[str]) -> dict[str, str]:
        asked.append(missing)
        return {one: one.upper() for one in missing if one != "hidden"}

    assert held.each("passage", CLEAR, "ab", make=make) == {"a": "A", "b": "B"}
    assert held.each("passage", CLEAR, ["b", "c", "hidden"], make=make) == {"b": "B", "c": "C"}
    assert held.each("passage", CLEAR, "cb", make=make) == {"c": "C", "b": "B"}
    assert held.each("passage", AMBER, "b", make=make) == {"b": "B"}
    assert held.each("passage", CLEAR, "abcde", make=make) == {one: one.upper() for one in "abcde"}
    assert asked == [["a", "b"], ["c", "hidden"], ["b"], ["a", "d", "e"]]
    assert len(held) == 3


def test_a_failure_is_not_held() -> None:
    held = Held()
    with pytest.raises(ZeroDivisionError):
        held.once("a", CLEAR, make=lambda: 1 // 0)
    assert held.once("a", CLEAR, make=lambda: 1) == 1


def test_threads_get_each_their_own_answer() -> None:
    held = Held(most=3)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda one: held.once("a", CLEAR, one % 5, make=lambda: one % 5), range(2000)))
    assert found == [one % 5 for one in range(2000)]
    assert len(held) <= 3
