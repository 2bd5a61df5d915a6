"""What lists show of a note, in the version of this reader: its card, and the notes that it is linked with.

Authors write a link in one of two files; it is read in both directions. A note that the caller may not see is in none.
"""

from collections.abc import Collection, Iterable
from typing import Any, Final

from kb.notes.contacts import of_a_hit
from kb.notes.front_matter import PLAIN_CHOICES
from kb.text.languages import Language
from search.catalogue import Catalogue, Entry
from search.results import LinkedNote, Links, NoteCard

_COPIED: Final = (
    *("title", "summary", "translation", "status", "since", "evidence", "legal_outcome"),
    *("draft", "reviewed", "review_by", "tlp"),
)
_LISTS: Final = ("countries", "crime_types", "phases", "powers")


def note_card(
    note_id: str, notes: Catalogue, reader: Language, clearance: frozenset[str], countries: Collection[str] = ()
) -> NoteCard:
    """Return a note as in any list, in the reader's language where it exists in it.

    countries: whose contacts come first
    """
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
        contacts=of_a_hit(version["short_contacts"], countries),
        changed=note.changed,
        links=links(note_id, notes, reader, clearance),
        applies_through=(),
    )


def links(note_id: str, notes: Catalogue, reader: Language, clearance: frozenset[str], see_also: bool = False) -> Links:
    """Return the links of a note that the caller may see, with titles as this reader sees them, by id.

    see_also: whether notes are among them that are no more than linked
    """

    def linked(note_ids: Iterable[str]) -> tuple[LinkedNote, ...]:
        return tuple(
            LinkedNote(
                id=other,
                title=entry.versions[language]["title"],
                lang=language,
                countries=tuple(entry.shared["countries"]),
                status=entry.shared["status"],
                legal_outcome=entry.shared["legal_outcome"],
                draft=entry.shared["draft"],
                objectives=(*_objectives(notes[note_id], other), *_objectives(entry, note_id)),
            )
            for other, entry in notes.visible(note_ids, clearance).items()
            for language in [entry.version_for(reader)]
        )

    return Links(
        counterparts=linked(notes.counterparts[note_id]),
        implements=linked(notes.implemented[note_id]),
        implemented_by=linked(notes.implementing[note_id]),
        see_also=linked(notes.otherwise_linked(note_id)) if see_also else (),
    )


def _objectives(practice: Entry, strategy: str) -> tuple[str, ...]:
    """Return the objectives of a strategy that a practice names, from `nl-nlcs#p3` and the like."""
    named = (name.partition("#") for name in practice.shared["implements"])
    return tuple(objective for name, _, objective in named if name == strategy and objective)
