"""Use case: bring the index up to date with the content (`kb index`; `kb watch` does it again and again).

A run hashes the files and reads the notes whose files changed since the last run, those that they name and those that
name them; all notes, where anything else changed that indexing looks at. What was withdrawn or restricted leaves first,
whatever else fails. What is right is indexed. Of a note with errors the index keeps the last good version, as of one in
a folder that cannot be read.

The statistics are of an epoch. A new one begins, for which all records are written, with the first run, other
vocabularies or another recipe, where it is asked for, and where more than a fifth of the passages has changed. What has
changed is found before that, unless the vocabularies are others.
"""

import time
from collections.abc import Set
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ingest.chunking.identify import Identifiers
from ingest.indexing.changing import ChangingIndex, today
from ingest.indexing.fingerprint import Findings, Fingerprint, KnownNames
from ingest.indexing.plan import Hashes, Plan, hashes, ids_of, plan
from ingest.indexing.reading import Reading, check_notes, read_notes
from ingest.indexing.withdraw import overdue, unread
from ingest.lint import errors
from kb.access import CLEAR, whoever_sees
from kb.collection import id_in
from kb.content.reader import ReadCache, read_taxonomy
from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import Progress, no_progress
from kb.errors import IndexStale, KbError, SettingsError, StoreUnavailable
from kb.issue import Issue
from kb.notes.taxonomy import Taxonomy
from kb.settings import Settings
from kb.store.manifest import recipe
from kb.store.protocol import ChunkStore
from kb.store.records import note_and_language

_SETTLING: Final = 0.3
"""Seconds after which a note that seems to be gone, or to have lost its label, is looked at again: programs that save a
file may empty or remove it for a moment.
"""


@dataclass(frozen=True)
class IndexReport:
    """What an indexing run did, or would do.

    encoded: texts the encoder had to read (0 when all vectors were known)
    fitted:  whether the statistics were fitted anew
    due:     whether something was put off: fitting them, or wiping out what was withdrawn or restricted from the disk
    seconds: from the first look at the files until readers find what changed, without starting the program
    saved:   ids of notes whose files changed since the last run; indexed, removed: of those that were written, and that
             the index has no more
    kept, refused: ids of notes with errors that the index has as they were, and that it has not
    drafts:  ids of drafts, which it has not
    issues:  of all files
    vocabulary_error: why the vocabularies cannot be read; then notes are indexed with the last ones
    """

    plan: Plan
    notes: int
    versions: int
    chunks: int
    encoded: int = 0
    written: bool = False
    fitted: bool = False
    due: bool = False
    seconds: float = 0.0
    saved: tuple[str, ...] = ()
    indexed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    issues: tuple[Issue, ...] = ()
    vocabulary_error: str = ""

    @property
    def complete(self) -> bool:
        """Whether all notes are in the index as they are now, but for drafts."""
        wrong = (issue for issue in errors(self.issues) if id_in(issue.path) not in self.drafts)
        return not (self.vocabulary_error or self.kept or self.refused or any(wrong))


def index_content(
    settings: Settings,
    store: ChunkStore,
    encoder: Encoder,
    *,
    rebuild: bool = False,
    refit: bool = False,
    put_off: bool = False,
    going_on: bool = False,
    dry_run: bool = False,
    cache: ReadCache | None = None,
    last_run: Path | None = None,
    progress: Progress = no_progress,
) -> IndexReport:
    """Bring the index up to date with the configured content.

    encoder: does its loading when first used, so that a run without changes does not wait for it
    rebuild: write every record again whatever the index holds; refit: fit the statistics anew, which does so, too.
             Texts already encoded are not encoded again
    put_off: fit no statistics anew because much has changed, and leave the merging to a later run
    going_on: leave an index alone that another version has made, or one with another model or other chunk sizes
    cache:   of the notes that runs before have read, for a program that runs again and again
    last_run: the folder that keeps what the last run found; None: the data directory

    Raises SettingsError, StoreUnavailable, IndexBusy, IndexStale (`going_on`), ModelError. Notes with errors are no
    failure (`IndexReport`).
    """
    started = time.perf_counter()
    with nullcontext() if dry_run else store.writing():
        kept_in = last_run or settings.data_dir
        run = _Run(settings, store, encoder, dry_run, rebuild, cache or ReadCache(), kept_in, progress)
        report = run.do(refit or rebuild, put_off, going_on)
        if not dry_run and not put_off:
            store.merge()
    return replace(report, seconds=time.perf_counter() - started)


class _Run:
    """One run, on the files as they were when it began."""

    def __init__(
        self,
        settings: Settings,
        store: ChunkStore,
        encoder: Encoder,
        dry_run: bool,
        rebuild: bool,
        cache: ReadCache,
        last_run: Path,
        progress: Progress,
    ) -> None:
        self._settings, self._store, self._cache = settings, store, cache
        self._dry_run, self._rebuild = dry_run, rebuild
        self._recipe = recipe(encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        self._inputs = Fingerprint(last_run, settings.content_dirs, self._recipe, today(), cache)
        self._index = ChangingIndex(settings, store, encoder, self._recipe, dry_run, progress)

    def do(self, refit: bool, put_off: bool, going_on: bool) -> IndexReport:
        """Take out what must go, write what has changed, then fit the statistics anew where the epoch has ended."""
        index = self._index
        try:
            index.open(self._inputs, rebuild=self._rebuild)
        except StoreUnavailable:
            if not self._read(None, frozenset())[1]:
                raise
            self._inputs.forget()  # room for what opening writes, where the disk is full
            index.open(self._inputs, rebuild=True)  # what must go leaves a damaged index with all of it
        if going_on and index.is_made_otherwise:
            raise self._made_otherwise()
        before = index.before
        last, saved = self._last_run(refit or index.must_fit(put_off))
        if before and last and not saved:
            return self._report(last, before.versions, put_off)
        names = self._inputs.names(before) if before else None
        last = last if names is not None else None
        reading, gone = self._read(last, saved)
        wanted: Hashes | None = None
        try:
            names = self._withdraw(gone, names)
            taxonomy, vocabulary_error = self._vocabularies(last)
            found = self._check(reading, taxonomy, last)
            if before and before.taxonomy == taxonomy and not self._rebuild:
                identifiers = Identifiers(reading.right(found), taxonomy, names)
                wanted = self._update(reading, found, identifiers)
                index.forget(reading.everything, gone - {note.id for note in reading.right(found)})
                self._keep(found, None if names is not None else identifiers, vocabulary_error)
            if fitted := wanted is None or refit or index.must_fit(put_off):
                if reading.again is not None:  # an epoch is fitted on all notes
                    reading, since = self._read(None, saved)
                    gone |= since
                    self._withdraw(since, names)
                    found = self._check(reading, taxonomy, None)
                target = index.begin_epoch(reading.right(found), found.wrong, taxonomy)
                self._keep(found, target.identifiers, vocabulary_error)
                wanted = target.versions
        except Exception as error:
            self._after_failure(error, reading, gone)
            raise
        self._cache.turn()
        report = self._report(found, wanted or {}, put_off)
        return replace(
            report, fitted=fitted and not self._dry_run, saved=tuple(sorted(saved)), vocabulary_error=vocabulary_error
        )

    def _made_otherwise(self) -> IndexStale:
        """Return what is said of an index that is left alone, and of what must go and is in it still."""
        _, gone = self._read(None, frozenset())
        still = f" These are in it still, withdrawn or restricted: {', '.join(sorted(gone))}." if gone else ""
        return IndexStale(
            "The index was made by another version of this program, with another model or with other chunk sizes.",
            remedy=f"Start this one again, in the version and with the settings that are to count.{still}",
        )

    def _last_run(self, anew: bool) -> tuple[Findings | None, Set[str]]:
        """Return what the last run found, and the ids of notes whose files changed since. anew: nothing of it counts"""
        before = self._index.before
        kept = self._inputs.last(before) if before and not anew else None
        if kept is None:
            return None, frozenset()
        last, saved = kept.found, {id_in(file) for file in kept.files}
        if last.drafts_count != self._settings.drafts:
            return None, saved  # which versions are drafts is known of no note until it is read
        return last, saved

    def _vocabularies(self, last: Findings | None) -> tuple[Taxonomy, str]:
        """Return the vocabularies, and what keeps them from being read; then they are the last ones."""
        before = self._index.before
        if before and last:
            return before.taxonomy, ""
        try:
            return read_taxonomy(self._settings.content_dirs), ""
        except SettingsError as error:
            if before is None:
                raise
            return before.taxonomy, " ".join(f"{error} Until then the last vocabularies count.".split())

    def _read(self, last: Findings | None, saved: Set[str]) -> tuple[Reading, Set[str]]:
        """Read the notes that may have changed and those around them, or all; say which must leave the index."""
        roots, drafts = self._settings.content_dirs, self._settings.drafts
        reading = read_notes(roots, self._cache, self._inputs.notes, drafts, last, saved)
        if gone := self._overdue(reading):
            time.sleep(_SETTLING)
            reading = read_notes(roots, self._cache, None, drafts, last, saved)
            gone = self._overdue(reading)
        return reading, gone

    def _overdue(self, reading: Reading) -> Set[str]:
        manifest = None if self._dry_run else self._index.manifest
        return overdue(reading.collection, manifest, reading.again) if manifest else frozenset()

    def _withdraw(self, gone: Set[str], names: KnownNames | None) -> KnownNames | None:
        """Take out what must go, from the index and from what was kept of the last run. Returns the names that stay.

        Those that were made of a restricted note, among others, go with it: whose they are cannot be told.
        """
        noted = self._index.journal.notes
        shut = [noted[each].access for each in gone & noted.keys() if CLEAR not in noted[each].access]
        if gone and self._index.manifest:  # what was kept goes first: nothing else tells the next run what is in it
            self._inputs.forget()
            if names is not None:
                made_of_them = {keys for keys in names if any(whoever_sees(keys, access) for access in shut)}
                names = {keys: known for keys, known in names.items() if keys not in made_of_them}
                self._inputs.keep_names(self._index.manifest, names)
        self._index.withdraw(gone)
        return names

    def _check(self, reading: Reading, taxonomy: Taxonomy, last: Findings | None) -> Findings:
        """Look for issues. Others may name a note that cannot be read, if everybody may see it."""
        if self._index.before is None:
            return check_notes(reading, taxonomy, today(), self._settings.drafts, last, frozenset())
        noted = self._index.journal.notes
        hidden = unread(reading.collection, self._index.before, reading.again) & noted.keys()
        reading = reading.knowing({(noted[each].kind, each) for each in hidden if CLEAR in noted[each].access})
        return check_notes(reading, taxonomy, today(), self._settings.drafts, last, hidden)

    def _update(self, reading: Reading, found: Findings, identifiers: Identifiers) -> Hashes:
        """Write the notes that have changed, within the epoch. Returns what the index shall hold."""
        indexed = self._index.manifest.versions if self._index.manifest else {}
        stays = {
            key: pair
            for key, pair in indexed.items()
            if not reading.may_have_changed(note_id := note_and_language(key)[0]) or note_id in found.wrong
        }
        wanted = {**stays, **hashes(reading.right(found), identifiers)}
        todo = plan(wanted, indexed)
        if changed := ids_of((*todo.write, *todo.relabel, *todo.delete)):
            good = tuple(note for note in reading.right(found) if note.id in changed)
            self._index.change(good, changed, identifiers)
        return wanted

    def _keep(self, found: Findings, identifiers: Identifiers | None, vocabulary_error: str) -> None:
        """Keep for the next run what was found, and the names of an epoch."""
        if (manifest := self._index.manifest) and not self._dry_run:
            if identifiers:
                self._inputs.keep_names(manifest, identifiers.names)
            if not vocabulary_error:
                self._inputs.keep(manifest, replace(found, changed=self._index.counts))

    def _after_failure(self, error: Exception, reading: Reading, gone: Set[str]) -> None:
        """Leave nothing of what was withdrawn or restricted, and say in the error what became of it."""
        if not gone:
            return
        with suppress(StoreUnavailable):
            self._index.forget(reading.everything, gone)
        try:
            self._store.merge()
            on_disk = ""
        except StoreUnavailable as failure:  # nobody can find them any more; the next run merges again
            on_disk = f" {failure}"
        if isinstance(error, KbError):
            left = gone.isdisjoint(self._index.notes)
            said = "left it, since they were" if left else "must leave the index and could not be taken out:"
            error.remedy += f" These {said} withdrawn or restricted: {', '.join(sorted(gone))}.{on_disk * left}"

    def _report(self, found: Findings, wanted: Hashes, put_off: bool) -> IndexReport:
        index, known = self._index, ids_of(wanted)
        before = index.before.versions if index.before and not self._rebuild else {}
        return IndexReport(
            plan=plan(wanted, before),
            notes=len(known),
            versions=len(wanted),
            chunks=index.manifest.chunks if index.manifest else 0,
            encoded=index.encoded,
            written=index.is_changed,
            due=put_off and (index.must_fit(False) or index.withdrew),
            indexed=index.written,
            removed=tuple(sorted(index.removed)),
            kept=tuple(sorted(found.wrong & known)),
            refused=tuple(sorted(found.wrong - known)),
            drafts=() if self._settings.drafts else tuple(sorted(found.drafts)),
            issues=found.issues,
        )
