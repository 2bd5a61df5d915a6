"""Use case: bring notes into the index as they are saved, each within a moment.

A note that was saved is checked with those it names, encoded, and laid over the index. What is made of all notes
(means, frequencies of words, names) stays as the last whole run left it, until the next one. A note with errors keeps
what the index has of it, unless it was withdrawn or restricted (`ingest.indexing.withdraw`).
"""

import time
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from typing import Final

from ingest.chunking.identify import Identifiers
from ingest.chunking.records import records
from ingest.chunking.texts import NoteTexts
from ingest.indexing.encode import CachedEncoder
from ingest.indexing.index import cache_path, now, today
from ingest.indexing.plan import hashes, stated
from ingest.indexing.statistics import centre
from ingest.indexing.withdraw import indexed_keys, overdue
from ingest.lint import check, errors
from kb.collection import Collection, id_in
from kb.content.reader import Memory, read_collection, read_taxonomy
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import passage_terms
from kb.encoder.vector_cache import VectorCache
from kb.errors import IndexStale
from kb.issue import Level, Problem
from kb.notes.note import Note
from kb.settings import Settings
from kb.store.protocol import ChunkReader, ChunkStore
from kb.store.records import CHUNK, QUESTION, RECORD, Manifest, note_and_language, recipe

_SETTLING: Final = 0.3
"""Seconds after which a note that seems to be gone, or to have lost its label, is looked at again."""


@dataclass(frozen=True)
class Saved:
    """What became of notes that were saved.

    indexed, removed: ids of notes that the index has as they are now, and has no more
    kept, refused:    ids of notes with errors that it has as they were, and that it has not
    problems: what is wrong with all these, and with notes that name them
    seconds:  from the first look at the files until readers find them
    drafts:   ids of notes that were saved as drafts, which the index does not have
    """

    indexed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
    refused: tuple[str, ...]
    problems: tuple[Problem, ...]
    seconds: float
    drafts: tuple[str, ...] = ()


class Follower:
    """An index that follows its notes. For one thread.

    Begins with an index that `index_content` has written, of notes that may have changed since.
    """

    def __init__(self, settings: Settings, store: ChunkStore, encoder: Encoder) -> None:
        self._settings, self._store, self._encoder = settings, store, encoder
        self._recipe = recipe(encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        self._memory = Memory()
        everything = self._read()
        self._drafts = _drafts(everything)
        # Drafts that cannot be read: no run looks at them, so nobody has told.
        self._wrong = everything.drafts & {id_in(one.path) for one in everything.problems}
        self.begin()

    def begin(self) -> None:
        """Begin, or begin again: vocabularies and index are others now. Raises as `follow` does."""
        self._begin(self._current())

    def _begin(self, reader: ChunkReader) -> None:
        """Begin with what a whole run has left: its names, and the notes that are as it found them."""
        self._taxonomy = read_taxonomy(self._settings.content_dirs)
        collection = self._read().to_index(self._settings.drafts)
        faulty = _notes_of(collection, errors(check(collection, self._taxonomy, today())))
        notes = tuple(note for note in collection.notes if note.id not in faulty)
        self._identifiers = Identifiers(notes, self._taxonomy)
        found, known = hashes(notes, self._taxonomy, self._identifiers), reader.manifest.versions
        fresh = {note_and_language(key)[0] for key, one in found.items() if known.get(key) != one}
        self._known = {note.id: note for note in notes if note.id not in fresh}
        self._sources = _sources(collection)
        self._left = reader.manifest

    def follow(self) -> Saved:
        """Bring in what has changed since the last time.

        Raises StoreUnavailable, IndexBusy, IndexMissing, IndexStale, SettingsError.
        """
        started = time.perf_counter()
        with self._store.writing():
            reader = self._current()
            if _is_of_others(reader.manifest, self._left):
                self._begin(reader)
            everything, overdue_notes = self._settled(reader)
            collection = everything.to_index(self._settings.drafts)
            notes = {note.id: note for note in collection.notes}
            changed = {note_id for note_id, note in notes.items() if self._known.get(note_id) is not note}
            try:
                problems = self._checked(everything, collection, changed, overdue_notes)
                faulty = _notes_of(collection, errors(problems)) & changed
                good = tuple(notes[note_id] for note_id in sorted(changed - faulty))
                gone = overdue_notes - {note.id for note in good}
                if good or gone:
                    self._left = self._amend(reader, good, gone)
            except Exception:  # what was withdrawn or restricted does not wait for what fails here
                if overdue_notes:
                    self._left = self._amend(reader, (), overdue_notes)
                raise
            self._known = {note_id: note for note_id, note in notes.items() if note_id not in faulty}
        unread = {note_id for note_id, _ in collection.handling} - notes.keys() - collection.drafts
        wrong = (faulty | unread) - gone
        known = {note_and_language(key)[0] for key in self._left.versions}
        return Saved(
            indexed=tuple(note.id for note in good),
            removed=tuple(sorted(gone)),
            kept=tuple(sorted(wrong & known)),
            refused=tuple(sorted(wrong - known)),
            problems=problems,
            seconds=time.perf_counter() - started,
            drafts=self._drafts_saved(everything) if collection.drafts else (),
        )

    def _read(self) -> Collection:
        return read_collection(self._settings.content_dirs, self._memory)

    def _settled(self, reader: ChunkReader) -> tuple[Collection, frozenset[str]]:
        """What is there to read, and the ids of notes that must leave the index: not at once, since programs that save
        a file may empty or remove it for a moment.
        """
        keys = tuple(indexed_keys(reader))
        collection = self._read()
        if gone := overdue(collection.to_index(self._settings.drafts), self._taxonomy, keys):
            time.sleep(_SETTLING)
            collection = self._read()
            gone = overdue(collection.to_index(self._settings.drafts), self._taxonomy, keys)
        return collection, gone

    def _checked(
        self, everything: Collection, collection: Collection, changed: Set[str], gone: Set[str]
    ) -> tuple[Problem, ...]:
        """What is wrong with notes that have changed, or what their sources say; with those that something was wrong
        with, until it is mended; and errors of those that name them.
        """
        before, self._sources = self._sources, _sources(collection)
        sources = {one for one in before.keys() | self._sources if before.get(one) is not self._sources.get(one)}
        again = changed | self._wrong | sources
        naming = {note.id for note in collection.notes if not (changed | gone).isdisjoint(note.named)}
        found = self._check(collection, again | naming)
        problems = {one for one in found if one.level is Level.ERROR or _is_of(one, again)}
        drafts = {one for one, now in _drafts(everything).items() if now != self._drafts.get(one)} | self._wrong
        if drafts := drafts & collection.drafts:
            problems.update(one for one in self._check(everything, drafts) if _is_of(one, drafts))
        self._wrong = frozenset(id_in(one.path) for one in problems)
        return tuple(sorted(problems))

    def _check(self, collection: Collection, note_ids: Set[str]) -> tuple[Problem, ...]:
        return check(collection, self._taxonomy, today(), note_ids)

    def _drafts_saved(self, everything: Collection) -> tuple[str, ...]:
        """Ids of the drafts that have changed."""
        before, self._drafts = self._drafts, _drafts(everything)
        return tuple(sorted(one for one, found in self._drafts.items() if before.get(one) != found))

    def _amend(self, reader: ChunkReader, good: tuple[Note, ...], gone: frozenset[str]) -> Manifest:
        """Write these notes anew and take those out."""
        self._identifiers = self._identifiers.amended(good, self._taxonomy)
        texts = NoteTexts.of(
            good, self._encoder.count_tokens, self._settings.chunk_tokens, self._settings.chunk_overlap
        )
        before = reader.manifest
        with VectorCache(cache_path(self._settings.data_dir), self._encoder.fingerprint) as cache:
            vectors = centre(texts, CachedEncoder(self._encoder, cache).of_notes(texts), before.means)
        without = gone | {note.id for note in good}
        kept = {key: one for key, one in before.versions.items() if note_and_language(key)[0] not in without}
        those = {"note_id": sorted(without)}
        noted = {key: one for key, one in before.journal.notes.items() if key not in without}
        manifest = replace(
            before,
            versions={**kept, **hashes(good, self._taxonomy, self._identifiers)},
            notes=len({note_and_language(key)[0] for key in kept}) + len(good),
            chunks=before.chunks - reader.count({RECORD: (CHUNK,), **those}) + len(texts.chunks),
            questions=before.questions - reader.count({RECORD: (QUESTION,), **those}) + len(texts.questions),
            journal=before.journal.after({**noted, **{note.id: stated(note, self._taxonomy) for note in good}}, now()),
            amended=True,
        )
        points = records(texts, vectors, passage_terms, self._taxonomy, self._identifiers)
        self._store.amend(points, without, manifest)
        return manifest

    def _current(self) -> ChunkReader:
        """The index. Raises IndexMissing; IndexStale if another model or version of this program made it."""
        reader = self._store.reader()
        if reader.manifest.recipe != self._recipe:
            raise IndexStale("The index was made with other settings.", remedy="Run `kb index`.")
        return reader


def _is_of_others(found: Manifest, left: Manifest) -> bool:
    """Whether another run has written the index since it was left: a whole one, or one that holds other notes."""
    return (left.amended and not found.amended) or found.versions != left.versions


def _notes_of(collection: Collection, problems: Iterable[Problem]) -> frozenset[str]:
    """Ids of the notes of files with these problems."""
    paths = {one.path for one in problems}
    return frozenset(file.where.id for file in collection.files if file.where.shown in paths)


def _sources(collection: Collection) -> dict[str, object]:
    """What is known of the sources of each note, as long as it does not change the same object."""
    return {note_id: entries for note_id, (_, entries) in (collection.extracts or {}).items()}


def _is_of(problem: Problem, note_ids: Set[str]) -> bool:
    return id_in(problem.path) in note_ids


def _drafts(collection: Collection) -> dict[str, object]:
    """Each draft by its id as it is now: the note, or what is wrong with it."""
    notes = {note.id: note for note in collection.notes if note.id in collection.drafts}
    return {
        one: notes.get(one) or tuple(each for each in collection.problems if id_in(each.path) == one)
        for one in collection.drafts
    }
