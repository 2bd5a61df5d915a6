"""The links of a note: counterparts, strategies it implements, notes that implement it, and what else to read.

Authors write a link in one of two files; it is read in both directions. A note that the caller may not see is in none.
"""

from collections.abc import Callable, Iterable

from kb.text.languages import Language
from search.catalogue import Catalogue, Entry
from search.results import LinkedNote, Links


def links(note_id: str, notes: Catalogue, reader: Language, clearance: frozenset[str], see_also: bool = False) -> Links:
    """Return the links of a note that the caller may see, with titles as this reader sees them, by id.

    see_also: whether notes are among them that are no more than linked
    """
    note = notes[note_id]

    def linked(
        note_ids: Iterable[str], objectives: Callable[[str, Entry], tuple[str, ...]] = lambda *_: ()
    ) -> tuple[LinkedNote, ...]:
        return tuple(
            LinkedNote(
                id=other,
                title=entry.versions[language]["title"],
                lang=language,
                countries=tuple(entry.shared["countries"]),
                status=entry.shared["status"],
                legal_outcome=entry.shared["legal_outcome"],
                draft=entry.shared["draft"],
                objectives=objectives(other, entry),
            )
            for other, entry in notes.visible(note_ids, clearance).items()
            for language in [entry.version_for(reader)]
        )

    return Links(
        counterparts=linked(notes.counterparts[note_id]),
        implements=linked(notes.implemented[note_id], lambda other, _: _objectives(note, other)),
        implemented_by=linked(notes.implementing[note_id], lambda _, entry: _objectives(entry, note_id)),
        see_also=linked(notes.otherwise_linked(note_id)) if see_also else (),
    )


def _objectives(practice: Entry, strategy: str) -> tuple[str, ...]:
    """Return the objectives of a strategy that a practice names, from `nl-nlcs#p3` and the like."""
    named = (name.partition("#") for name in practice.shared["implements"])
    return tuple(objective for name, _, objective in named if name == strategy and objective)
