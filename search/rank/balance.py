"""The top of the practices, balanced: a country that has a relevant practice is among the first; and lists by country.

Relevance ranks first, and balance then moves as little as it can. What is not relevant never moves up, and nothing
moves above a note that answers clearly better. Figures: docs/decisions/0008-balance.md.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, TypeVar

from search.results import Move

TOP: Final = 5
"""Places among which each country is to be."""
MARGIN: Final = 0.02
"""A note never moves above one that scores higher by more than this."""

Listed = TypeVar("Listed")
Names = Sequence[frozenset[str]]
"""Of each place, the wanted countries that its note speaks for."""


def balanced(
    notes: Sequence[tuple[str, float, Collection[str]]], wanted: Sequence[str], margin: float | None = None
) -> tuple[list[int], tuple[Move, ...]]:
    """Return the places of the notes in the order to show, and the moves: every wanted country that has a note is among
    the first five.

    notes:  id, score and the countries it names of each, best first; of one that is not relevant no countries. Holding
            for a wider area does not make a note one of each country
    wanted: at most four countries, so that the first place never changes
    margin: `MARGIN` unless scores are of another scale

    The last of the first five make room, as few of them as will do, for the best note of each missing country; those
    stand in the order of their scores. A country whose best note is clearly worse than what would make room stays out.
    """
    sought = frozenset(wanted)
    names = [sought.intersection(countries) for _, _, countries in notes]
    margin = MARGIN if margin is None else margin
    while True:
        kept, movers = _room(names, sought)
        worst = max(movers, default=kept)
        if worst == kept or notes[kept][1] - notes[worst][1] <= margin:
            break
        sought -= movers[worst]
    moves = (
        Move(notes[place][0], place + 1, to + 1, next(country for country in wanted if country in found))
        for to, (place, found) in enumerate(movers.items(), kept)
    )
    return [*range(kept), *movers, *(place for place in range(kept, len(notes)) if place not in movers)], tuple(moves)


def _room(names: Names, sought: frozenset[str]) -> tuple[int, dict[int, frozenset[str]]]:
    """Return how many notes stay in front, and the movers that then have room: place -> its countries.

    The note behind those that stay is no mover: it could have stayed.
    """
    kept = min(TOP, len(names))
    while kept + len(movers := _movers(names, sought, kept)) > TOP:
        kept -= 1
    return kept, movers


def _movers(names: Names, sought: frozenset[str], kept: int) -> dict[int, frozenset[str]]:
    """Return the first note behind the `kept` of each sought country that none of them speaks for."""
    missing = sought.difference(*names[:kept])
    movers: dict[int, frozenset[str]] = {}
    for place in range(kept, len(names)):
        if found := names[place] & missing:
            movers[place] = found
            missing -= found
    return movers


def by_country(
    relevant: Iterable[Listed], sought: Iterable[str], countries: Callable[[Listed], Collection[str]], limit: int
) -> dict[str, tuple[Listed, ...]]:
    """Return country or area -> its relevant notes in the order given, at most `limit` of them.

    sought:    countries that have a list in any case, an empty one where there is nothing relevant; they come first
    countries: the countries and areas that a note names; it stands in the list of each

    The others follow in the order of their first notes.
    """
    lists: dict[str, list[Listed]] = {country: [] for country in sought}
    for note in relevant:
        for country in countries(note):
            lists.setdefault(country, []).append(note)
    return {country: tuple(found[:limit]) for country, found in lists.items()}
