"""What a note is linked with: counterparts, strategies it implements, notes that implement it, and what else to read.

Authors write a link in one of two files; it is read in both directions. Nothing is told of a note outside the caller's
clearance, not even that it is there.
"""

from collections.abc import Iterable

from kb.text.languages import Language
from search.catalogue import Catalogue, Entry
from search.results import LinkedNote, Links


def links(note_id: str, notes: Catalogue, reader: Language, clearance: frozenset[str], see_also: bool = False) -> Links:
    """The links of a note that the caller may see, with titles as this reader sees them, by id.

    see_also: whether to tell those, too, that are no more than that
    """
    serves = _objectives(notes[note_id].shared["implements"])
    practices = notes.visible(notes.implementing(note_id), clearance)
    others = notes.otherwise_linked(note_id) if see_also else ()
    return Links(
        counterparts=tuple(
            _linked(other, entry, reader)
            for other, entry in notes.visible(notes.counterparts(note_id), clearance).items()
        ),
        implements=tuple(
            _linked(other, entry, reader, serves[other]) for other, entry in notes.visible(serves, clearance).items()
        ),
        implemented_by=tuple(
            _linked(other, entry, reader, _objectives(entry.shared["implements"])[note_id])
            for other, entry in practices.items()
        ),
        see_also=tuple(_linked(other, entry, reader) for other, entry in notes.visible(others, clearance).items()),
    )


def _linked(note_id: str, entry: Entry, reader: Language, objectives: tuple[str, ...] = ()) -> LinkedNote:
    shown = entry.shown(reader)
    return LinkedNote(
        id=note_id,
        title=entry.versions[shown]["title"],
        lang=shown,
        countries=tuple(entry.shared["countries"]),
        status=entry.shared["status"],
        legal_outcome=entry.shared["legal_outcome"],
        draft=entry.shared["draft"],
        objectives=objectives,
    )


def _objectives(implements: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Strategy id -> the objectives named of it, from `nl-nlcs#p3` and the like."""
    found: dict[str, tuple[str, ...]] = {}
    for one in implements:
        strategy, _, objective = one.partition("#")
        found[strategy] = (*found.get(strategy, ()), *((objective,) if objective else ()))
    return found
