"""Which identifiers a note is about, and which it only cites: what an exact question is answered from.

A note is about the official numbers of its document, those in its titles, the names it goes by and the words that few
other titles have. It cites what its legal basis, its summary and its text mention. Keys are those of
`kb.text.identifiers`.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass

from ingest.chunking.names import NO_NAMES, Names, names
from ingest.chunking.title_words import title_words
from kb.access import Handling, whoever_sees
from kb.frozen import Frozen
from kb.notes.front_matter import LegalBasis, PracticeFields, StrategyFields
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.text.identifiers import ARTICLE, is_act, keys, mentions, part_of, whole

_DATED = ("law", "treaty")
"""Kinds of documents that people call by their date: `the law of 26 April 2024`."""
_SPELT = {"cets": "CETS {}", "kamerstuk": "Kamerstuk {}"}
"""Official numbers that stand without their kind in the front matter."""


@dataclass(frozen=True)
class NoteKeys(Frozen):
    """The keys of one note; none is in both."""

    about: frozenset[str]
    cites: frozenset[str]


class Identifiers(Frozen):
    """The identifiers of a collection of notes.

    The names that a note is searched for are those of notes that whoever sees it may see. Else a clear note that has
    the word would be found by the name of a restricted one, and so tell that there is such a name.
    """

    def __init__(self, notes: tuple[Note, ...], taxonomy: Taxonomy) -> None:
        self._access = {note.id: Handling.of(note.fields).keys(taxonomy) for note in notes}
        visible = {
            access: tuple(note for note in notes if whoever_sees(access, self._access[note.id]))
            for access in {*self._access.values()}
        }
        self._names = {access: names(seen, taxonomy) for access, seen in visible.items()}
        titled = {access: title_words(seen, taxonomy, self._names[access]) for access, seen in visible.items()}
        self._notes = {
            note.id: _note_keys(note, self._known_to(note), titled[self._access[note.id]][note.id]) for note in notes
        }

    def of(self, note: Note) -> NoteKeys:
        """The keys of a note."""
        return self._notes[note.id]

    def amended(self, notes: Iterable[Note], taxonomy: Taxonomy) -> "Identifiers":
        """With some notes as they are now. New names are not looked for: that takes all notes."""
        found = copy(self)
        found._access = {**self._access, **{note.id: Handling.of(note.fields).keys(taxonomy) for note in notes}}
        keys_now = {note.id: _note_keys(note, found._known_to(note), frozenset()) for note in notes}
        found._notes = {**self._notes, **keys_now}
        return found

    def mentioned(self, note: Note, text: str) -> frozenset[str]:
        """The keys that stand in a passage of a note."""
        return keys(text) | self._known_to(note).within(text)

    def _known_to(self, note: Note) -> Names:
        return self._names.get(self._access[note.id], NO_NAMES)


def _note_keys(note: Note, known: Names, titled: frozenset[str]) -> NoteKeys:
    versions = note.versions.values()
    titles = {key for version in versions for key in keys(version.title)}
    about = {*titles, *_official(note), *known.own.get(note.id, ()), *titled}
    # A paper of a dossier is not about the dossier; an act's article is about the act.
    about -= {whole(key) for key in about if key.startswith("kst:") and "#" in key}
    texts = [text for version in versions for text in (version.title, version.prose)]
    cites = {key for text in (*texts, *_other_titles(note)) for key in (*keys(text), *known.within(text))}
    cites |= _rests_on(note, known)
    cites |= {whole(key) for key in about}
    return NoteKeys(_acts(about), _acts(cites - about))


def _acts(found: Iterable[str]) -> frozenset[str]:
    """Without articles of unknown acts: those say something of a passage only."""
    return frozenset(key for key in found if not key.startswith(f"{ARTICLE}:"))


def _official(note: Note) -> set[str]:
    """The numbers of the document itself: in its front matter, first in its official titles; and the date of a law."""
    fields = note.fields
    if not isinstance(fields, StrategyFields):
        return set()
    numbers = fields.identifiers.model_dump(exclude_none=True) if fields.identifiers else {}
    found = {key for kind, number in numbers.items() for key in keys(_SPELT.get(kind, "{}").format(number))}
    found |= {first.key for title in _official_titles(fields) for first in mentions(title)[:1]}
    if fields.doc_kind in _DATED:
        found |= keys(f"law of {fields.adopted}")
    return found


def _official_titles(fields: StrategyFields) -> list[str]:
    return list(fields.official_titles.model_dump(exclude_none=True).values()) if fields.official_titles else []


def _other_titles(note: Note) -> list[str]:
    """Official titles, which also name the acts that a document amends."""
    return _official_titles(note.fields) if isinstance(note.fields, StrategyFields) else []


def _rests_on(note: Note, known: Names) -> set[str]:
    """The acts and articles of a legal basis; an article in an entry is one of the act in it. And ATT&CK techniques."""
    if not isinstance(note.fields, PracticeFields):
        return set()
    found = {key for technique in note.fields.attack for key in keys(technique)}
    for law in note.fields.legal_basis:
        found |= _entry(law, known)
    return found


def _entry(law: LegalBasis, known: Names) -> set[str]:
    text = " ".join(part for part in (law.name, law.celex, law.eli, law.note) if part)
    name = law.name or ""
    named = keys(name) | known.within(name)
    articles = {key for key in named if key.startswith(f"{ARTICLE}:")}
    acts = {key for key in named if is_act(key)}
    return {*keys(text), *known.within(text), *(part_of(act, article) for act in acts for article in articles)}
