"""What must leave the index even while other notes have errors: notes withdrawn or restricted since.

Everything else waits until the errors are mended; this does not.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime

from kb.access import CLEAR, whoever_sees
from kb.collection import Collection
from kb.notes.taxonomy import Taxonomy
from kb.store.protocol import ChunkReader, ChunkStore
from kb.store.records import CHUNK, QUESTION, RECORD, VERSION, note_and_language
from kb.text.terms import TermCounts


def overdue(collection: Collection, taxonomy: Taxonomy, reader: ChunkReader) -> frozenset[str]:
    """Return the ids of notes that lost a file or their label, that are drafts, or that the index shows to too many.

    What the files state counts, whatever else is wrong with them: who restricts a note and makes a mistake restricts it
    all the same. The whole note goes, also where only one of its languages was taken away: it comes back with the next
    run without errors.
    """
    stated: dict[str, list[frozenset[str]]] = {}
    for (note_id, _), handling in collection.handling.items():
        stated.setdefault(note_id, []).extend(stated_by_file.keys(taxonomy) for stated_by_file in handling)
    return frozenset(
        version[0]
        for record_id, payload in reader.scroll({RECORD: (VERSION,)}, ("access", "tlp"))
        if (version := note_and_language(record_id)) not in collection.handling
        or version[0] in collection.drafts
        or not stated[version[0]]
        # An older index knew labels alone.
        or not all(
            whoever_sees(frozenset(payload.get("access") or [payload["tlp"]]), now) for now in stated[version[0]]
        )
    )


def withdraw(store: ChunkStore, reader: ChunkReader, collection: Collection, now: datetime) -> tuple[str, ...]:
    """Replace the index by one without the overdue notes, if there are any. Returns their ids.

    Notes that were only hidden in it so far (`ChunkStore.update`) leave it for good, too.
    Terms are counted anew; means, scope and names, which say less, wait for the next full index.
    """
    gone = overdue(collection, reader.manifest.taxonomy, reader)
    if gone or reader.superseded:
        kept = [point for point in reader.points() if note_and_language(point.record_id)[0] not in gone]
        before = reader.manifest
        after = {key: hashes for key, hashes in before.versions.items() if note_and_language(key)[0] not in gone}
        counted = Counter(point.payload[RECORD] for point in kept)
        public = (point.lexical for point in kept if point.lexical and point.payload["tlp"] == CLEAR)
        manifest = replace(
            before,
            versions=after,
            notes=before.notes - len(gone),
            chunks=counted[CHUNK],
            questions=counted[QUESTION],
            terms=TermCounts.of(public),
            journal=before.journal.without(gone, now),
        )
        store.replace(kept, manifest)
    return tuple(sorted(gone))
