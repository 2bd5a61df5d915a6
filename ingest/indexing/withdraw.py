"""What must leave the index even while other notes have errors: notes withdrawn or restricted since."""

from collections.abc import Set

from kb.access import whoever_sees
from kb.collection import Collection
from kb.notes.taxonomy import Taxonomy
from kb.store.protocol import ChunkReader
from kb.store.records import RECORD, VERSION, note_and_language


def overdue(
    collection: Collection, taxonomy: Taxonomy, reader: ChunkReader, note_ids: Set[str] | None = None
) -> frozenset[str]:
    """Return the ids of notes that lost a file or their label, that are drafts, or that the index shows to too many.

    note_ids: look at these only, whose files have been read; None: at all

    What the files state counts, whatever else is wrong with them: who restricts a note and makes a mistake restricts it
    all the same. The whole note goes, also where only one of its languages was taken away: it comes back with the next
    run without errors.
    """
    stated: dict[str, list[frozenset[str]]] = {}
    for (note_id, _), handling in collection.handling.items():
        stated.setdefault(note_id, []).extend(stated_by_file.keys(taxonomy) for stated_by_file in handling)
    where = {RECORD: (VERSION,)} if note_ids is None else {RECORD: (VERSION,), "note_id": sorted(note_ids)}
    return frozenset(
        version[0]
        for record_id, payload in reader.scroll(where, ("access",))
        if (version := note_and_language(record_id)) not in collection.handling
        or version[0] in collection.drafts
        or not stated[version[0]]
        or not all(whoever_sees(frozenset(payload["access"]), now) for now in stated[version[0]])
    )
