"""What must leave the index even while other notes have errors: notes withdrawn or restricted since.

Everything else waits until the errors are mended; this does not.
"""

from collections.abc import Iterable
from dataclasses import replace

from kb.chunk_schema import RECORD, VERSION, note_and_language
from kb.content import Collection
from kb.engines.store import ChunkReader, ChunkStore
from kb.front_matter import TLP_ORDER
from kb.languages import Language


def overdue(collection: Collection, indexed: Iterable[tuple[str, Language, str]]) -> frozenset[str]:
    """Ids of notes that are gone, have lost a language version, or have a stricter label than in the index.

    indexed: note id, language and TLP label of every version in the index

    The label counts even where the note has errors: who restricts a note and forgets something, restricts it all the
    same. A file that cannot be read at all says nothing: its note stays.
    """
    there = {note_id for _, note_id in collection.ids}
    versions = {note.id: note.versions.keys() for note in collection.notes}
    labels = {file.where.id: file.parsed.front["tlp"] for file in collection.files if "tlp" in file.parsed.front}
    return frozenset(
        note_id
        for note_id, language, label in indexed
        if note_id not in there
        or language not in versions.get(note_id, tuple(Language))
        or labels.get(note_id, label) not in TLP_ORDER[: TLP_ORDER.index(label) + 1]
    )


def withdraw(store: ChunkStore, reader: ChunkReader, collection: Collection) -> tuple[str, ...]:
    """Replace the index by one without the overdue notes, if there are any. Returns their ids."""
    versions = reader.scroll({RECORD: (VERSION,)}, ("tlp",))
    gone = overdue(collection, ((*note_and_language(record_id), payload["tlp"]) for record_id, payload in versions))
    if gone:
        kept = [point for point in reader.points() if note_and_language(point.record_id)[0] not in gone]
        before = reader.manifest
        after = {key: hashes for key, hashes in before.versions.items() if note_and_language(key)[0] not in gone}
        store.replace(
            kept,
            replace(before, versions=after, notes=before.notes - len(gone), chunks=len(kept) - len(after)),
        )
    return tuple(sorted(gone))
