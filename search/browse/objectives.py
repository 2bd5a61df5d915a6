"""The objectives of strategies and the practices that implement each, as authors have linked them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kb.notes.note import Kind
from kb.store.records import version_id
from search.browse.compare import CURRENT, Cards, Records
from search.catalogue import Entry
from search.query import STATUSES
from search.results import NoteCard

_STATUSES: Final = (*CURRENT, *STATUSES)


@dataclass(frozen=True)
class Objective:
    """An objective in the words of its strategy, and the practices that name it as what they implement."""

    id: str
    words: str
    practices: tuple[NoteCard, ...]


@dataclass(frozen=True)
class StrategyObjectives:
    """A strategy. whole: practices that implement it without naming an objective of it."""

    strategy: NoteCard
    objectives: tuple[Objective, ...]
    whole: tuple[NoteCard, ...]

    @property
    def cards(self) -> tuple[NoteCard, ...]:
        """The strategy, and the practices that implement it."""
        return (self.strategy, *self.whole, *(card for objective in self.objectives for card in objective.practices))

    @property
    def served(self) -> int:
        """How many objectives have a practice."""
        return sum(bool(objective.practices) for objective in self.objectives)


def objectives(notes: Mapping[str, Entry], card: Cards, records: Records) -> tuple[StrategyObjectives, ...]:
    """Return the strategies among the notes a caller may see: those in force first, then by status, then the latest."""
    cards = [card(note_id) for note_id, note in sorted(notes.items()) if note.kind is Kind.STRATEGY]
    versions = {each.id: version_id(each.id, each.lang) for each in cards}
    words = records([*versions.values()], "objectives")
    cards.sort(key=lambda each: each.since or "", reverse=True)
    cards.sort(key=lambda each: _STATUSES.index(each.status))
    found = []
    for strategy in cards:
        practices = [(link.objectives, card(link.id)) for link in strategy.links.implemented_by]
        own = tuple(
            Objective(key, text, tuple(practice for named, practice in practices if key in named))
            for key, text in words[versions[strategy.id]]["objectives"].items()
        )
        whole = tuple(practice for named, practice in practices if not named)
        found.append(StrategyObjectives(strategy, own, whole))
    return tuple(found)
