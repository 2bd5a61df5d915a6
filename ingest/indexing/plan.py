"""Notes on disk against the manifest of the index: what to write, relabel, keep and delete, and the manifest after it.

Pure comparison by content hash: file times and names play no part.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.identify import Identifiers
from ingest.chunking.records import version_payload
from kb.access import CLEAR, Handling
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.store.journal import Journal, Stated
from kb.store.manifest import Manifest
from kb.store.protocol import ChunkReader
from kb.store.records import CHUNK, QUESTION, RECORD, Point, note_and_language, version_id
from kb.values import digest

Hashes = Mapping[str, tuple[str, str]]
"""Version id -> (hash of what is encoded, hash of the payload)."""


@dataclass(frozen=True)
class Target:
    """What an index shall hold, as far as it is known before texts are encoded.

    kept: the records of notes with errors, as the last index had them
    """

    recipe: str
    notes: tuple[Note, ...]
    versions: Hashes
    identifiers: Identifiers
    journal: Journal
    kept: tuple[Point, ...] = ()

    @classmethod
    def of(cls, recipe: str, notes: tuple[Note, ...], taxonomy: Taxonomy, before: Journal, now: datetime) -> "Target":
        """Return the target of an index of these notes. before: the journal until now (UTC)."""
        identifiers = Identifiers(notes, taxonomy)
        journal = before.after({note.id: stated(note, taxonomy) for note in notes}, now)
        return cls(recipe, notes, hashes(notes, identifiers), identifiers, journal)

    def keeping(self, kept: tuple[Point, ...], before: Manifest, now: datetime) -> "Target":
        """Return the target with some records of the last index besides, whose manifest was `before`."""
        if not kept:
            return self
        ids = ids_of(point.record_id for point in kept)
        versions = {key: pair for key, pair in before.versions.items() if note_and_language(key)[0] in ids}
        stated = {note_id: entry for note_id, entry in before.journal.notes.items() if note_id in ids}
        journal = before.journal.after({**self.journal.notes, **stated}, now)
        return replace(self, versions={**self.versions, **versions}, journal=journal, kept=kept)


@dataclass(frozen=True)
class Plan:
    """Version ids by what happens to them, each sorted.

    write: new, or with another text: encoded anew; relabel: only fields changed: payload alone is written
    """

    write: tuple[str, ...]
    relabel: tuple[str, ...]
    keep: tuple[str, ...]
    delete: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether anything has to be done."""
        return bool(self.write or self.relabel or self.delete)


def ids_of(records: Iterable[str]) -> frozenset[str]:
    """Return the ids of the notes that versions, or other records, are of."""
    return frozenset(note_and_language(record)[0] for record in records)


def hashes(notes: Iterable[Note], identifiers: Identifiers) -> dict[str, tuple[str, str]]:
    """Return the hashes of every language version."""
    return {
        version_id(note.id, language): (
            digest([version.title, version.body, note.objective_texts(language), version.own.questions]),
            digest([version_payload(note, language, identifiers), version.body_line, contacts]),
        )
        for note in notes
        for contacts in [[contact.model_dump(mode="json") for contact in note.contacts]]
        for language, version in note.versions.items()
    }


def stated(note: Note, taxonomy: Taxonomy) -> Stated:
    """Return what the files of a note and of its contacts state, without what is found by reading other notes."""
    versions = {
        language.value: [version.revision, version.own.model_dump(mode="json")]
        for language, version in note.versions.items()
    }
    contacts = [contact.model_dump(mode="json") for contact in note.contacts]
    content = digest([note.fields.model_dump(mode="json"), versions, contacts])
    return Stated(note.kind, content, Handling.of(note.fields).keys(taxonomy))


def plan(wanted: Hashes, indexed: Hashes) -> Plan:
    """Compare what the index shall hold with what it holds."""
    write = {key for key, (text, _) in wanted.items() if key not in indexed or indexed[key][0] != text}
    relabel = {key for key in wanted.keys() - write if indexed[key][1] != wanted[key][1]}
    keep, delete = wanted.keys() - write - relabel, indexed.keys() - wanted.keys()
    return Plan(*(tuple(sorted(keys)) for keys in (write, relabel, keep, delete)))


def counted(counts: Mapping[str, int], reader: ChunkReader, texts: NoteTexts, changed: Set[str]) -> Mapping[str, int]:
    """Return how many public passages have changed in the epoch, note by note, with notes that change now.

    Only what everybody may see counts: that an epoch ends must tell nothing of other notes.
    """
    before = reader.facet("note_id", {RECORD: (CHUNK,), "access": (CLEAR,), "note_id": sorted(changed)})
    clear = {note.id for note in texts.notes if note.fields.tlp == CLEAR}
    now_has = Counter(chunk.note_id for chunk in texts.chunks if chunk.note_id in clear)
    most = {each: max(counts.get(each, 0), before.get(each, 0), now_has[each]) for each in changed}
    return {**counts, **{note_id: passages for note_id, passages in most.items() if passages}}


def amended(
    reader: ChunkReader,
    texts: NoteTexts,
    changed: Set[str],
    identifiers: Identifiers,
    counts: Mapping[str, int],
    now: datetime,
) -> Manifest:
    """Return the manifest of an index after a change.

    changed: ids of the notes that are written anew, whose texts these are, and of those that go
    counts:  how many public passages of each note have changed in the epoch
    """
    before = reader.manifest
    versions = {key: pair for key, pair in before.versions.items() if note_and_language(key)[0] not in changed}
    versions |= hashes(texts.notes, identifiers)
    entries = {note_id: entry for note_id, entry in before.journal.notes.items() if note_id not in changed}
    there = {
        record: reader.count({RECORD: (record,)}) - reader.count({RECORD: (record,), "note_id": sorted(changed)})
        for record in (CHUNK, QUESTION)
    }
    return replace(
        before,
        versions=versions,
        notes=len(ids_of(versions)),
        chunks=there[CHUNK] + len(texts.chunks),
        questions=there[QUESTION] + len(texts.questions),
        journal=before.journal.after(
            {**entries, **{note.id: stated(note, before.taxonomy) for note in texts.notes}}, now
        ),
        changed=sum(counts.values()),
    )
