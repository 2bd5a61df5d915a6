"""The top of the practices, balanced: a country that has a relevant practice is seen there.

Relevance ranks first, and balance then moves as little as it can. What is not relevant never moves up, and nothing
moves above a note that answers clearly better. Figures: docs/decisions/0008-balance.md.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from kb.frozen import Frozen
from search.results import Move

TOP: Final = 5
"""Places among which each country is to be seen."""
MARGIN: Final = 0.02
"""A note never moves above one that scores higher by more than this, which is twice what a named subject weighs."""


class Ranked(Protocol):
    """What stands in a list of notes by its score."""

    @property
    def note_id(self) -> str:
        """The note."""

    @property
    def score(self) -> float:
        """What orders notes."""


One = TypeVar("One", bound=Ranked)
Names = Sequence[frozenset[str]]
"""Of each place, the wanted countries that its note speaks for."""


@dataclass(frozen=True)
class Balanced(Frozen, Generic[One]):
    """The notes in the order shown, and what was moved for it."""

    groups: tuple[One, ...]
    moves: tuple[Move, ...]


def balanced(
    groups: Sequence[One],
    wanted: Sequence[str],
    countries: Callable[[str], Collection[str]],
    relevant: Callable[[One], bool],
    margin: float | None = None,
) -> Balanced[One]:
    """The same notes, with every wanted country that has a relevant one among the first five.

    groups:    best first
    wanted:    at most four countries, so that the first place never changes
    countries: note id -> the countries it names; holding for a wider area does not make a note one of each country
    relevant:  whether a note is relevant
    margin:    `MARGIN` unless scores are of another scale

    The last of the first five make room, as few of them as will do, for the best note of each missing country; those
    stand in the order of their scores. A country whose best note is clearly worse than what would make room stays out.
    """
    names = [frozenset(wanted).intersection(countries(one.note_id) if relevant(one) else ()) for one in groups]
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
            Move(groups[place].note_id, place + 1, to + 1, next(one for one in wanted if one in seen))
            for to, (place, seen) in enumerate(movers.items(), kept)
        ),
    )


def _room(names: Names, sought: frozenset[str]) -> tuple[int, dict[int, frozenset[str]]]:
    """How many notes stay in front, and the movers that then have room: place -> the countries seen by it.

    The note behind those that stay is no mover: it could have stayed.
    """
    kept = min(TOP, len(names))
    while kept + len(movers := _movers(names, sought, kept)) > TOP:
        kept -= 1
    return kept, movers


def _movers(names: Names, sought: frozenset[str], kept: int) -> dict[int, frozenset[str]]:
    """The first note behind the `kept` of each sought country that none of them speaks for."""
    missing = sought.difference(*names[:kept])
    movers: dict[int, frozenset[str]] = {}
    for place in range(kept, len(names)):
        if seen := names[place] & missing:
            movers[place] = seen
            missing -= seen
    return movers
