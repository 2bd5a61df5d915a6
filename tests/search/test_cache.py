"""What is cached: made once, for one clearance, so many and no more."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from search.cache import Cache

CLEAR, AMBER = frozenset({"clear"}), frozenset({"clear", "amber"})


def test_an_answer_is_made_once_for_what_it_depends_on():
    cache, made = Cache(), count()
    numbers = [
        cache.get("map", clearance, *of, make=lambda: next(made))
        for _ in range(2)
        for clearance in (CLEAR, AMBER)
        for of in ((), ("nl",), ("fr",))
    ]
    assert numbers == [0, 1, 2, 3, 4, 5] * 2
    assert cache.get("coverage", CLEAR, make=lambda: next(made)) == 6


def test_those_not_asked_for_longest_go_first():
    cache, made = Cache(capacity=2), count()
    for name in ("a", "b", "a", "c", "a", "b"):
        cache.get(name, CLEAR, make=lambda: next(made))
    assert (len(cache), next(made)) == (2, 4)


def test_of_several_only_those_are_made_of_which_nothing_is_held():
    cache, asked = Cache(capacity=3), list[list[str]]()

    def make(missing):
        asked.append(missing)
        return {one: one.upper() for one in missing if one != "hidden"}

    assert cache.get_many("passage", CLEAR, "ab", make=make) == {"a": "A", "b": "B"}
    assert cache.get_many("passage", CLEAR, ["b", "c", "hidden"], make=make) == {"b": "B", "c": "C"}
    assert cache.get_many("passage", CLEAR, "cb", make=make) == {"c": "C", "b": "B"}
    assert cache.get_many("passage", AMBER, "b", make=make) == {"b": "B"}
    assert cache.get_many("passage", CLEAR, "abcde", make=make) == {one: one.upper() for one in "abcde"}
    assert asked == [["a", "b"], ["c", "hidden"], ["b"], ["a", "d", "e"]]
    assert len(cache) == 3


def test_a_failure_is_not_held():
    cache = Cache()
    with pytest.raises(ZeroDivisionError):
        cache.get("a", CLEAR, make=lambda: 1 // 0)
    assert cache.get("a", CLEAR, make=lambda: 1) == 1


def test_threads_get_each_their_own_answer():
    cache = Cache(capacity=3)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda one: cache.get("a", CLEAR, one % 5, make=lambda: one % 5), range(2000)))
    assert found == [one % 5 for one in range(2000)]
    assert len(cache) <= 3
