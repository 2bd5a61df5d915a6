"""The journal of a generation -> what is new to a mirror: notes that changed, and those that are gone for its owner."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from kb.store.journal import Journal
from search.results import Change, Changes

Place = tuple[datetime, str]
"""How far a mirror has read: time, in UTC, and the id of the last note that it got of that time."""
BEGINNING: Final[Place] = (datetime.min.replace(tzinfo=UTC), "")


def since(time: datetime) -> Place:
    """Return the place after all that happened until this time."""
    return time, "~"  # ids have small letters, digits and hyphens


def changes(journal: Journal, visible: Collection[str], clearance: frozenset[str], after: Place, limit: int) -> Changes:
    """Return what happened to the notes that a caller sees or could see, the earliest first; of each note the last.

    visible: ids of the notes that the caller may see; clearance: keys that the caller holds
    """
    found = {
        note_id: Change(note_id, entry.kind, entry.when)
        for note_id, entry in journal.notes.items()
        if note_id in visible
    }
    for gone in journal.gone:  # the latest last
        if gone.note_id not in visible and not gone.access.isdisjoint(clearance):
            found[gone.note_id] = Change(gone.note_id, gone.kind, gone.when, gone=True, access=gone.access)
    places = sorted((change.when, change.id) for change in found.values())
    later = [found[note_id] for when, note_id in places if (when, note_id) > after]
    return Changes(tuple(later[:limit]), more=len(later) > limit)
