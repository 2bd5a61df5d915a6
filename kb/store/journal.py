"""The journal of an index: when each note last changed, and which are gone, with the keys that opened them.

Mirrors ask it what is new to them. Whoever could see a note that is gone, or that others only may see now, learns so;
nobody else learns anything of it.
"""

from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import PlainSerializer
from pydantic.dataclasses import dataclass

from kb.access import whoever_sees
from kb.notes.note import Kind
from kb.values import Immutable

_TICK: Final = timedelta(milliseconds=1)
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
        when = max([_milliseconds(now), *(entry.when + _TICK for entry in self._all())])
        notes = {
            note_id: before
            if (before := self.notes.get(note_id)) and _same(before, note)
            else Noted(note.kind, note.content, note.access, when)
            for note_id, note in sorted(stated.items())
        }
        gone = {(entry.note_id, entry.access): entry for entry in self.gone}
        for note_id, before in self.notes.items():
            if note_id not in stated or not whoever_sees(before.access, stated[note_id].access):
                gone[note_id, before.access] = Gone(note_id, before.kind, before.access, when)
        return Journal(notes, tuple(sorted(gone.values(), key=_order)))

    def without(self, note_ids: Set[str], now: datetime) -> "Journal":
        """Return the journal of the index without these notes."""
        return self.after({key: note for key, note in self.notes.items() if key not in note_ids}, now)

    @property
    def keys(self) -> frozenset[str]:
        """All keys that open a note of the journal, or did."""
        return frozenset().union(*(entry.access for entry in self._all()))

    def _all(self) -> list[Noted | Gone]:
        return [*self.notes.values(), *self.gone]


NO_JOURNAL: Final = Journal({})


def _milliseconds(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _order(gone: Gone) -> tuple[datetime, str, list[str]]:
    return gone.when, gone.note_id, sorted(gone.access)


def _same(before: Stated, now: Stated) -> bool:
    return (before.kind, before.content, before.access) == (now.kind, now.content, now.access)
