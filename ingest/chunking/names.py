"""Proper names that notes go by, found in the notes themselves: `EncroChat`, `Sky ECC`, `LMIO`, `Cookie Monster`.

Names are not translated: what the titles of all versions of a note share, written with capitals, is a name if it
stands in few titles. An ordinary word betrays itself: somewhere in the collection it is written in lower case, as are
two ordinary words beside each other (`Child Abuse`). A title
as it stands in one language, and an abbreviation in brackets, are names as well; so is a name with a word of its own
without its function words (`convention budapest`). What no note goes by, but the texts of a few speak of with a capital
in every language, is a name that is spoken of (`Oorworm`). Holds no list of names.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, pairwise, product
from typing import Self

from kb.notes.front_matter import PowerFields, PracticeFields
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.text.folding import fold
from kb.text.identifiers import NAME, NAME_WORDS, keys, name_key, name_keys, spoken_key, words
from kb.text.languages import Language

RARE = 3
"""A name stands in the titles of so many notes at most, and so many list the organisation it abbreviates."""
_SHORTEST_KEY = len(f"{NAME}:") + 3
"""Characters of the key of a name: three letters and digits at least."""
_SHORTEST_SPOKEN = 6
"""Letters and digits of a name that is only spoken of."""
_ENDINGS = ("", "s", "d", "e", "es", "en", "ed", "er", "ers", "ing", "ment")
"""With one of these an ordinary word may be found in lower case: `enforcement` says that `ENFORCE` is one."""
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and at against au aux avec bij by chez contre d dans de des door du een en et for from het in l la le "
        "les met naar of on op par pour sur te tegen the to tot uit van voor with "
        "comment hoe how pourquoi quelle quelles waar waarom welke what where which",
    )
)
"""Words before a name that is only spoken of, and need not be the note's own: `Spear warnings of the CCB`."""

_WORD = re.compile(r"[^\W_]+(?:\.[^\W\d_]+)*")
_INSIDE = re.compile(rf"(?:(?<=[\w,;»”] )|(?<=[('’«“\"])){_WORD.pattern}")
"""A word that follows another of its sentence, or a bracket, quotation mark or apostrophe."""
_PART = re.compile(r"[^,;:()«»\"“”–—!?|/&]+")
_ENDS_IN_BRACKETS = re.compile(r"(?P<head>[^(]+?)\s*(?:\((?P<inside>[^()]*)\))?")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_ABBREVIATION = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z]|[A-Z]-[A-Z])[A-Z][\w-]{2,11}\b")
_LAW_IN_BRACKETS = re.compile(r"\(([A-Z]\w{2,7})\)")
_ROMAN = re.compile(r"[ivx]+")
_ADDRESS = re.compile(r"(?<!\S)[^\s@/.]*[@/.](?:[^\s\w]*\w)+")

Run = tuple[str, ...]
"""Words that follow one another, folded."""


@dataclass(frozen=True)
class Subjects:
    """The words for crimes, phases and countries, folded, and the keys of the terms that they make up."""

    words: frozenset[str]
    keys: frozenset[str]

    @classmethod
    def of(cls, taxonomy: Taxonomy) -> Self:
        """Return the subjects of a vocabulary."""
        terms = {*_subject_terms(taxonomy)}
        return cls(frozenset(word for term in terms for word in words(term)), frozenset(map(name_key, terms)))


@dataclass(frozen=True)
class Baseline:
    """What is too common in a collection to be the name of a note.

    ordinary: folded words that are written in lower case somewhere
    titles:   keys that more than `RARE` notes have in their titles; words: folded words that more have there
    bodies:   keys of organisations that more list, and of their abbreviations
    short:    keys that more go by in short
    pairs:    keys of two words in titles that stand beside each other in lower case somewhere
    """

    ordinary: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    short: frozenset[str] = frozenset()
    pairs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Names:
    """The names of a collection of notes; says also what a note goes by that came later.

    known:  keys of what its notes go by, and of abbreviations of organisations and laws, which many notes may have
    spoken: keys of the others that texts speak of
    """

    known: frozenset[str]
    spoken: frozenset[str]
    baseline: Baseline
    subjects: Subjects

    def within(self, text: str, own: Set[str] = frozenset()) -> frozenset[str]:
        """Return the keys of the names that stand in a text. own: what its note goes by besides"""
        later = own - self.known
        found = name_keys(text, lambda key: key in self._beginnings or any(name.startswith(key) for name in later))
        known = (found & self.known) | (found & own)
        return known | {spoken_key(key) for key in (found & self.spoken) - known}

    def own(self, note: Note) -> frozenset[str]:
        """Return the keys of the names that a note goes by."""
        called = self.called(note)
        keys_in_short = {*map(_key, self.in_short(called))} - self.baseline.titles - self.baseline.short
        return frozenset(map(_key, called)) | keys_in_short

    def called(self, note: Note) -> set[Run]:
        """Return the names that a note goes by, at full length."""
        titles = _titles(note)
        return {run for key, run in self.rare(note) if key not in self.baseline.bodies and _is_called(titles, run)}

    def in_short(self, called: Iterable[Run]) -> set[Run]:
        """Return names without their function words, which have a word of their own."""
        found = set()
        for run in called:
            short = tuple(word for word in run if word not in FUNCTION_WORDS)
            if short != run and len(short) > 1 and self.is_name(short):
                found |= {short} if any(not (self._is_ordinary(word) or word.isdigit()) for word in short) else set()
        return found

    def rare(self, note: Note) -> set[tuple[str, Run]]:
        """Return what may be a name in the titles of a note, with its key."""
        titles = _titles(note)
        runs = (*_shared(titles), *((fold(word),) for word in _abbreviations(titles)), *_phrases(titles))
        return {(key, run) for run in runs if self.is_name(run) and (key := _key(run)) not in self.baseline.titles}

    def is_name(self, run: Run) -> bool:
        """Return whether words may be a name: they are no subject, and one or two are no ordinary ones."""
        if len(run) == 1 and any(self._is_ordinary(run[0] + ending) for ending in _ENDINGS):
            return False
        key = _key(run)
        if len(run) == 2 and key in self.baseline.pairs:
            return False
        return key not in self.subjects.keys and len(key) >= _SHORTEST_KEY and not _ROMAN.fullmatch(run[-1])

    def _is_ordinary(self, word: str) -> bool:
        return word in self.baseline.ordinary or word in self.subjects.words

    @cached_property
    def _beginnings(self) -> Set[str]:
        return {name[:end] for name in self.known | self.spoken for end in range(len(name) + 1)}


def names(notes: Sequence[Note], subjects: Subjects) -> Names:
    """Read the names off titles, organisations and laws of all notes."""
    texts = (f"{version.title}\n{version.prose}" for note in notes for version in note.versions.values())
    written = [_WORD.findall(_ADDRESS.sub(" ", text)) for text in texts]
    lower_case = {word for text in written for word in text if word.islower()}
    in_titles = {*chain(*(name_keys(title) for note in notes for title in _titles(note)))}
    beside = {pair for text in written for pair in pairwise(text) if pair[0].islower() and pair[1].islower()}
    listed = {note.id: [body.name for body in note.fields.organisations] for note in notes}
    baseline = Baseline(
        ordinary=frozenset(map(fold, lower_case)),
        titles=_frequent({*chain(*map(name_keys, _titles(note)))} for note in notes),
        words=_frequent({*chain(*map(words, _titles(note)))} for note in notes),
        bodies=_frequent({*map(name_key, (*bodies, *_abbreviations(bodies)))} for bodies in listed.values()),
        pairs=frozenset(name_key(" ".join(pair)) for pair in beside) & in_titles,
    )
    found = Names(frozenset(), frozenset(), baseline, subjects)
    short = _frequent({*map(_key, found.in_short(found.called(note)))} for note in notes)
    found = replace(found, baseline=replace(baseline, short=short))
    known = {key for note in notes for key in (*found.own(note), *(key for key, _ in found.rare(note)))}
    mentioned = (name for note in notes for name in (*_abbreviations(listed[note.id]), *_abbreviated_laws(note)))
    known |= {name_key(name) for name in mentioned if found.is_name(tuple(words(name)))}
    spoken = Counter(name_key(word) for note in notes for word in _spoken_of(note) if found.is_name((word,)))
    rare = {key for key, count in spoken.items() if count <= RARE}
    return replace(found, known=frozenset(known), spoken=frozenset(rare - known))


def _frequent(of_notes: Iterable[Set[str]]) -> frozenset[str]:
    """Return what more than `RARE` notes have. of_notes: what each has"""
    counts = Counter(chain.from_iterable(of_notes))
    return frozenset(value for value, count in counts.items() if count > RARE)


def _titles(note: Note) -> list[str]:
    return [version.title for version in note.versions.values()]


def _shared(titles: Sequence[str]) -> set[Run]:
    """Return the longest runs of words, with a capital at both ends, that the titles of all versions have."""
    if len(titles) == 1:
        return set()
    common = set.intersection(*map(_capitalised, titles))
    spaced = {run: f" {' '.join(run)} " for run in common}
    return {run for run in common if not any(run != other and spaced[run] in spaced[other] for other in common)}


def _spoken_of(note: Note) -> set[str]:
    """Words with a capital that the texts of all versions have, not only where a sentence begins."""
    texts = [_ADDRESS.sub(" ", version.prose) for version in note.versions.values()]
    shared = set.intersection(*(set(_WORD.findall(text)) for text in texts))
    inside = {word for text in texts for word in _INSIDE.findall(text)}
    return {fold(word) for word in shared & inside if word[0].isupper() and len(word) >= _SHORTEST_SPOKEN}


def _capitalised(title: str) -> set[Run]:
    return {
        tuple(fold(word) for word in part[start:end])
        for part in _parts(title)
        for start in range(len(part))
        for end in range(start + 1, min(start + NAME_WORDS, len(part)) + 1)
        if _may_begin(part[start]) and _may_begin(part[end - 1])
    }


def _may_begin(word: str) -> bool:
    """Return whether a name may begin with a word: one with a capital or, in an internet address, with a full stop."""
    return any(letter.isupper() for letter in word) or "." in word


def _parts(title: str) -> list[list[str]]:
    """Return the words of a title between its commas, brackets and other marks, as written."""
    return [part for text in _PART.findall(title) if (part := _WORD.findall(text))]


def _abbreviations(texts: Iterable[str]) -> set[str]:
    """Abbreviations in the brackets of these texts, unless an official number stands there too (`CETS 224`)."""
    inside = [part for text in texts for part in _IN_BRACKETS.findall(text)]
    return {word for part in inside if not keys(part) for word in _ABBREVIATION.findall(part)}


def _phrases(titles: Iterable[str]) -> set[Run]:
    """Whole titles, without brackets at their end, and names of several words in these brackets, in any language."""
    found = [_ENDS_IN_BRACKETS.fullmatch(title) for title in titles]
    heads = [part for match in found if match and len(parts := _parts(match["head"])) == 1 for part in parts]
    inside = [part for match in found if match and match["inside"] for part in _parts(match["inside"])[:1]]
    return {
        tuple(fold(word) for word in phrase)
        for phrase in (*heads, *(part for part in inside if _may_begin(part[-1])))
        if len(phrase) <= NAME_WORDS and len({fold(word) for word in phrase} - FUNCTION_WORDS) > 1
    }


def _key(run: Run) -> str:
    return name_key(" ".join(run))


def _is_called(titles: Iterable[str], run: Run) -> bool:
    """Return whether a title begins with the name, or none speaks of it as of something else."""
    before = set()
    for title in titles:
        for number, part in enumerate(_parts(title)):
            folded = tuple(map(fold, part))
            for start in range(len(folded)):
                if folded[start : start + len(run)] == run:
                    before.add(folded[start - 1] if start else "(" if number else "")
    return "" in before or not before & FUNCTION_WORDS


def _abbreviated_laws(note: Note) -> set[str]:
    """Abbreviations of laws, which in Dutch are often written like words: `Wet politiegegevens (Wpg)`."""
    if not isinstance(note.fields, PracticeFields | PowerFields):
        return set()
    laws = [law.name for law in note.fields.legal_basis if law.name]
    return _abbreviations(laws) | {short for law in laws for short in _LAW_IN_BRACKETS.findall(law)}


def _subject_terms(taxonomy: Taxonomy) -> Iterator[str]:
    """Yield every word for a crime, a phase or a country, also hidden; no name that stands for a crime (`Sky ECC`)."""
    for scheme in (taxonomy.crime_types, taxonomy.phases, taxonomy.countries):
        for concept, language in product(scheme.values(), Language):
            for term in concept.typed(language):
                if scheme is taxonomy.countries or term[0].islower() or term.isupper():
                    yield term
