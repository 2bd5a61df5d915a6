"""What strategies want, and which practices do it: objective by objective, with those that nobody implements.

Knows what authors have linked, and guesses no link.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from kb.notes.front_matter import StrategyFields
from kb.notes.note import Kind
from kb.store.records import version_id
from search.browse.compare import CURRENT, Cards, Records
from search.catalogue import Entry
from search.results import NoteCard

_STATUSES: Final = (
    *CURRENT,
    *(one for one in get_args(StrategyFields.model_fields["status"].annotation) if one not in CURRENT),
)


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
    def served(self) -> int:
        """How many objectives have a practice."""
        return sum(bool(one.practices) for one in self.objectives)


def objectives(notes: Mapping[str, Entry], card: Cards, records: Records) -> tuple[StrategyObjectives, ...]:
    """The strategies among the notes a caller may see: those in force first, then by state, of these the latest."""
    cards = [card(note_id) for note_id, note in sorted(notes.items()) if note.kind is Kind.STRATEGY]
    words = records([version_id(one.id, one.lang) for one in cards], "objectives")
    cards.sort(key=lambda one: one.since or "", reverse=True)
    cards.sort(key=lambda one: _STATUSES.index(one.status))
    return tuple(_of_one(one, words[version_id(one.id, one.lang)]["objectives"], card) for one in cards)


def _of_one(strategy: NoteCard, words: Mapping[str, str], card: Cards) -> StrategyObjectives:
    linked = [(one.objectives, card(one.id)) for one in strategy.links.implemented_by]
    return StrategyObjectives(
        strategy,
        tuple(
            Objective(key, text, tuple(practice for named, practice in linked if key in named))
            for key, text in words.items()
        ),
        tuple(practice for named, practice in linked if not named),
    )
