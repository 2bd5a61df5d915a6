"""Use case: bring the index up to date with the content (a full index).

Reads, lints, plans, runs the pipeline, reports. A collection with errors leaves the index as it was, but for notes
that were withdrawn or restricted since (`ingest.indexing.withdraw`).
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ingest.indexing.encode import CachedEncoder
from ingest.indexing.fingerprint import Fingerprint
from ingest.indexing.plan import Plan, Target, plan
from ingest.indexing.withdraw import withdraw
from ingest.lint import check, errors
from kb.collection import Collection, id_in
from kb.content.reader import read_collection, read_taxonomy
from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import Progress, no_progress
from kb.errors import KbError, NoteError, StoreUnavailable
from kb.issue import Issue, Level
from kb.settings import Settings
from kb.store.journal import NO_JOURNAL, Journal
from kb.store.manifest import Manifest, recipe
from kb.store.protocol import ChunkStore

_LOG = logging.getLogger("kb")


@dataclass(frozen=True)
class IndexReport:
    """What an indexing run did, or would do.

    encoded:  texts the encoder had to read (0 when all vectors were known)
    seconds:  time of the run, without starting the program
    warnings: issues that did not stop it
    """

    plan: Plan
    notes: int
    versions: int
    chunks: int
    encoded: int
    written: bool
    seconds: float
    warnings: tuple[Issue, ...]


def index_content(
    settings: Settings,
    store: ChunkStore,
    encoder: Encoder,
    *,
    rebuild: bool = False,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> IndexReport:
    """Index the configured content.

    encoder: does its loading when first used, so that a run without changes does not wait for it
    rebuild: write every record again whatever the index holds (texts already encoded are not encoded again)

    Raises NoteError with all issues if the collection has errors; StoreUnavailable, IndexBusy, ModelError.
    """
    started, when = time.perf_counter(), now()
    made_by = recipe(encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    with nullcontext() if dry_run else store.writing():
        inputs = Fingerprint(settings.data_dir, settings.content_dirs, made_by + " drafts" * settings.drafts, today())
        if not rebuild and (unchanged := _unchanged(store, inputs, dry_run)):
            return replace(unchanged, seconds=time.perf_counter() - started)
        everything = read_collection(settings.content_dirs)
        collection = everything.to_index(settings.drafts)
        with _withdrawing(store, collection, dry_run, when):
            taxonomy = read_taxonomy(settings.content_dirs)
            issues = (*check(collection, taxonomy, today()), *_draft_warnings(everything, collection.drafts))
            if wrong := errors(issues):
                raise NoteError(
                    f"{len(wrong)} error{'s' * (len(wrong) != 1)} in the notes: nothing was indexed.",
                    issues,
                    remedy="Mend them and run `kb index` again; until then the index keeps what it had.",
                )
            target = Target.of(made_by, collection.notes, taxonomy, _journal(store), when)
            indexed = None if rebuild else _indexed(store, dry_run)
            current = indexed if indexed and indexed.recipe == made_by else None
            todo = plan(target.versions, current.versions if current else {})
            needed = current is None or todo.changes or current.changed > 0 or current.taxonomy != taxonomy
            encoded = 0
            if needed and not dry_run:
                indexed, encoded = write_index(settings, store, encoder, target, progress)
        if indexed and not dry_run:
            inputs.keep(indexed, issues)
    return IndexReport(
        plan=todo,
        notes=len(collection.notes),
        versions=len(target.versions),
        chunks=indexed.chunks if indexed else 0,
        encoded=encoded,
        written=needed and not dry_run,
        seconds=time.perf_counter() - started,
        warnings=issues,
    )


def _unchanged(store: ChunkStore, inputs: Fingerprint, dry_run: bool) -> IndexReport | None:
    """Return what the run would report, without its time, if it is known that it would do nothing."""
    with suppress(StoreUnavailable):
        manifest = _indexed(store, dry_run)
        if manifest and (warnings := inputs.warnings(manifest)) is not None:
            todo = plan(manifest.versions, manifest.versions)
            return IndexReport(todo, manifest.notes, len(manifest.versions), manifest.chunks, 0, False, 0.0, warnings)
    return None


def _draft_warnings(everything: Collection, drafts: frozenset[str]) -> Iterator[Issue]:
    """Yield a warning for each draft: its author may think that it is found."""
    words = ("KB315", "the note is a draft: it is not indexed.", "Remove `draft` once it is ready, or set KB_DRAFTS.")
    originals = {file.where.id: file for file in everything.files if not file.is_translation}
    unread = {id_in(issue.path): issue.path for issue in everything.issues}
    for draft in sorted(drafts):
        file = originals.get(draft)
        found = file.issue(*words, ("draft",)) if file else Issue(unread[draft], 1, 1, *words)
        yield replace(found, level=Level.WARNING)


@contextmanager
def _withdrawing(store: ChunkStore, collection: Collection, dry_run: bool, now: datetime) -> Iterator[None]:
    """Take out what was withdrawn or restricted, whatever it is that keeps the run from writing the index."""
    try:
        yield
    except Exception as error:
        withdrawn = ""
        try:
            if not dry_run and store.info() and (gone := withdraw(store, store.reader(), collection, now)):
                withdrawn = f" These left it, since they were withdrawn or restricted: {', '.join(gone)}."
        except StoreUnavailable as unreadable:
            withdrawn = f" It could not be seen whether notes must leave the index: {unreadable}"
        if isinstance(error, KbError):
            error.remedy += withdrawn
        raise


def _indexed(store: ChunkStore, dry_run: bool) -> Manifest | None:
    """Return the manifest of the index, if there is one. A dry run does not open it, since that touches its files."""
    manifest = store.info()
    return store.reader().manifest if manifest and not dry_run else manifest


def _journal(store: ChunkStore) -> Journal:
    """Return the journal until now, also of an index that is written anew, as far as it can be read."""
    try:
        manifest = store.info()
    except StoreUnavailable as error:
        _LOG.warning("What was removed until now is forgotten, and mirrors must compare: %s", error)
        return NO_JOURNAL
    return manifest.journal if manifest else NO_JOURNAL


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
    """Write a full index. Returns its manifest, and how many texts had to be encoded.

    Raises ModelError, StoreUnavailable.
    """
    # Haystack takes a second to import: a run without changes need not wait for it.
    from ingest.indexing.pipeline import indexing_pipeline, run_pipeline

    with CachedEncoder(cache_path(settings.data_dir), encoder, progress) as cached:
        pipeline = indexing_pipeline(settings, cached, store, target)
        results = run_pipeline(pipeline, {"chunk": {"notes": target.notes}})
    return results["write"]["result"], cached.fresh
