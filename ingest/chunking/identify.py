"""Which identifiers a note is about, and which it only cites: what an exact question is answered from.

A note is about the official numbers of its document, those in its titles, the names it goes by and the words that few
other titles have: who asks for such a word alone (`noodteam`) asks for the notes with it in their titles. It cites what
its legal basis, its summary and its text mention. Keys are those of `kb.text.identifiers`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import partial
from typing import Any, NamedTuple

from ingest.chunking.names import FUNCTION_WORDS, Baseline, Names, Subjects, names
from kb.access import ANONYMOUS, Handling, whoever_sees
from kb.notes.front_matter import PowerFields, PracticeFields, StrategyFields
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
    """The identifiers of notes, and the vocabularies and names that they were found with.

    The names that a note is searched for are those of notes that whoever sees it may see. Else a clear note that has
    the word would be found by the name of a restricted one, and so tell that there is such a name.

    names: of an epoch, for each set of keys that opens notes; they stay as its notes had them
    """

    def __init__(
        self, notes: Sequence[Note], taxonomy: Taxonomy, names_of_epoch: Mapping[frozenset[str], Names] | None = None
    ) -> None:
        """names_of_epoch: finds the identifiers of notes with these names; else with those of the notes themselves"""
        self.taxonomy = taxonomy
        access = {note.id: Handling.of(note.fields).keys(taxonomy) for note in notes}
        subjects = next((known.subjects for known in (names_of_epoch or {}).values()), None) or Subjects.of(taxonomy)
        if names_of_epoch is None:
            names_of_epoch = {
                keys: names([note for note in notes if whoever_sees(keys, access[note.id])], subjects)
                for keys in {*access.values()}
            }
        self.names = names_of_epoch
        # Whoever sees a restricted note sees the clear ones, too.
        clear = self.names.get(ANONYMOUS, Names(frozenset(), frozenset(), Baseline(), subjects))
        terms = {name_key(term) for language in Language for term in taxonomy.terms(language)}
        self._known = {note.id: self.names.get(access[note.id], clear) for note in notes}
        self._own = {note.id: self._known[note.id].own(note) for note in notes}
        self._keys = {note.id: self._found(note, terms) for note in notes}

    def of(self, note: Note) -> NoteKeys:
        """Return the keys of a note."""
        return self._keys[note.id]

    def mentioned(self, note: Note, text: str) -> frozenset[str]:
        """Return the keys that stand in a passage of a note."""
        return keys(text) | self._known[note.id].within(text, self._own[note.id])

    def _found(self, note: Note, terms: Set[str]) -> NoteKeys:
        """Return the keys of a note. terms: those of the vocabularies, which no title gives to a note"""
        known, own, fields, versions = self._known[note.id], self._own[note.id], note.fields, note.versions.values()
        within = partial(known.within, own=own)
        titled = {
            title_key(word)
            for version in versions
            for word in words(version.title)
            if len(word) >= _SHORTEST_TITLE_WORD and not word.isdigit() and word not in FUNCTION_WORDS
            if word not in known.baseline.words and (key := name_key(word)) not in terms and key not in own
        }
        about = {*titled, *own, *(key for version in versions for key in keys(version.title))}
        texts = [text for version in versions for text in (version.title, version.prose)]
        if isinstance(fields, StrategyFields):
            titles = fields.official_titles.model_dump(exclude_none=True).values() if fields.official_titles else ()
            about |= _official(fields, titles)
            texts += titles  # which also name the acts that a document amends
        # A paper of a dossier is not about the dossier; an act's article is about the act.
        about -= {whole(key) for key in about if key.startswith("kst:") and "#" in key}
        cites = {key for text in texts for key in (*keys(text), *within(text))}
        if isinstance(fields, PracticeFields | PowerFields):
            cites |= _rests_on(fields, within)
        cites |= {whole(key) for key in about}
        return NoteKeys(_acts(about), _acts(cites - about))


def names_to_json(names: Mapping[frozenset[str], Names]) -> list[Any]:
    """Return the names of an epoch as plain data."""
    return [
        [sorted(each) for each in (access, found.known, found.spoken, *vars(found.baseline).values())]
        for access, found in names.items()
    ]


def names_from_json(data: Any, taxonomy: Taxonomy) -> dict[frozenset[str], Names]:
    """Read what `names_to_json` has written. Raises TypeError or ValueError on anything else."""
    subjects = Subjects.of(taxonomy)
    read = (map(frozenset, each) for each in data)
    return {access: Names(known, spoken, Baseline(*baseline), subjects) for access, known, spoken, *baseline in read}


def _acts(found: Iterable[str]) -> frozenset[str]:
    """Without articles of unknown acts: those say something of a passage only."""
    return frozenset(key for key in found if not key.startswith(f"{ARTICLE}:"))


def _official(fields: StrategyFields, titles: Iterable[str]) -> set[str]:
    """Return the numbers of a document: in its front matter, first in its official titles; and the date of a law."""
    numbers = fields.identifiers.model_dump(exclude_none=True) if fields.identifiers else {}
    found = {key for kind, number in numbers.items() for key in keys(_SPELT.get(kind, "{}").format(number))}
    found |= {first.key for title in titles for first in mentions(title)[:1]}
    return found | keys(f"law of {fields.adopted}") if fields.doc_kind in _DATED else found


def _rests_on(fields: PracticeFields | PowerFields, within: Callable[[str], frozenset[str]]) -> set[str]:
    """Return ATT&CK techniques, and acts and articles of a legal basis: an article is one of the act in its entry."""
    found = {key for technique in getattr(fields, "attack", ()) for key in keys(technique)}
    for law in fields.legal_basis:
        text = " ".join(part for part in (law.name, law.celex, law.eli, law.note) if part)
        named = keys(law.name or "") | within(law.name or "")
        articles = {key for key in named if key.startswith(f"{ARTICLE}:")}
        found |= keys(text) | within(text)
        found |= {part_of(act, article) for act in named if is_act(act) for article in articles}
    return found
