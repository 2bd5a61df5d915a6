"""Cards: a note in a list, in the version of this reader."""

from typing import Any, Final

from kb.notes.front_matter import PLAIN_CHOICES
from kb.text.languages import Language
from search.catalogue import Catalogue
from search.present.links import links
from search.results import NoteCard

_COPIED: Final = (
    *("title", "summary", "translation", "status", "since", "evidence", "legal_outcome"),
    *("draft", "reviewed", "review_by", "tlp"),
)
_LISTS: Final = ("countries", "crime_types", "phases")


def note_card(note_id: str, notes: Catalogue, reader: Language, clearance: frozenset[str]) -> NoteCard:
    """Return a note as in any list, in the reader's language where it exists in it."""
    note = notes[note_id]
    language = note.version_for(reader)
    version = note.versions[language]
    copied: dict[str, Any] = {field: version[field] for field in _COPIED}
    copied |= {field: tuple(version[field]) for field in _LISTS}
    return NoteCard(
        id=note_id,
        kind=note.kind,
        lang=language,
        available_languages=note.languages,
        **copied,
        choices={field: version[field] for field in PLAIN_CHOICES},
        changed=note.changed,
        links=links(note_id, notes, reader, clearance),
        applies_through=(),
    )
