"""The journal of an index: when each note last changed, and which are gone, with the keys that opened them.

Mirrors ask it what is new to them. Whoever could see a note that is gone, or that others only may see now, is told so;
nobody else is told anything of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from kb.access import whoever_sees
from kb.frozen import Frozen
from kb.notes.note import Kind

_TICK: Final = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Stated:
    """What the files of a note say. content: a hash of all of it; access: the keys that open the note."""

    kind: Kind
    content: str
    access: frozenset[str]


@dataclass(frozen=True)
class Noted(Stated):
    """A note of the index, and when it became what it is."""

    when: datetime


@dataclass(frozen=True)
class Gone:
    """A note that those who held one of these keys can see no more, since this time."""

    note_id: str
    kind: Kind
    access: frozenset[str]
    when: datetime


@dataclass(frozen=True)
class Journal(Frozen):
    """notes: by id; gone: of each note the last time for each set of keys, the earliest first. Times are in UTC."""

    notes: Mapping[str, Noted]
    gone: tuple[Gone, ...] = ()

    def after(self, stated: Mapping[str, Stated], now: datetime) -> "Journal":
        """The journal of an index that holds these notes from now on.

        now: in UTC; what changes is given a later time than all before it, even if the clock went back
        """
        when = max([_milliseconds(now), *(one.when + _TICK for one in self._all())])
        notes = {
            note_id: before
            if (before := self.notes.get(note_id)) and _same(before, one)
            else Noted(**vars(one), when=when)
            for note_id, one in sorted(stated.items())
        }
        gone = {(one.note_id, one.access): one for one in self.gone}
        for note_id, before in self.notes.items():
            if note_id not in stated or not whoever_sees(before.access, stated[note_id].access):
                gone[note_id, before.access] = Gone(note_id, before.kind, before.access, when)
        return Journal(notes, tuple(sorted(gone.values(), key=lambda one: (one.when, one.note_id, sorted(one.access)))))

    def without(self, note_ids: frozenset[str] | set[str], now: datetime) -> "Journal":
        """The journal of the index without these notes."""
        return self.after({key: one for key, one in self.notes.items() if key not in note_ids}, now)

    @property
    def keys(self) -> frozenset[str]:
        """All keys that open a note of the journal, or did."""
        return frozenset().union(*(one.access for one in self._all()))

    def to_json(self) -> dict[str, Any]:
        """A plain mapping."""
        return {
            "notes": {
                key: [one.kind, one.content, sorted(one.access), one.when.isoformat()]
                for key, one in sorted(self.notes.items())
            },
            "gone": [[one.note_id, one.kind, sorted(one.access), one.when.isoformat()] for one in self.gone],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(
            {
                key: Noted(Kind(kind), content, frozenset(access), datetime.fromisoformat(when))
                for key, (kind, content, access, when) in data["notes"].items()
            },
            tuple(
                Gone(note_id, Kind(kind), frozenset(access), datetime.fromisoformat(when))
                for note_id, kind, access, when in data["gone"]
            ),
        )

    def _all(self) -> list[Noted | Gone]:
        return [*self.notes.values(), *self.gone]


NO_JOURNAL: Final = Journal({})


def _milliseconds(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _same(before: Stated, now: Stated) -> bool:
    return (before.kind, before.content, before.access) == (now.kind, now.content, now.access)
