"""What must leave the index even while other notes have errors: notes withdrawn or restricted since."""

from collections.abc import Set

from kb.access import whoever_sees
from kb.collection import Collection
from kb.store.manifest import Manifest
from kb.store.records import note_and_language


def overdue(collection: Collection, manifest: Manifest, note_ids: Set[str] | None = None) -> frozenset[str]:
    """Return the ids of notes that lost a file or their label, have drafts, or that the index shows to too many.

    note_ids: look at these only, whose files have been read; None: at all

    What the files state counts, whatever else is wrong with them: who restricts a note and makes a mistake restricts it
    all the same. The whole note goes, also where only one of its languages was taken away: it comes back with the next
    run without errors. What may lie in a folder that cannot be read was not taken away.
    """
    stated: dict[str, list[frozenset[str]]] = {}
    for (note_id, _), handling in collection.handling.items():
        stated.setdefault(note_id, []).extend(by_file.keys(manifest.taxonomy) for by_file in handling)

    gone = set()
    for note_id, language in map(note_and_language, manifest.versions):
        if note_ids is not None and note_id not in note_ids:
            continue
        before, states = manifest.journal.notes.get(note_id), stated.get(note_id, [])
        is_missing = (note_id, language) not in collection.handling or not states
        if (
            before is None  # a run that was killed has begun to write it
            or (is_missing and not collection.may_hide(before.kind, note_id))
            or note_id in collection.drafts
            or (note_id, language) in collection.draft_versions
            or not all(whoever_sees(before.access, now) for now in states)
        ):
            gone.add(note_id)
    return frozenset(gone)


def unread(collection: Collection, manifest: Manifest, note_ids: Set[str] | None = None) -> frozenset[str]:
    """Return the ids of notes in an index of which a file may lie in a folder that cannot be read.

    note_ids: as for `overdue`
    """
    notes = manifest.journal.notes
    return frozenset(
        note_id
        for version in map(note_and_language, manifest.versions if collection.unreadable else ())
        if version not in collection.handling
        and ((note_id := version[0]) in notes and (note_ids is None or note_id in note_ids))
        and collection.may_hide(notes[note_id].kind, note_id)
    )
