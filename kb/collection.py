"""The content as it was read: notes, files, issues, and who may see what. Values only.

Made by `kb.content.reader`; checked by `ingest.lint`, indexed by `ingest.indexing`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from kb.access import Handling
from kb.issue import Issue
from kb.notes.contacts import ContactEntry
from kb.notes.note import Kind, Note
from kb.notes.note_file import NoteFile
from kb.notes.source_facts import Extract
from kb.text.languages import Language


@dataclass(frozen=True)
class Collection:
    """Everything read: notes without errors, the files they came from, and the issues of the others.

    ids:      every note there is a file for, broken ones included, so that links to them are no issues of their own
    handling: note id and language of every file that can be opened -> what it states of who may see the note, also
              where nothing else of the file can be read
    pictures: note id -> the names of the pictures in its folder that its text shows and pages can show
    drafts:   ids of notes whose original is marked `draft: true`, whatever else is wrong with them
    draft_versions: id and language of translations that are marked so, whatever else is wrong with them
    unreadable: the folders that cannot be read, each by the names on the way to it from its content root
    extracts: path and entries of `sources/<note-id>.yaml` by note id; None where no content root has a folder `sources`
    contacts: id -> the contact, and where it stands
    """

    notes: tuple[Note, ...]
    files: tuple[NoteFile, ...]
    issues: tuple[Issue, ...]
    ids: frozenset[tuple[Kind, str]]
    handling: Mapping[tuple[str, Language], Sequence[Handling]]
    extracts: Mapping[str, tuple[str, tuple[Extract, ...]]] | None
    contacts: Mapping[str, ContactEntry] = field(default_factory=dict)
    pictures: Mapping[str, frozenset[str]] = field(default_factory=dict)
    drafts: frozenset[str] = frozenset()
    draft_versions: frozenset[tuple[str, Language]] = frozenset()
    unreadable: frozenset[tuple[str, ...]] = frozenset()

    def may_hide(self, kind: Kind, note_id: str) -> bool:
        """Return whether a note may lie in a folder that cannot be read."""
        place = (kind.folder, note_id)
        return any(place[: len(parts)] == parts for parts in self.unreadable)

    def may_hide_contacts(self) -> bool:
        """Return whether there may be contacts in what cannot be read: an entry, a file, or a folder."""
        return not self.unreadable.isdisjoint({(), ("contacts",)}) or any(each.code == "KB119" for each in self.issues)

    def to_index(self, drafts: bool) -> "Collection":
        """Return what is to be indexed: with drafts as notes like others, or as if nothing but their ids were known."""
        if drafts:
            return replace(self, drafts=frozenset(), draft_versions=frozenset())
        return replace(
            self,
            notes=tuple(self._without_drafts(note) for note in self.notes if note.id not in self.drafts),
            files=tuple(file for file in self.files if not self.is_draft(file.where.path)),
            issues=tuple(issue for issue in self.issues if not self.is_draft(issue.path)),
        )

    def is_draft(self, path: str) -> bool:
        """Return whether a file is one of a draft."""
        return id_in(path) in self.drafts or self.is_draft_version(path)

    def is_draft_version(self, path: str) -> bool:
        """Return whether a file is a translation that is marked as a draft."""
        file = PurePath(path)
        return (file.parent.name, file.stem) in self.draft_versions

    def _without_drafts(self, note: Note) -> Note:
        kept = {each: note.versions[each] for each in note.versions if (note.id, each) not in self.draft_versions}
        return note if len(kept) == len(note.versions) else replace(note, versions=kept)


def id_in(path: str) -> str:
    """Return the id of the note that a file belongs to: one of its languages, or its source extracts."""
    file = PurePath(path)
    return file.stem if file.parent.name == "sources" else file.parent.name
