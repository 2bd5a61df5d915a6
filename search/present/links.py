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
    serves = _objectives(notes[note_id].shared["implements"])

    def linked(note_ids: Iterable[str], objectives: Callable[[str, Entry], tuple[str, ...]]) -> tuple[LinkedNote, ...]:
        found = notes.visible(note_ids, clearance)
        return tuple(_linked(other, entry, reader, objectives(other, entry)) for other, entry in found.items())

    return Links(
        counterparts=linked(notes.counterparts(note_id), lambda *_: ()),
        implements=linked(serves, lambda other, _: serves[other]),
        implemented_by=linked(
            notes.implementing(note_id), lambda _, entry: _objectives(entry.shared["implements"])[note_id]
        ),
        see_also=linked(notes.otherwise_linked(note_id) if see_also else (), lambda *_: ()),
    )


def _linked(note_id: str, entry: Entry, reader: Language, objectives: tuple[str, ...]) -> LinkedNote:
    language = entry.version_for(reader)
    return LinkedNote(
        id=note_id,
        title=entry.versions[language]["title"],
        lang=language,
        countries=tuple(entry.shared["countries"]),
        status=entry.shared["status"],
        legal_outcome=entry.shared["legal_outcome"],
        draft=entry.shared["draft"],
        objectives=objectives,
    )


def _objectives(implements: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return strategy id -> the objectives named of it, from `nl-nlcs#p3` and the like."""
    found: dict[str, tuple[str, ...]] = {}
    for named in implements:
        strategy, _, objective = named.partition("#")
        found[strategy] = (*found.get(strategy, ()), *((objective,) if objective else ()))
    return found
