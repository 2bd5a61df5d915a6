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
    with pytest.raises(ZeroDivisionError):
        cache.get("coverage", CLEAR, make=lambda: 1 // 0)
    assert cache.get("coverage", CLEAR, make=lambda: next(made)) == 6


def test_of_several_only_those_not_in_the_cache_are_made():
    cache, asked = Cache(capacity=3), []

    def make(missing):
        asked.append(missing)
        return {key: key.upper() for key in missing if key != "hidden"}

    assert cache.get_many("passage", CLEAR, "ab", make=make) == {"a": "A", "b": "B"}
    assert cache.get_many("passage", CLEAR, ["b", "c", "hidden"], make=make) == {"b": "B", "c": "C"}
    assert cache.get_many("passage", CLEAR, "ca", make=make) == {"c": "C", "a": "A"}
    assert cache.get_many("passage", AMBER, "b", make=make) == {"b": "B"}
    assert cache.get_many("passage", CLEAR, "abcde", make=make) == {key: key.upper() for key in "abcde"}
    assert asked == [["a", "b"], ["c", "hidden"], ["b"], ["b", "d", "e"]]  # those not asked for longest went first
    assert len(cache._values) == 3


def test_threads_get_each_their_own_answer():
    cache = Cache(capacity=3)
    with ThreadPoolExecutor(8) as threads:
        found = [*threads.map(lambda number: cache.get("a", CLEAR, number % 5, make=lambda: number % 5), range(2000))]
    assert found == [number % 5 for number in range(2000)]
    assert len(cache._values) <= 3
