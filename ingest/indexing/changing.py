"""The index of one run: opened once, then brought from one state to the next, with the vectors of its texts.

What is taken out leaves both, the index and the cache of vectors.
"""

import logging
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from ingest.chunking.chunk import NoteTexts, questions_of
from ingest.chunking.identify import Identifiers
from ingest.chunking.records import records
from ingest.indexing.encode import CachedEncoder
from ingest.indexing.fingerprint import Fingerprint
from ingest.indexing.plan import Target, amended, counted, ids_of
from ingest.indexing.statistics import centre
from kb.collection import Collection
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import passage_terms
from kb.encoder.vector_cache import Progress, cache_path
from kb.errors import IndexStale, StoreUnavailable
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.settings import Settings
from kb.store.journal import NO_JOURNAL, TICK, Journal
from kb.store.manifest import Manifest
from kb.store.protocol import ChunkReader, ChunkStore
from kb.store.records import Point, note_and_language

_LOG = logging.getLogger("kb")
_FIRST: Final = 5_000
"""Questions that are encoded beside: who interrupts the run waits for these, some seconds."""


class ChangingIndex:
    """An index while a run changes it, or would.

    before:   its manifest when the run began, if the run's recipe has made it; else None
    manifest: what it holds now, whatever made it; reader: the index, open. None where there is none
    counts:   how many public passages of each note have changed in the epoch
    encoded, written: how many texts had to be encoded, and the ids of the notes that were written
    withdrew: whether it took out what was withdrawn or restricted
    """

    def __init__(
        self, settings: Settings, store: ChunkStore, encoder: Encoder, recipe: str, dry_run: bool, progress: Progress
    ) -> None:
        self._settings, self._store, self._encoder, self._recipe = settings, store, encoder, recipe
        self._dry_run, self._progress = dry_run, progress
        self.before: Manifest | None = None
        self.manifest: Manifest | None = None
        self.reader: ChunkReader | None = None
        self.counts: Mapping[str, int] = {}
        self.encoded = 0
        self.written: tuple[str, ...] = ()
        self.withdrew = False

    def open(self, inputs: Fingerprint, *, rebuild: bool) -> None:
        """Open the index. A dry run does not, since that touches its files; a rebuild needs none that can be read.

        Raises StoreUnavailable.
        """
        try:
            self.manifest = self._store.info()
            if self.manifest and self.manifest.recipe == self._recipe:
                self.before = self.manifest
            if self.manifest and not self._dry_run:
                self.reader = self._store.reader()
        except IndexStale:
            self.before = None
        except StoreUnavailable as error:
            if not rebuild and (self.before or self.manifest is None):
                raise
            self.before = None
            _LOG.warning("The last good versions of notes with errors are lost: %s", error)
        self._found = self.manifest
        self.counts = inputs.changed(self.manifest) if self.manifest else {}

    @property
    def is_made_otherwise(self) -> bool:
        """Whether another recipe made it than that of this run."""
        return self._found is not None and self._found.recipe != self._recipe

    @property
    def journal(self) -> Journal:
        """Its journal as it is now."""
        return self.manifest.journal if self.manifest else NO_JOURNAL

    @property
    def notes(self) -> frozenset[str]:
        """Ids of the notes that it has now."""
        return ids_of(self.manifest.versions) if self.manifest else frozenset()

    @property
    def removed(self) -> frozenset[str]:
        """Ids of the notes that it had when the run began, and has no more."""
        return (ids_of(self._found.versions) if self._found else frozenset()) - self.notes

    @property
    def is_changed(self) -> bool:
        """Whether anything was written."""
        return self.manifest is not self._found

    def must_fit(self, put_off: bool) -> bool:
        """Return whether statistics must be fitted; where they only are out of date, that can be put off."""
        return self.before is None or self.manifest is None or (self.manifest.needs_refit and not put_off)

    def withdraw(self, gone: Set[str]) -> None:
        """Take out notes. Raises StoreUnavailable."""
        if gone and self.reader:
            self.withdrew = True
            self._write((), gone, Identifiers((), self.reader.manifest.taxonomy, {}), now())

    def change(self, notes: tuple[Note, ...], changed: Set[str], identifiers: Identifiers) -> None:
        """Write notes anew within the epoch, and take out the others of those that have changed.

        Raises ModelError, StoreUnavailable.
        """
        self._write(notes, changed, identifiers, later())

    def _write(self, notes: tuple[Note, ...], changed: Set[str], identifiers: Identifiers, when: datetime) -> None:
        if self.reader is None:
            return
        size, overlap = self._settings.chunk_tokens, self._settings.chunk_overlap
        texts = NoteTexts.of(notes, self._encoder.count_tokens, size, overlap)
        counts = counted(self.counts, self.reader, texts, changed)
        manifest = amended(self.reader, texts, changed, identifiers, counts, when)
        points: Iterable[Point] = ()
        if notes:
            with self._vectors() as cached:
                vectors = centre(texts, cached.of_notes(texts), manifest.means)
                cached.drop_unused(changed)
                self.encoded += cached.fresh
            points = records(texts, vectors, passage_terms, identifiers)
        self._store.update(points, changed, manifest)
        self.manifest, self.reader, self.counts = manifest, self._store.reader(), counts
        self.written += tuple(note.id for note in notes)

    def begin_epoch(self, notes: tuple[Note, ...], wrong: Set[str], taxonomy: Taxonomy) -> Target:
        """Fit the statistics and write all records. Returns what it shall hold.

        That is these notes, and of those with errors what it has. Raises ModelError, StoreUnavailable.
        """
        if self._dry_run:
            return self._target(notes, wrong, taxonomy)
        with self._vectors() as cached, often_handing_over(), ThreadPoolExecutor(1) as beside:
            # Questions need not be cut, so there is work for the processors while one prepares the rest.
            beside.submit(cached.of_questions, questions_of(notes)[:_FIRST])
            target = self._target(notes, wrong, taxonomy)
            self.manifest = write_index(self._settings, self._store, cached, target)
        self.counts, self.encoded = {}, self.encoded + cached.fresh
        self.written = tuple(note.id for note in notes)
        return target

    def _target(self, notes: tuple[Note, ...], wrong: Set[str], taxonomy: Taxonomy) -> Target:
        target = Target.of(self._recipe, notes, taxonomy, self.journal, later())
        if self.before and self.reader:
            target = target.keeping(tuple(self._points_of(wrong, taxonomy)), self.reader.manifest, later())
        return target

    def _points_of(self, note_ids: Set[str], taxonomy: Taxonomy) -> Iterator[Point]:
        """Read the records of notes, but for those of which the vocabularies have not the words."""
        for point in self.reader.points() if self.reader and note_ids else ():
            if note_and_language(point.record_id)[0] in note_ids and _fits(point, taxonomy):
                yield point

    def forget(self, content: Collection, gone: Set[str]) -> None:
        """Drop the vectors of notes that are gone, and of those that neither the content nor the index has.

        Raises StoreUnavailable.
        """
        there = self.notes.union(note_id for _, note_id in content.ids) - gone
        if not self._dry_run:
            with self._vectors() as cached:
                cached.drop_unused(cached.notes() - there)

    def _vectors(self) -> CachedEncoder:
        return CachedEncoder(cache_path(self._settings.data_dir), self._encoder, self._progress)


def write_index(settings: Settings, store: ChunkStore, encoder: CachedEncoder, target: Target) -> Manifest:
    """Write a whole index. Returns its manifest. Raises ModelError, StoreUnavailable."""
    # Haystack takes a second to import: a run that fits no statistics need not wait for it.
    from ingest.indexing.pipeline import indexing_pipeline, run_pipeline

    pipeline = indexing_pipeline(settings, encoder, store, target)
    written: Manifest = run_pipeline(pipeline, {"chunk": {"notes": target.notes}})["write"]["result"]
    return written


@contextmanager
def often_handing_over() -> Iterator[None]:
    """Let threads of Python hand over ten times as often, so that processors need not wait for the next texts.

    Of the whole process: one run at a time changes an index.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 10)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def _fits(point: Point, taxonomy: Taxonomy) -> bool:
    """Return whether vocabularies have the words of a record, without which it cannot be shown."""
    payload = point.payload
    schemes = ((taxonomy.crime_types, "crime_types"), (taxonomy.phases, "phases"), (taxonomy.countries, "countries"))
    return all(word in scheme for scheme, field in schemes for word in payload[field])


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def later() -> datetime:
    """Return the time that the journal gives to what a run writes: after that of what it took out before.

    So it is where nothing was taken out, too: the times of public notes must not tell that a restricted one left.
    """
    return now() + TICK


def today() -> str:
    """Return the day here: `2026-11-25`."""
    return now().astimezone().date().isoformat()
