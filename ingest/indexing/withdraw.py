"""What must leave the index even while other notes have errors: notes withdrawn or restricted since."""

from collections.abc import Set

from kb.access import whoever_sees
from kb.collection import Collection
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.store.manifest import Manifest
from kb.store.protocol import ChunkReader
from kb.store.records import RECORD, VERSION, note_and_language


def overdue(
    collection: Collection, taxonomy: Taxonomy, reader: ChunkReader, note_ids: Set[str] | None = None
) -> frozenset[str]:
    """Return the ids of notes that lost a file or their label, that are drafts, or that the index shows to too many.

    note_ids: look at these only, whose files have been read; None: at all

    What the files state counts, whatever else is wrong with them: who restricts a note and makes a mistake restricts it
    all the same. The whole note goes, also where only one of its languages was taken away: it comes back with the next
    run without errors. What may lie in a folder that cannot be read was not taken away.
    """
    stated: dict[str, list[frozenset[str]]] = {}
    for (note_id, _), handling in collection.handling.items():
        stated.setdefault(note_id, []).extend(stated_by_file.keys(taxonomy) for stated_by_file in handling)
    where = {RECORD: (VERSION,)} if note_ids is None else {RECORD: (VERSION,), "note_id": sorted(note_ids)}
    gone = set()
    for record_id, payload in reader.scroll(where, ("access", "kind")):
        note_id, language = note_and_language(record_id)
        states, before = stated.get(note_id, []), frozenset(payload["access"])
        is_missing = (note_id, language) not in collection.handling or not states
        if (
            (is_missing and not collection.may_hide(Kind(payload["kind"]), note_id))
            or note_id in collection.drafts
            or not all(whoever_sees(before, now) for now in states)
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
