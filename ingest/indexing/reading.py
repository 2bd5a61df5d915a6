"""What a run reads of the content, and what it finds in it: issues, notes with errors, drafts.

After the first run these are the notes whose files changed, those that they name and those that name them; of the
others the issues are those of the last run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from ingest.indexing.fingerprint import Findings
from ingest.lint import check, errors
from kb.collection import Collection, id_in
from kb.content.reader import Located, ReadCache, read_collection
from kb.issue import Issue, Level
from kb.notes.note import Kind, Note
from kb.notes.note_file import NotePath
from kb.notes.taxonomy import Taxonomy
from kb.said import said
from kb.values import digest

_OF_PATHS: Final = ("KB101", "KB301")
"""Rules of which the issues are found without opening a file, so that every run finds them all."""


class Reading(NamedTuple):
    """What was read.

    everything, collection: all of it, and what of it is to be indexed
    again:    ids of notes that may have changed; reported: of those whose issues are looked for. None: all
    named, facts: of all notes (`Findings`)
    """

    everything: Collection
    collection: Collection
    again: Set[str] | None
    reported: Set[str] | None
    named: Mapping[str, Set[str]]
    facts: Mapping[str, str]

    def may_have_changed(self, note_id: str) -> bool:
        """Return whether a note is to be compared with the index."""
        return self.again is None or note_id in self.again

    def right(self, found: Findings) -> tuple[Note, ...]:
        """Return the notes that may have changed and have no errors."""
        notes = self.collection.notes
        return tuple(note for note in notes if self.may_have_changed(note.id) and note.id not in found.wrong)

    def knowing(self, others: Set[tuple[Kind, str]]) -> "Reading":
        """Return the same, where it is known that there are some other notes."""
        everything, collection = (replace(each, ids=each.ids | others) for each in (self.everything, self.collection))
        return self._replace(everything=everything, collection=collection)


def read_notes(
    roots: Sequence[Path],
    cache: ReadCache,
    files: Sequence[Located] | None,
    drafts: bool,
    last: Findings | None,
    saved: Set[str],
) -> Reading:
    """Read the notes that may have changed and those around them; without a last run, all.

    files: as `read_collection` takes them; drafts: whether they are notes like others
    saved: ids of the notes whose files changed since the last run
    """
    again: Set[str] | None = None
    reported: Set[str] | None = None
    nearby: Set[str] | None = None
    named: Mapping[str, Set[str]] = {}
    facts: Mapping[str, str] = {}
    if last:
        again = saved | last.wrong | {id_in(issue.path) for issue in errors(last.issues)}
        theirs = files and [file for file in files if isinstance(file.where, NotePath) and file.where.id in again]
        fresh = read_collection(roots, cache, again, theirs).notes
        both = {**last.named, **{note.id: note.named | last.named.get(note.id, frozenset()) for note in fresh}}
        alike = {
            note.id for note in fresh if last.facts.get(note.id) == _facts(note) and last.named[note.id] == note.named
        }
        reported = again | _with_neighbours(again - alike, both)
        nearby = _with_neighbours(reported, both)
        named = {note_id: names for note_id, names in last.named.items() if note_id not in nearby}
        facts = {note_id: fact for note_id, fact in last.facts.items() if note_id not in nearby}
    everything = read_collection(roots, cache, nearby, files)
    named = {**named, **{note.id: note.named for note in everything.notes}}
    facts = {**facts, **{note.id: _facts(note) for note in everything.notes}}
    return Reading(everything, everything.to_index(drafts), again, reported, named, facts)


def check_notes(
    reading: Reading, taxonomy: Taxonomy, today: str, drafts_count: bool, last: Findings | None, unread: Set[str]
) -> Findings:
    """Look for issues in what was read.

    drafts_count: whether drafts are notes like others
    unread:       ids of notes of the index that may lie where nothing could be read, as wrong as those with errors
    """
    collection, reported = reading.collection, reading.reported
    issues = {*check(collection, taxonomy, today, reported)}
    drafts = frozenset(draft for draft in collection.drafts if reported is None or draft in reported)
    keeping = errors([*issues])
    if not reading.everything.may_hide_contacts():  # a contact that is gone must not stay where notes name it
        keeping = tuple(issue for issue in keeping if issue.code != "KB316")
    wrong = _notes_of(collection, keeping) | unread
    wrong |= {note_id for note_id, _ in collection.handling if reported is None or note_id in reported}.difference(
        (note.id for note in collection.notes), drafts
    )
    if drafts:
        found = check(reading.everything, taxonomy, today, drafts)
        issues |= {issue for issue in found if id_in(issue.path) in drafts}
    issues |= {*_draft_warnings(collection, reading.everything, drafts, reported)}
    drafts = reading.everything.drafts
    if last and reported is not None:
        issues |= {issue for issue in last.issues if id_in(issue.path) not in reported and issue.code not in _OF_PATHS}
        drafts |= last.drafts - reported
    return Findings(tuple(sorted(issues)), reading.named, reading.facts, wrong, drafts, drafts_count, {})


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


def _draft_warnings(
    collection: Collection, everything: Collection, drafts: Set[str], reported: Set[str] | None
) -> Iterator[Issue]:
    """Yield a warning for each draft: its author may think that it is found."""
    remedy = said("Remove `draft` once it is ready, or set KB_DRAFTS.")
    words = ("KB315", said("the note is a draft: it is not indexed."), remedy)
    originals = {file.where.id: file for file in everything.files if not file.is_translation}
    unread = {id_in(issue.path): issue.path for issue in everything.issues}
    for draft in sorted(drafts):
        file = originals.get(draft)
        found = file.issue(*words, ("draft",)) if file else Issue(unread[draft], 1, 1, *words)
        yield replace(found, level=Level.WARNING)
    words = ("KB315", said("the translation is a draft: it is not indexed."), remedy)
    versions = {issue.path: Issue(issue.path, 1, 1, *words) for issue in everything.issues}
    versions |= {file.where.path: file.issue(*words, ("draft",)) for file in everything.files}
    for path, found in versions.items():
        if collection.is_draft_version(path) and (reported is None or id_in(path) in reported):
            yield replace(found, level=Level.WARNING)
