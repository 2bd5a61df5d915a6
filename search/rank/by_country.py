"""Ranked notes -> a list for each country, and which countries have nothing relevant to show."""

from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

Ranked = TypeVar("Ranked")


def by_country(
    relevant: Iterable[Ranked], sought: Iterable[str], countries: Callable[[Ranked], Collection[str]], limit: int
) -> dict[str, tuple[Ranked, ...]]:
    """Country or area -> its relevant notes in the order given, at most `limit` of them.

    sought:    countries that have a list in any case, an empty one where there is nothing relevant; they come first
    countries: the countries and areas that a note names; it stands in the list of each

    The others follow in the order of their first notes.
    """
    lists: dict[str, list[Ranked]] = {country: [] for country in sought}
    for one in relevant:
        for country in countries(one):
            lists.setdefault(country, []).append(one)
    return {country: tuple(found[:limit]) for country, found in lists.items()}
