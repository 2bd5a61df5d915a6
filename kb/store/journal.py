"""The journal of an index: when each note last changed, and which are gone, with the keys that opened them.

Mirrors ask it what is new to them. Whoever could see a note that is gone, or that others only may see now, learns so;
nobody else learns anything of it.
"""

from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import PlainSerializer
from pydantic.dataclasses import dataclass

from kb.access import whoever_sees
from kb.notes.note import Kind
from kb.values import Immutable

TICK: Final = timedelta(milliseconds=1)
Keys = Annotated[frozenset[str], PlainSerializer(sorted, when_used="json")]


@dataclass(frozen=True)
class Stated:
    """The state of a note in its files. content: a hash of all of it; access: the keys that open the note."""

    kind: Kind
    content: str
    access: Keys


@dataclass(frozen=True)
class Noted(Stated):
    """A note of the index, and when it became what it is."""

    when: datetime


@dataclass(frozen=True)
class Gone:
    """A note that those who had one of these keys can see no more, since this time."""

    note_id: str
    kind: Kind
    access: Keys
    when: datetime


@dataclass(frozen=True)
class Journal(Immutable):
    """notes: by id; gone: of each note the last time for each set of keys, the earliest first. Times are in UTC."""

    notes: Mapping[str, Noted]
    gone: tuple[Gone, ...] = ()

    def after(self, stated: Mapping[str, Stated], now: datetime) -> "Journal":
        """Return the journal of an index that has these notes from now on.

        now: in UTC; what changes is given a later time than all before it, even if the clock went back
        """
        milliseconds = now.replace(microsecond=now.microsecond // 1000 * 1000)
        when = max(milliseconds, self.latest + TICK)
        notes = {}
        for note_id, note in sorted(stated.items()):
            before = self.notes.get(note_id)
            same = before and (note.kind, note.content, note.access) == (before.kind, before.content, before.access)
            notes[note_id] = before if before and same else Noted(note.kind, note.content, note.access, when)
        gone = {(entry.note_id, entry.access): entry for entry in self.gone}
        for note_id, noted in self.notes.items():
            if note_id not in stated or not whoever_sees(noted.access, stated[note_id].access):
                gone[note_id, noted.access] = Gone(note_id, noted.kind, noted.access, when)
        in_order = sorted(gone.values(), key=lambda entry: (entry.when, entry.note_id, sorted(entry.access)))
        return Journal(notes, tuple(in_order))

    def without(self, note_ids: Set[str], now: datetime) -> "Journal":
        """Return the journal of the index without these notes."""
        return self.after({key: note for key, note in self.notes.items() if key not in note_ids}, now)

    @property
    def latest(self) -> datetime:
        """When a note last changed or left; long ago where none ever was there."""
        return max((entry.when for entry in self._all()), default=datetime.min.replace(tzinfo=UTC))

    @property
    def keys(self) -> frozenset[str]:
        """All keys that open a note of the journal, or did."""
        return frozenset().union(*(entry.access for entry in self._all()))

    def _all(self) -> list[Noted | Gone]:
        return [*self.notes.values(), *self.gone]


NO_JOURNAL: Final = Journal({})
