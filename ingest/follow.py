"""Use case: bring notes into the index as they are saved, each within a moment.

A note that was saved is checked with those it names, encoded, and laid over the index. What is made of all notes
(means, frequencies of words, names) stays as the last whole run left it, until the next one. A note with errors keeps
what the index has of it, unless it was withdrawn or restricted (`ingest.withdraw`).
"""

import time
from collections.abc import Set
from dataclasses import dataclass, replace

from ingest.chunked import Chunked, Vectors
from ingest.identify import Identifiers
from ingest.index import cache_path, now, today
from ingest.lint import check, check_some, errors
from ingest.plan import hashes, stated
from ingest.rules import RULES
from ingest.rules.across import ACROSS_RULES
from ingest.withdraw import indexed_keys, overdue
from kb.chunk_schema import CHUNK, QUESTION, RECORD, note_and_language, recipe
from kb.content import Collection, Memory, read_collection, read_taxonomy
from kb.engines.encoder import Encoder
from kb.engines.lexical import passage_terms
from kb.engines.store import ChunkReader, ChunkStore
from kb.engines.vector_cache import VectorCache
from kb.errors import IndexStale
from kb.note import Note
from kb.problem import Problem
from kb.settings import Settings


@dataclass(frozen=True)
class Saved:
    """What became of notes that were saved.

    indexed, removed, kept: ids of notes that the index has as they are now, has no more, and has as they were
    problems: what is wrong with them
    seconds:  from the first look at the files until readers find them
    drafts:   ids of notes saved that are drafts, and so are not indexed
    """

    indexed: tuple[str, ...]
    removed: tuple[str, ...]
    kept: tuple[str, ...]
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
        self._taxonomy = read_taxonomy(settings.content_dirs)
        collection = read_collection(settings.content_dirs, self._memory).to_index(settings.drafts)
        wrong = {one.path for one in errors(check(collection, self._taxonomy, RULES, today()))}
        faulty = {file.where.id for file in collection.files if file.where.shown in wrong}
        notes = tuple(note for note in collection.notes if note.id not in faulty)
        self._identifiers = Identifiers(notes, self._taxonomy)
        found = hashes(notes, self._taxonomy, self._identifiers)
        known = self._current().manifest.versions
        fresh = {note_and_language(key)[0] for key, one in found.items() if known.get(key) != one}
        self._known = {note.id: note for note in notes if note.id not in fresh}

    def follow(self) -> Saved:
        """Bring in what has changed since the last time.

        Raises StoreUnavailable, IndexBusy, IndexMissing, IndexStale, SettingsError.
        """
        started, roots = time.perf_counter(), self._settings.content_dirs
        with self._store.writing():
            collection = read_collection(roots, self._memory).to_index(self._settings.drafts)
            notes = {note.id: note for note in collection.notes}
            changed = {note_id for note_id, note in notes.items() if self._known.get(note_id) is not note}
            reader = self._current()
            overdue_notes = overdue(collection, self._taxonomy, indexed_keys(reader))
            problems = check_some(collection, self._taxonomy, RULES, today(), changed)
            wrong = {one.path for one in errors(problems)}
            faulty = {file.where.id for file in collection.files if file.where.shown in wrong} & changed
            good = tuple(notes[note_id] for note_id in sorted(changed - faulty))
            gone = overdue_notes - {note.id for note in good}
            if good or gone:
                self._amend(reader, good, gone)
            self._known = {note_id: note for note_id, note in notes.items() if note_id not in faulty}
        unread = {note_id for note_id, _ in collection.handling} - notes.keys()
        return Saved(
            indexed=tuple(note.id for note in good),
            removed=tuple(sorted(gone)),
            kept=tuple(sorted((faulty | unread) - gone)),
            problems=tuple(sorted({*problems, *self._found_out(collection, changed | overdue_notes)})),
            seconds=time.perf_counter() - started,
        )

    def _found_out(self, collection: Collection, note_ids: Set[str]) -> tuple[Problem, ...]:
        """The errors of notes that name these and say now what is not so any more. They stay in the index."""
        near = {note.id for note in collection.notes if not note_ids.isdisjoint(note.named)} - note_ids
        readable = replace(collection, problems=())
        return errors(check_some(readable, self._taxonomy, ACROSS_RULES, today(), near)) if near else ()

    def _amend(self, reader: ChunkReader, good: tuple[Note, ...], gone: frozenset[str]) -> None:
        """Write these notes anew and take those out."""
        self._identifiers = self._identifiers.amended(good, self._taxonomy)
        chunked = Chunked.of(
            good, self._encoder.count_tokens, self._settings.chunk_tokens, self._settings.chunk_overlap
        )
        before = reader.manifest
        vectors = self._vectors(chunked).centred(chunked, before.means)
        without = gone | {note.id for note in good}
        kept = {key: one for key, one in before.versions.items() if note_and_language(key)[0] not in without}
        those = {"note_id": sorted(without)}
        noted = {key: one for key, one in before.journal.notes.items() if key not in without}
        manifest = replace(
            before,
            versions={**kept, **hashes(good, self._taxonomy, self._identifiers)},
            notes=len({note_and_language(key)[0] for key in kept}) + len(good),
            chunks=before.chunks - reader.count({RECORD: (CHUNK,), **those}) + len(chunked.chunks),
            questions=before.questions - reader.count({RECORD: (QUESTION,), **those}) + len(chunked.asked),
            journal=before.journal.after({**noted, **{note.id: stated(note, self._taxonomy) for note in good}}, now()),
            amended=True,
        )
        self._store.amend(chunked.points(vectors, passage_terms, self._taxonomy, self._identifiers), without, manifest)

    def _vectors(self, chunked: Chunked) -> Vectors:
        with VectorCache(cache_path(self._settings.data_dir), self._encoder.fingerprint) as cache:
            passages, _ = cache.vectors("passage", chunked.passages(), self._encoder.encode_passages)
            sentences, _ = cache.vectors("query", chunked.sentences(), self._encoder.encode_queries)
            asked, _ = cache.vectors("query", chunked.questions(), self._encoder.encode_queries)
        return Vectors(passages, sentences, asked)

    def _current(self) -> ChunkReader:
        """The index. Raises IndexMissing; IndexStale if another model or version of this program made it."""
        reader = self._store.reader()
        if reader.manifest.recipe != self._recipe:
            raise IndexStale("The index was made with other settings.", remedy="Run `kb index`.")
        return reader
