"""What must leave the index even while other notes have errors: notes withdrawn or restricted since.

Everything else waits until the errors are mended; this does not.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from kb.chunk_schema import CHUNK, QUESTION, RECORD, VERSION, note_and_language
from kb.content import Collection
from kb.engines.store import ChunkReader, ChunkStore
from kb.front_matter import TLP_ORDER
from kb.languages import Language
from kb.terms import TermCounts


def overdue(collection: Collection, indexed: Iterable[tuple[str, Language, str]]) -> frozenset[str]:
    """Ids of notes that have lost a file or their label, or whose label is unknown or stricter than in the index.

    indexed: note id, language and TLP label of every version in the index

    What the files state counts, whatever else is wrong with them: who restricts a note and makes a mistake restricts it
    all the same. The whole note goes, also where only one of its languages was taken away: it comes back with the next
    run without errors.
    """
    stated: dict[str, set[str]] = {}
    for (note_id, _), labels in collection.labels.items():
        stated.setdefault(note_id, set()).update(labels)
    return frozenset(
        note_id
        for note_id, language, label in indexed
        if (note_id, language) not in collection.labels
        or not stated[note_id]
        or not stated[note_id] <= set(TLP_ORDER[: TLP_ORDER.index(label) + 1])
    )


def withdraw(store: ChunkStore, reader: ChunkReader, collection: Collection) -> tuple[str, ...]:
    """Replace the index by one without the overdue notes, if there are any. Returns their ids.

    Words are counted anew; means, scope and names, which say less, wait for the next run without errors.
    """
    versions = reader.scroll({RECORD: (VERSION,)}, ("tlp",))
    gone = overdue(collection, ((*note_and_language(record_id), payload["tlp"]) for record_id, payload in versions))
    if gone:
        kept = [point for point in reader.points() if note_and_language(point.record_id)[0] not in gone]
        before = reader.manifest
        after = {key: hashes for key, hashes in before.versions.items() if note_and_language(key)[0] not in gone}
        held = Counter(point.payload[RECORD] for point in kept)
        terms = TermCounts.of(one.lexical for one in kept if one.lexical and one.payload["tlp"] == "clear")
        left = replace(before, notes=before.notes - len(gone), chunks=held[CHUNK], questions=held[QUESTION])
        store.replace(kept, replace(left, versions=after, terms=terms))
    return tuple(sorted(gone))
