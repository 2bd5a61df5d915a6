"""The journal of a generation -> what is new to a mirror: notes that changed, and those that are gone for its owner."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from kb.store.journal import Journal
from search.results import Change, Changes

Place = tuple[datetime, str]
"""Where a mirror stands: time, in UTC, and the id of the last note that it was told of then."""
BEGINNING: Final[Place] = (datetime.min.replace(tzinfo=UTC), "")


def since(time: datetime) -> Place:
    """The place after all that happened until this time."""
    return time, "~"  # ids have small letters, digits and hyphens


def changes(journal: Journal, seen: Collection[str], clearance: frozenset[str], after: Place, limit: int) -> Changes:
    """What happened to the notes that a caller sees or could see, the earliest first; of each note the last.

    seen: ids of the notes that the caller may see; clearance: keys that the caller holds
    """
    found = {note_id: Change(note_id, one.kind, one.when) for note_id, one in journal.notes.items() if note_id in seen}
    for one in journal.gone:  # the latest last
        if one.note_id not in seen and not one.access.isdisjoint(clearance):
            found[one.note_id] = Change(one.note_id, one.kind, one.when, gone=True, access=one.access)
    later = sorted((one for one in found.values() if (one.when, one.id) > after), key=lambda one: (one.when, one.id))
    return Changes(tuple(later[:limit]), more=len(later) > limit)
