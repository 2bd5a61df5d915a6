"""Ranked notes -> a list for each country, and which countries have nothing relevant to show."""

from collections.abc import Callable, Collection, Iterable

from search.grouping import Group


def by_country(
    groups: Iterable[Group],
    sought: Iterable[str],
    countries: Callable[[str], Collection[str]],
    relevant: Callable[[Group], bool],
    limit: int,
) -> dict[str, tuple[Group, ...]]:
    """Country or area -> its relevant notes in the order given, at most `limit` of them.

    sought:    countries that have a list in any case, an empty one where there is nothing relevant; they come first
    countries: note id -> the countries and areas it names; a note stands in the list of each

    The others follow in the order of their first notes.
    """
    lists: dict[str, list[Group]] = {country: [] for country in sought}
    for one in groups:
        for country in countries(one.note_id) if relevant(one) else ():
            lists.setdefault(country, []).append(one)
    return {country: tuple(found[:limit]) for country, found in lists.items()}
