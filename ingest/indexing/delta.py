"""Use case: bring notes into the index as they are saved, each within a moment.

A saved note is checked with those it names, encoded, and written as a delta over the index. Statistics and names stay
as the last full index left them, until the next one. A note with errors keeps what the index has of it, unless it was
withdrawn or restricted (`ingest.indexing.withdraw`).
"""

import time
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from typing import Final

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.identify import Identifiers
from ingest.chunking.records import records
from ingest.indexing.encode import CachedEncoder
from ingest.indexing.index import cache_path, now, today
from ingest.indexing.plan import hashes, plan, stated
from ingest.indexing.statistics import centre
from ingest.indexing.withdraw import overdue
from ingest.lint import check, errors
from kb.access import CLEAR
from kb.collection import Collection, id_in
from kb.content.reader import ReadCache, read_collection, read_taxonomy
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import passage_terms
from kb.errors import IndexStale
from kb.issue import Issue, Level
from kb.notes.note import Note
from kb.settings import Settings
from kb.store.manifest import recipe
from kb.store.protocol import ChunkReader, ChunkStore
from kb.store.records import CHUNK, QUESTION, RECORD, note_and_language

_SETTLING: Final = 0.3
"""Seconds after which a note that seems to be gone, or to have lost its label, is looked at again."""


@dataclass(frozen=True)
class DeltaReport:
    """What became of notes that were saved.

    indexed, removed: ids of notes that the index has as they are now, and has no more
    kept, refused:    ids of notes with errors that it has as they were, and that it has not
    issues:  of all these, and of notes that name them
    seconds: from the first look at the files until readers find them
    drafts:  ids of notes that were saved as drafts, which the index does not have
    """

    indexed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    refused: tuple[str, ...]
    issues: tuple[Issue, ...]
    seconds: float
    drafts: tuple[str, ...] = ()


class DeltaIndexer:
    """Writes deltas over an index that `index_content` has written, of notes that may have changed since.

    For one thread.
    """

    def __init__(self, settings: Settings, store: ChunkStore, encoder: Encoder) -> None:
        """Raises as `update` does."""
        self._settings, self._store, self._encoder = settings, store, encoder
        self._recipe = recipe(encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        self._memory = ReadCache()
        everything = self._read()
        self._drafts = _drafts(everything)
        # Drafts that cannot be read: a full index says nothing of them.
        self._with_issues = everything.drafts & {id_in(issue.path) for issue in everything.issues}
        self.reload()

    def reload(self) -> None:
        """Begin again, because vocabularies or index have changed. Raises as `update` does."""
        manifest = self._reader().manifest
        self._taxonomy = read_taxonomy(self._settings.content_dirs)
        collection = self._read().to_index(self._settings.drafts)
        faulty = _notes_of(collection, errors(check(collection, self._taxonomy, today())))
        notes = tuple(note for note in collection.notes if note.id not in faulty)
        self._identifiers = Identifiers(notes, self._taxonomy)
        todo = plan(hashes(notes, self._identifiers), manifest.versions)
        changed = {note_and_language(key)[0] for key in (*todo.write, *todo.relabel)}
        self._indexed = {note.id: note for note in notes if note.id not in changed}
        self._extracts = collection.extracts or {}
        self._written = manifest

    def update(self) -> DeltaReport:
        """Bring in what has changed since the last time.

        Raises StoreUnavailable, IndexBusy, IndexMissing, IndexStale, SettingsError, ModelError.
        """
        started = time.perf_counter()
        with self._store.writing():
            reader = self._reader()
            found, written = reader.manifest, self._written
            if found.changed < written.changed or found.versions != written.versions:
                self.reload()  # because another run has written the index meanwhile
            everything, must_leave = self._settled(reader)
            collection = everything.to_index(self._settings.drafts)
            notes = {note.id: note for note in collection.notes}
            changed = {note_id for note_id, note in notes.items() if self._indexed.get(note_id) is not note}
            drafts = _drafts(everything)
            saved_drafts = {draft for draft in collection.drafts if self._drafts.get(draft) != drafts[draft]}
            try:
                issues = self._issues(everything, collection, changed, must_leave, saved_drafts)
                faulty = _notes_of(collection, errors(issues)) & changed
                good = tuple(notes[note_id] for note_id in sorted(changed - faulty))
                gone = must_leave - {note.id for note in good}
                if good or gone:
                    self._write(reader, good, gone)
            except Exception:  # what was withdrawn or restricted does not wait for what fails here
                if must_leave:
                    self._write(reader, (), must_leave)
                raise
            self._indexed = {note_id: note for note_id, note in notes.items() if note_id not in faulty}
            self._drafts = drafts
        unread = {note_id for note_id, _ in collection.handling} - notes.keys() - collection.drafts
        wrong = (faulty | unread) - gone
        known = {note_and_language(key)[0] for key in self._written.versions}
        return DeltaReport(
            indexed=tuple(note.id for note in good),
            removed=tuple(sorted(gone)),
            kept=tuple(sorted(wrong & known)),
            refused=tuple(sorted(wrong - known)),
            issues=issues,
            seconds=time.perf_counter() - started,
            drafts=tuple(sorted(saved_drafts)),
        )

    def _read(self) -> Collection:
        return read_collection(self._settings.content_dirs, self._memory)

    def _reader(self) -> ChunkReader:
        reader = self._store.reader()
        if reader.manifest.recipe != self._recipe:
            raise IndexStale("The index was made with other settings.", remedy="Run `kb index`.")
        return reader

    def _settled(self, reader: ChunkReader) -> tuple[Collection, frozenset[str]]:
        """Return the notes there are, and the ids of notes that must leave the index.

        These are looked at twice, because programs that save a file may empty or remove it for a moment.
        """
        collection = self._read()
        if gone := overdue(collection.to_index(self._settings.drafts), self._taxonomy, reader):
            time.sleep(_SETTLING)
            collection = self._read()
            gone = overdue(collection.to_index(self._settings.drafts), self._taxonomy, reader)
        return collection, gone

    def _issues(
        self, everything: Collection, collection: Collection, changed: Set[str], gone: Set[str], drafts: Set[str]
    ) -> tuple[Issue, ...]:
        """Return the issues of notes, sources and drafts that have changed, and the errors of notes that name them.

        A note that had an issue is looked at again until it has none.
        """
        before, self._extracts = self._extracts, collection.extracts or {}
        sources = {
            note_id for note_id in {**before, **self._extracts} if before.get(note_id) != self._extracts.get(note_id)
        }
        again = changed | self._with_issues | sources
        naming = {note.id for note in collection.notes if not (changed | gone).isdisjoint(note.named)}
        found = check(collection, self._taxonomy, today(), again | naming)
        issues = {issue for issue in found if issue.level is Level.ERROR or id_in(issue.path) in again}
        if drafts := (drafts | self._with_issues) & collection.drafts:
            found = check(everything, self._taxonomy, today(), drafts)
            issues.update(issue for issue in found if id_in(issue.path) in drafts)
        self._with_issues = frozenset(id_in(issue.path) for issue in issues)
        return tuple(sorted(issues))

    def _write(self, reader: ChunkReader, good: tuple[Note, ...], gone: frozenset[str]) -> None:
        """Write these notes anew and take those out."""
        settings, encoder, before = self._settings, self._encoder, reader.manifest
        self._identifiers = self._identifiers.amended(good)
        texts = NoteTexts.of(good, encoder.count_tokens, settings.chunk_tokens, settings.chunk_overlap)
        with CachedEncoder(cache_path(settings.data_dir), encoder) as cached:
            vectors = centre(texts, cached.of_notes(texts), before.means)
        without = gone | {note.id for note in good}
        replaced = {"note_id": sorted(without)}
        versions = {key: pair for key, pair in before.versions.items() if note_and_language(key)[0] not in without}
        journal = {note_id: entry for note_id, entry in before.journal.notes.items() if note_id not in without}
        public = {RECORD: (CHUNK,), "access": (CLEAR,)}
        clear = {note.id for note in good if note.fields.tlp == CLEAR}
        written = sum(chunk.note_id in clear for chunk in texts.chunks)
        manifest = replace(
            before,
            versions=versions | hashes(good, self._identifiers),
            notes=len({note_and_language(key)[0] for key in versions}) + len(good),
            chunks=before.chunks - reader.count({RECORD: (CHUNK,), **replaced}) + len(texts.chunks),
            questions=before.questions - reader.count({RECORD: (QUESTION,), **replaced}) + len(texts.questions),
            journal=before.journal.after(
                {**journal, **{note.id: stated(note, self._taxonomy) for note in good}}, now()
            ),
            changed=before.changed + max(written, reader.count({**public, **replaced})),
        )
        self._store.update(records(texts, vectors, passage_terms, self._identifiers), without, manifest)
        self._written = manifest


def _notes_of(collection: Collection, issues: Iterable[Issue]) -> frozenset[str]:
    paths = {issue.path for issue in issues}
    return frozenset(file.where.id for file in collection.files if file.where.path in paths)


def _drafts(collection: Collection) -> dict[str, object]:
    """Id of a draft -> the note, or its issues where it cannot be read."""
    notes = {note.id: note for note in collection.notes}
    return {
        draft: notes.get(draft) or tuple(found for found in collection.issues if id_in(found.path) == draft)
        for draft in collection.drafts
    }
