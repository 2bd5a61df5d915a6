"""Which identifiers a note is about, and which it only cites: what an exact question is answered from.

A note is about the official numbers of its document, those in its titles, the names it goes by and the words that few
other titles have: who asks for such a word alone (`noodteam`) asks for the notes with it in their titles. It cites what
its legal basis, its summary and its text mention. Keys are those of `kb.text.identifiers`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import copy
from typing import NamedTuple

from ingest.chunking.names import FUNCTION_WORDS, NO_NAMES, RARE, Names, names
from kb.access import Handling, whoever_sees
from kb.notes.front_matter import PracticeFields, StrategyFields
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.text.identifiers import ARTICLE, is_act, keys, mentions, name_key, part_of, title_key, whole, words
from kb.text.languages import Language
from kb.values import Immutable

_DATED = ("law", "treaty")
"""Kinds of documents that people call by their date: `the law of 26 April 2024`."""
_SPELT = {"cets": "CETS {}", "kamerstuk": "Kamerstuk {}"}
"""Official numbers that stand without their kind in the front matter."""
_SHORTEST_TITLE_WORD = 5
"""Letters and digits."""


class NoteKeys(NamedTuple):
    """The keys of one note; none is in both."""

    about: frozenset[str]
    cites: frozenset[str]


class Identifiers(Immutable):
    """The identifiers of a collection of notes, and the vocabularies that they were found with.

    The names that a note is searched for are those of notes that whoever sees it may see. Else a clear note that has
    the word would be found by the name of a restricted one, and so tell that there is such a name.
    """

    def __init__(self, notes: tuple[Note, ...], taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self._access = {note.id: Handling.of(note.fields).keys(taxonomy) for note in notes}
        self._names: dict[frozenset[str], Names] = {}
        self._notes: dict[str, NoteKeys] = {}
        for access in {*self._access.values()}:
            visible = tuple(note for note in notes if whoever_sees(access, self._access[note.id]))
            known = self._names[access] = names(visible, taxonomy)
            titled = _title_words(visible, taxonomy, known)
            for note in visible:
                if self._access[note.id] == access:
                    self._notes[note.id] = _note_keys(note, known, titled[note.id])

    def of(self, note: Note) -> NoteKeys:
        """Return the keys of a note."""
        return self._notes[note.id]

    def amended(self, notes: Iterable[Note]) -> "Identifiers":
        """Return these identifiers with some notes as they are now. Finds no new names: that takes all notes."""
        found = copy(self)
        found._access = self._access | {note.id: Handling.of(note.fields).keys(self.taxonomy) for note in notes}
        found._notes = self._notes | {note.id: _note_keys(note, found._known_to(note), frozenset()) for note in notes}
        return found

    def mentioned(self, note: Note, text: str) -> frozenset[str]:
        """Return the keys that stand in a passage of a note."""
        return keys(text) | self._known_to(note).within(text)

    def _known_to(self, note: Note) -> Names:
        return self._names.get(self._access[note.id], NO_NAMES)


def _title_words(notes: Iterable[Note], taxonomy: Taxonomy, known: Names) -> Mapping[str, frozenset[str]]:
    """Note id -> keys of the words that at most `RARE` notes have in their titles, but its names and subjects."""
    subjects = {name_key(term) for language in Language for term in taxonomy.terms(language)}
    found = {
        note.id: {
            word
            for version in note.versions.values()
            for word in words(version.title)
            if len(word) >= _SHORTEST_TITLE_WORD and not word.isdigit() and word not in FUNCTION_WORDS
        }
        for note in notes
    }
    titles = Counter(word for in_titles in found.values() for word in in_titles)
    rare = {word for word, count in titles.items() if count <= RARE and name_key(word) not in subjects}
    return {
        note_id: frozenset(title_key(word) for word in in_titles & rare if name_key(word) not in known.own[note_id])
        for note_id, in_titles in found.items()
    }


def _note_keys(note: Note, known: Names, titled: frozenset[str]) -> NoteKeys:
    fields, versions = note.fields, note.versions.values()
    about = {*titled, *known.own.get(note.id, ()), *(key for version in versions for key in keys(version.title))}
    texts = [text for version in versions for text in (version.title, version.prose)]
    if isinstance(fields, StrategyFields):
        titles = fields.official_titles.model_dump(exclude_none=True).values() if fields.official_titles else ()
        about |= _official(fields, titles)
        texts += titles  # which also name the acts that a document amends
    # A paper of a dossier is not about the dossier; an act's article is about the act.
    about -= {whole(key) for key in about if key.startswith("kst:") and "#" in key}
    cites = {key for text in texts for key in (*keys(text), *known.within(text))}
    if isinstance(fields, PracticeFields):
        cites |= _rests_on(fields, known)
    cites |= {whole(key) for key in about}
    return NoteKeys(_acts(about), _acts(cites - about))


def _acts(found: Iterable[str]) -> frozenset[str]:
    """Without articles of unknown acts: those say something of a passage only."""
    return frozenset(key for key in found if not key.startswith(f"{ARTICLE}:"))


def _official(fields: StrategyFields, titles: Iterable[str]) -> set[str]:
    """Return the numbers of a document: in its front matter, first in its official titles; and the date of a law."""
    numbers = fields.identifiers.model_dump(exclude_none=True) if fields.identifiers else {}
    found = {key for kind, number in numbers.items() for key in keys(_SPELT.get(kind, "{}").format(number))}
    found |= {first.key for title in titles for first in mentions(title)[:1]}
    return found | keys(f"law of {fields.adopted}") if fields.doc_kind in _DATED else found


def _rests_on(fields: PracticeFields, known: Names) -> set[str]:
    """Return ATT&CK techniques, and acts and articles of a legal basis: an article is one of the act in its entry."""
    found = {key for technique in fields.attack for key in keys(technique)}
    for law in fields.legal_basis:
        text = " ".join(part for part in (law.name, law.celex, law.eli, law.note) if part)
        named = keys(law.name or "") | known.within(law.name or "")
        articles = {key for key in named if key.startswith(f"{ARTICLE}:")}
        found |= keys(text) | known.within(text)
        found |= {part_of(act, article) for act in named if is_act(act) for article in articles}
    return found
