"""The top of the practices, balanced: a country that has a relevant practice is among the first; and lists by country.

Relevance ranks first, and balance then moves as little as it can. What is not relevant never moves up, and nothing
moves above a note that answers clearly better. Figures: docs/decisions/0008-balance.md.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from search.results import Move

TOP: Final = 5
"""Places among which each country is to be."""
MARGIN: Final = 0.02
"""A note never moves above one that scores higher by more than this."""


class Ranked(Protocol):
    """A note in a list by score."""

    @property
    def note_id(self) -> str:
        """The note."""

    @property
    def score(self) -> float:
        """The score, by which notes are ordered."""


Note = TypeVar("Note", bound=Ranked)
Listed = TypeVar("Listed")
Names = Sequence[frozenset[str]]
"""Of each place, the wanted countries that its note speaks for."""


@dataclass(frozen=True)
class Balanced(Generic[Note]):
    """The notes in the order shown, and what was moved for it."""

    groups: tuple[Note, ...]
    moves: tuple[Move, ...]


def balanced(
    groups: Sequence[Note],
    wanted: Sequence[str],
    countries: Callable[[str], Collection[str]],
    relevant: Callable[[Note], bool],
    margin: float | None = None,
) -> Balanced[Note]:
    """Return the same notes, with every wanted country that has a relevant one among the first five.

    groups:    best first
    wanted:    at most four countries, so that the first place never changes
    countries: note id -> the countries it names; holding for a wider area does not make a note one of each country
    relevant:  whether a note is relevant
    margin:    `MARGIN` unless scores are of another scale

    The last of the first five make room, as few of them as will do, for the best note of each missing country; those
    stand in the order of their scores. A country whose best note is clearly worse than what would make room stays out.
    """
    names = [frozenset(wanted).intersection(countries(note.note_id) if relevant(note) else ()) for note in groups]
    sought = frozenset(wanted)
    margin = MARGIN if margin is None else margin
    while True:
        kept, movers = _room(names, sought)
        worst = max(movers, default=kept)
        if worst == kept or groups[kept].score - groups[worst].score <= margin:
            break
        sought -= movers[worst]
    order = [*range(kept), *movers, *(place for place in range(kept, len(groups)) if place not in movers)]
    return Balanced(
        groups=tuple(groups[place] for place in order),
        moves=tuple(
            Move(groups[place].note_id, place + 1, to + 1, next(country for country in wanted if country in found))
            for to, (place, found) in enumerate(movers.items(), kept)
        ),
    )


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
