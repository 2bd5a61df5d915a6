"""Use case: bring the index up to date with the content (`kb index`; `kb watch` does it again and again).

A run hashes the files and reads the notes whose files changed since the last run, those that they name and those that
name them; all notes, where anything else changed that indexing looks at. What is right is indexed. Of a note with
errors the index keeps the last good version, unless the note was withdrawn or restricted: then it leaves at once,
whatever else fails (`ingest.indexing.withdraw`).

The statistics are of an epoch. A new one begins, for which all records are written, with the first run, other
vocabularies or another recipe, where it is asked for, and where more than a fifth of the passages has changed.
"""

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.identify import Identifiers
from ingest.chunking.names import Names
from ingest.chunking.records import records
from ingest.indexing.encode import CachedEncoder
from ingest.indexing.fingerprint import Fingerprint, Found
from ingest.indexing.plan import Plan, Target, hashes, plan, stated
from ingest.indexing.statistics import centre
from ingest.indexing.withdraw import overdue
from ingest.lint import check, errors
from kb.access import CLEAR
from kb.collection import Collection, id_in
from kb.content.reader import ReadCache, read_collection, read_taxonomy
from kb.encoder.encoders import Encoder
from kb.encoder.lexical import passage_terms
from kb.encoder.vector_cache import Progress, no_progress
from kb.errors import IndexStale, KbError, SettingsError, StoreUnavailable
from kb.issue import Issue, Level
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.settings import Settings
from kb.store.journal import NO_JOURNAL
from kb.store.manifest import Manifest, recipe
from kb.store.protocol import ChunkReader, ChunkStore
from kb.store.records import CHUNK, QUESTION, RECORD, Point, note_and_language
from kb.values import digest

_LOG = logging.getLogger("kb")
_SETTLING: Final = 0.3
"""Seconds after which a note that seems to be gone, or to have lost its label, is looked at again: programs that save a
file may empty or remove it for a moment.
"""
_OF_PATHS: Final = ("KB101", "KB301")
"""Rules of which the issues are found without opening a file, so that every run finds them all."""


@dataclass(frozen=True)
class IndexReport:
    """What an indexing run did, or would do.

    encoded: texts the encoder had to read (0 when all vectors were known)
    fitted:  whether the statistics were fitted anew
    due:     whether something was put off: fitting them, or wiping out what notes that are gone have left on disk
    seconds: from the first look at the files until readers find what changed, without starting the program
    saved:   ids of notes whose files changed since the last run; indexed, removed: of those that were written, and that
             the index has no more
    kept, refused: ids of notes with errors that the index has as they were, and that it has not
    drafts:  ids of drafts, which it has not
    issues:  of all files
    without: what keeps the vocabularies from being read; then notes are indexed with the last ones
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
    without: str = ""

    @property
    def complete(self) -> bool:
        """Whether all notes are in the index as they are now, but for drafts."""
        wrong = (issue for issue in errors(self.issues) if id_in(issue.path) not in self.drafts)
        return not (self.without or self.kept or self.refused or any(wrong))


class _Read(NamedTuple):
    """What a run has read.

    everything, collection: all of it, and what of it is to be indexed
    again:    ids of notes that may have changed; reported: of those whose issues are looked for. None: all
    named, facts: of all notes (`Found`)
    gone:     ids of notes that must leave the index
    taxonomy: the vocabularies; without: why they are the last ones
    """

    everything: Collection
    collection: Collection
    again: Set[str] | None
    reported: Set[str] | None
    named: Mapping[str, Set[str]]
    facts: Mapping[str, str]
    gone: Set[str]
    taxonomy: Taxonomy
    without: str

    def may_have_changed(self, note_id: str) -> bool:
        """Return whether a note is to be compared with the index."""
        return self.again is None or note_id in self.again


def index_content(
    settings: Settings,
    store: ChunkStore,
    encoder: Encoder,
    *,
    rebuild: bool = False,
    refit: bool = False,
    put_off: bool = False,
    dry_run: bool = False,
    cache: ReadCache | None = None,
    progress: Progress = no_progress,
) -> IndexReport:
    """Bring the index up to date with the configured content.

    encoder: does its loading when first used, so that a run without changes does not wait for it
    rebuild: write every record again whatever the index holds; refit: fit the statistics anew, which does so, too.
             Texts already encoded are not encoded again
    put_off: fit no statistics anew because much has changed, and leave the merging to a later run
    cache:   of the notes that runs before have read, for a program that runs again and again

    Raises SettingsError, StoreUnavailable, IndexBusy, ModelError. Notes with errors are no failure (`IndexReport`).
    """
    started = time.perf_counter()
    with nullcontext() if dry_run else store.writing():
        run = _Run(settings, store, encoder, dry_run, cache or ReadCache(), progress)
        report = run.do(rebuild, refit, put_off)
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
        cache: ReadCache,
        progress: Progress,
    ) -> None:
        self._settings, self._store, self._encoder = settings, store, encoder
        self._dry_run, self._cache, self._progress = dry_run, cache, progress
        self._recipe = recipe(encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
        self._inputs = Fingerprint(settings.data_dir, settings.content_dirs, self._recipe, today())

    def do(self, rebuild: bool, refit: bool, put_off: bool) -> IndexReport:
        """Read what is to be read and write what has changed."""
        self._open(rebuild)
        before = self._before
        fit = rebuild or refit or before is None or (before.needs_refit and not put_off)
        kept = self._inputs.last(before) if before and not fit else None
        last, files = kept or (None, frozenset())
        saved = {id_in(file) for file in files}
        if last and last.drafts_count != self._settings.drafts:
            saved |= last.drafts
            last = replace(last, facts={key: fact for key, fact in last.facts.items() if key not in last.drafts})
        if before and last and not saved:
            return self._report(before, last, plan(before.versions, before.versions))
        names = self._inputs.names(before) if before and not fit else None
        read = self._read(last if names else None, saved)
        try:
            found = self._checked(read, last)
            report = None
            if before and not fit and before.taxonomy == read.taxonomy:
                report = self._update(before, read, found, names, put_off)
                if report is None and read.again is not None:  # an epoch is fitted on all notes
                    read = self._read(None, saved)
                    found = self._checked(read, None)
            report = report or self._begin_epoch(read, found, rebuild)
        except Exception as error:
            self._withdraw(read.gone, error)
            raise
        self._cache.turn()
        return replace(report, saved=tuple(sorted(saved)), without=read.without)

    def _open(self, rebuild: bool) -> None:
        """Open the index. A dry run does not, since that touches its files; a rebuild needs none that can be read."""
        self._indexed: Manifest | None = None
        self._before: Manifest | None = None
        self._reader: ChunkReader | None = None
        try:
            self._indexed = self._store.info()
            if self._indexed and self._indexed.recipe == self._recipe:
                self._before = self._indexed
            if self._indexed and not self._dry_run:
                self._reader = self._store.reader()
        except IndexStale:
            self._before = None
        except StoreUnavailable as error:
            if not rebuild and (self._before or self._indexed is None):
                raise
            self._before = None
            _LOG.warning("The last good versions of notes with errors are lost: %s", error)

    def _read(self, last: Found | None, saved: Set[str]) -> _Read:
        """Read the notes that may have changed and those around them; without a last run, all."""
        before, without = self._before, ""
        try:
            taxonomy = before.taxonomy if before and last else read_taxonomy(self._settings.content_dirs)
        except SettingsError as error:
            if before is None:
                raise
            taxonomy, without = before.taxonomy, " ".join(f"{error} Until then the last vocabularies count.".split())
        again: Set[str] | None = None
        reported: Set[str] | None = None
        nearby: Set[str] | None = None
        named: Mapping[str, Set[str]] = {}
        facts: Mapping[str, str] = {}
        if last:
            again = saved | last.wrong | {id_in(issue.path) for issue in errors(last.issues)}
            fresh = self._content(again).notes
            both = {**last.named, **{note.id: note.named | last.named.get(note.id, frozenset()) for note in fresh}}
            alike = {
                note.id
                for note in fresh
                if last.facts.get(note.id) == _facts(note) and last.named[note.id] == note.named
            }
            reported = again | _with_neighbours(again - alike, both)
            nearby = _with_neighbours(reported, both)
            named = {note_id: names for note_id, names in last.named.items() if note_id not in nearby}
            facts = {note_id: fact for note_id, fact in last.facts.items() if note_id not in nearby}
        for looked in range(2):
            everything = self._content(nearby, anew=bool(looked))
            collection = everything.to_index(self._settings.drafts)
            gone: Set[str] = frozenset()
            if self._indexed and self._reader:
                gone = overdue(collection, self._indexed.taxonomy, self._reader, again)
            if not gone:
                break
            if not looked:
                time.sleep(_SETTLING)
        named = {**named, **{note.id: note.named for note in everything.notes}}
        facts = {**facts, **{note.id: _facts(note) for note in everything.notes}}
        return _Read(everything, collection, again, reported, named, facts, gone, taxonomy, without)

    def _content(self, note_ids: Set[str] | None, anew: bool = False) -> Collection:
        files = None if anew else self._inputs.notes
        return read_collection(self._settings.content_dirs, self._cache, note_ids, files)

    def _checked(self, read: _Read, last: Found | None) -> Found:
        """Look for issues in what was read; of the other notes they are those of the last run."""
        collection, reported = read.collection, read.reported
        issues = {*check(collection, read.taxonomy, today(), reported)}
        drafts = frozenset(draft for draft in collection.drafts if reported is None or draft in reported)
        wrong = _notes_of(collection, errors([*issues]))
        wrong |= {note_id for note_id, _ in collection.handling if reported is None or note_id in reported}.difference(
            (note.id for note in collection.notes), drafts
        )
        if drafts:
            found = check(read.everything, read.taxonomy, today(), drafts)
            issues |= {issue for issue in found if id_in(issue.path) in drafts}
            issues |= {*_draft_warnings(read.everything, drafts)}
        drafts = read.everything.drafts
        if last and reported is not None:
            issues |= {
                issue for issue in last.issues if id_in(issue.path) not in reported and issue.code not in _OF_PATHS
            }
            drafts |= last.drafts - reported
        return Found(tuple(sorted(issues)), read.named, read.facts, wrong, drafts, self._settings.drafts, {})

    def _update(
        self,
        before: Manifest,
        read: _Read,
        found: Found,
        names: Mapping[frozenset[str], Names] | None,
        put_off: bool,
    ) -> IndexReport | None:
        """Write the notes that have changed, and take out those that are gone. Returns None if an epoch has ended."""
        kept = found.wrong - read.gone
        notes = tuple(
            note for note in read.collection.notes if read.may_have_changed(note.id) and note.id not in found.wrong
        )
        identifiers = Identifiers(notes, read.taxonomy, names)
        stays = {
            key: pair
            for key, pair in before.versions.items()
            if not read.may_have_changed(note_id := note_and_language(key)[0]) or note_id in kept
        }
        todo = plan({**stays, **hashes(notes, identifiers)}, before.versions)
        changed = {note_and_language(key)[0] for key in (*todo.write, *todo.relabel, *todo.delete)}
        counted = self._inputs.changed(before)
        good = tuple(note for note in notes if note.id in changed)
        manifest, fresh = before, 0
        if changed and self._reader:
            texts = NoteTexts.of(
                good, self._encoder.count_tokens, self._settings.chunk_tokens, self._settings.chunk_overlap
            )
            counted = _counted(counted, self._reader, texts, changed)
            manifest = _amended(before, self._reader, texts, changed, identifiers, sum(counted.values()))
            if manifest.needs_refit and not put_off:
                return None
            with CachedEncoder(cache_path(self._settings.data_dir), self._encoder, self._progress) as cached:
                vectors = centre(texts, cached.of_notes(texts), before.means)
            self._store.update(records(texts, vectors, passage_terms, identifiers), changed, manifest)
            fresh = cached.fresh
        if not self._dry_run:
            if names is None:
                self._inputs.keep_names(manifest, identifiers.names)
            if not read.without:
                self._inputs.keep(manifest, replace(found, changed=counted))
        removed = _left(before, manifest)
        return replace(
            self._report(manifest, found, todo),
            encoded=fresh,
            written=manifest is not before,
            due=put_off and (manifest.needs_refit or bool(removed)),
            indexed=tuple(note.id for note in good),
            removed=removed,
        )

    def _begin_epoch(self, read: _Read, found: Found, rebuild: bool) -> IndexReport:
        """Fit the statistics and write all records."""
        before, journal = self._before, self._indexed.journal if self._indexed else NO_JOURNAL
        notes = tuple(note for note in read.collection.notes if note.id not in found.wrong)
        target = Target.of(self._recipe, notes, read.taxonomy, journal, now())
        if before and self._reader and (stay := found.wrong - read.gone):
            kept = tuple(
                point
                for point in self._reader.points()
                if note_and_language(point.record_id)[0] in stay and _fits(point, read.taxonomy)
            )
            target = target.keeping(kept, before, now())
        todo = plan(target.versions, before.versions if before and not rebuild else {})
        if self._dry_run:
            return self._report(before, found, todo)
        manifest, fresh = write_index(self._settings, self._store, self._encoder, target, self._progress)
        self._inputs.keep_names(manifest, target.identifiers.names)
        if not read.without:
            self._inputs.keep(manifest, found)
        return replace(
            self._report(manifest, found, todo),
            encoded=fresh,
            written=True,
            fitted=True,
            indexed=tuple(note.id for note in notes),
            removed=_left(before, manifest) if before else (),
        )

    def _withdraw(self, gone: Set[str], error: Exception) -> None:
        """Take out what was withdrawn or restricted, whatever it is that keeps the run from writing the index."""
        before, reader = self._indexed, self._reader
        if before is None or reader is None or not gone:
            return
        withdrawn = f" These left it, since they were withdrawn or restricted: {', '.join(sorted(gone))}."
        try:
            nothing = NoteTexts((), (), ())
            counted = _counted(self._inputs.changed(before), reader, nothing, gone)
            identifiers = Identifiers((), before.taxonomy, {})
            manifest = _amended(before, reader, nothing, gone, identifiers, sum(counted.values()))
            self._store.update((), gone, manifest)
            with suppress(StoreUnavailable):  # nobody can find them any more; the next run merges again
                self._store.merge()
        except StoreUnavailable as unwritten:
            withdrawn = (
                f" These must leave the index, and could not be taken out: {', '.join(sorted(gone))}. {unwritten}"
            )
        if isinstance(error, KbError):
            error.remedy += withdrawn

    def _report(self, manifest: Manifest | None, found: Found, todo: Plan) -> IndexReport:
        versions = [*todo.write, *todo.relabel, *todo.keep]
        known = {note_and_language(key)[0] for key in versions}
        return IndexReport(
            plan=todo,
            notes=len(known),
            versions=len(versions),
            chunks=manifest.chunks if manifest else 0,
            kept=tuple(sorted(found.wrong & known)),
            refused=tuple(sorted(found.wrong - known)),
            drafts=() if self._settings.drafts else tuple(sorted(found.drafts)),
            issues=found.issues,
        )


def _with_neighbours(note_ids: Set[str], named: Mapping[str, Set[str]]) -> frozenset[str]:
    """Return the ids of these notes, of those that they name and of those that name them."""
    naming = (note_id for note_id, names in named.items() if not names.isdisjoint(note_ids))
    return frozenset(note_ids).union(naming, *(named.get(note_id, ()) for note_id in note_ids))


def _facts(note: Note) -> str:
    """Return a hash of what rules look at in a note when they check another, besides which notes it names."""
    facts = note.fields.model_dump(mode="json", exclude={"title", "summary", "questions"})
    return digest([facts, sorted(note.objective_texts(note.original))])


def _notes_of(collection: Collection, issues: Iterable[Issue]) -> frozenset[str]:
    paths = {issue.path for issue in issues}
    return frozenset(file.where.id for file in collection.files if file.where.path in paths)


def _draft_warnings(everything: Collection, drafts: Set[str]) -> Iterator[Issue]:
    """Yield a warning for each draft: its author may think that it is found."""
    words = ("KB315", "the note is a draft: it is not indexed.", "Remove `draft` once it is ready, or set KB_DRAFTS.")
    originals = {file.where.id: file for file in everything.files if not file.is_translation}
    unread = {id_in(issue.path): issue.path for issue in everything.issues}
    for draft in sorted(drafts):
        file = originals.get(draft)
        found = file.issue(*words, ("draft",)) if file else Issue(unread[draft], 1, 1, *words)
        yield replace(found, level=Level.WARNING)


def _fits(point: Point, taxonomy: Taxonomy) -> bool:
    """Return whether vocabularies have the words of a record, without which it cannot be shown."""
    payload = point.payload
    schemes = ((taxonomy.crime_types, "crime_types"), (taxonomy.phases, "phases"), (taxonomy.countries, "countries"))
    return all(word in scheme for scheme, field in schemes for word in payload[field])


def _counted(counted: Mapping[str, int], reader: ChunkReader, texts: NoteTexts, changed: Set[str]) -> Mapping[str, int]:
    """Return how many public passages have changed in the epoch, note by note, with notes that change now.

    Only what everybody may see counts: that an epoch ends must tell nothing of other notes.
    """
    before = reader.facet("note_id", {RECORD: (CHUNK,), "access": (CLEAR,), "note_id": sorted(changed)})
    clear = {note.id for note in texts.notes if note.fields.tlp == CLEAR}
    now_has = Counter(chunk.note_id for chunk in texts.chunks if chunk.note_id in clear)
    most = {each: max(counted.get(each, 0), before.get(each, 0), now_has[each]) for each in changed}
    return {**counted, **{note_id: passages for note_id, passages in most.items() if passages}}


def _amended(
    before: Manifest,
    reader: ChunkReader,
    texts: NoteTexts,
    changed: Set[str],
    identifiers: Identifiers,
    passages: int,
) -> Manifest:
    """Return the manifest of the index after a change.

    changed:  ids of the notes that are written anew, whose texts these are, and of those that go
    passages: how many have changed in the epoch
    """
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
        notes=len({note_and_language(key)[0] for key in versions}),
        chunks=there[CHUNK] + len(texts.chunks),
        questions=there[QUESTION] + len(texts.questions),
        journal=before.journal.after(
            {**entries, **{note.id: stated(note, before.taxonomy) for note in texts.notes}}, now()
        ),
        changed=passages,
    )


def _left(before: Manifest, manifest: Manifest) -> tuple[str, ...]:
    """Return the ids of notes that the index has no more."""
    was, is_now = ({note_and_language(key)[0] for key in each.versions} for each in (before, manifest))
    return tuple(sorted(was - is_now))


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def today() -> str:
    """Return the day here: `2026-11-25`."""
    return now().astimezone().date().isoformat()


def cache_path(data_dir: Path) -> Path:
    """Return the file where vectors of encoded texts are kept."""
    return data_dir / "vectors.sqlite"


def write_index(
    settings: Settings, store: ChunkStore, encoder: Encoder, target: Target, progress: Progress = no_progress
) -> tuple[Manifest, int]:
    """Write a whole index. Returns its manifest, and how many texts had to be encoded.

    Raises ModelError, StoreUnavailable.
    """
    # Haystack takes a second to import: a run that fits no statistics need not wait for it.
    from ingest.indexing.pipeline import indexing_pipeline, run_pipeline

    with CachedEncoder(cache_path(settings.data_dir), encoder, progress) as cached:
        pipeline = indexing_pipeline(settings, cached, store, target)
        results = run_pipeline(pipeline, {"chunk": {"notes": target.notes}})
    return results["write"]["result"], cached.fresh
