"""Proper names that notes go by, found in the notes themselves: `EncroChat`, `Sky ECC`, `LMIO`, `Cookie Monster`.

Names are not translated: what the titles of all versions of a note share, written with capitals, is a name if it
stands in few titles. An ordinary word betrays itself: somewhere in the collection it is written in lower case. A title
as it stands in one language, and an abbreviation in brackets, are names as well; so is a name with a word of its own
without its function words (`convention budapest`). What no note goes by, but the texts of a few speak of with a capital
in every language, is a name that is spoken of (`Oorworm`). Holds no list of names.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, product
from typing import Final

from kb.notes.front_matter import PracticeFields
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.text.folding import fold
from kb.text.identifiers import NAME, NAME_WORDS, keys, name_key, name_keys, spoken_key, words
from kb.text.languages import Language

RARE = 3
"""A name stands in the titles of so many notes at most, and so many list the organisation it abbreviates."""
_SHORTEST = 3
"""Letters and digits of a name."""
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


class Names:
    """The names of a collection of notes.

    own:   note id -> keys of the names it goes by
    known: keys of those, and of abbreviations of organisations and laws, which many notes may have
    spoken: keys of the others that texts speak of
    """

    def __init__(self, own: Mapping[str, frozenset[str]], known: Iterable[str], spoken: Iterable[str]) -> None:
        self.own = own
        self.known = frozenset(known).union(*own.values())
        self.spoken = frozenset(spoken) - self.known
        every = self.known | self.spoken
        self._beginnings = frozenset(key[:end] for key in every for end in range(len(NAME) + 2, len(key) + 1))

    def within(self, text: str) -> frozenset[str]:
        """Return the keys of the names that stand in a text."""
        found = name_keys(text, self._beginnings.__contains__)
        return (found & self.known) | {spoken_key(key) for key in found & self.spoken}


NO_NAMES: Final = Names({}, (), ())


def names(notes: tuple[Note, ...], taxonomy: Taxonomy) -> Names:
    """Read the names off titles, organisations and laws of all notes."""
    subjects = {*_subject_terms(taxonomy)}
    texts = (f"{version.title}\n{version.prose}" for note in notes for version in note.versions.values())
    lower_case = {word for text in texts for word in _WORD.findall(_ADDRESS.sub(" ", text)) if word.islower()}
    ordinary = {*map(fold, lower_case), *(word for term in subjects for word in words(term))}
    terms = {name_key(term) for term in subjects}

    def is_name(run: Run) -> bool:
        key = _key(run)
        alone = len(run) > 1 or not any(run[0] + ending in ordinary for ending in _ENDINGS)
        return alone and key not in terms and len(key) >= len(f"{NAME}:") + _SHORTEST and not _ROMAN.fullmatch(run[-1])

    def is_short_name(run: Run) -> bool:
        return len(run) > 1 and is_name(run) and any(word not in ordinary and not word.isdigit() for word in run)

    titles_of = {note.id: [version.title for version in note.versions.values()] for note in notes}
    titles = Counter(key for of_note in titles_of.values() for key in {*chain(*map(name_keys, of_note))})
    organisations = {note.id: [body.name for body in note.fields.organisations] for note in notes}
    bodies = Counter(
        key for listed in organisations.values() for key in {*map(name_key, (*listed, *_abbreviations(listed)))}
    )
    rare = {
        note_id: {
            (key, run)
            for run in (*_shared(of_note), *((fold(word),) for word in _abbreviations(of_note)), *_phrases(of_note))
            if is_name(run) and titles[key := _key(run)] <= RARE
        }
        for note_id, of_note in titles_of.items()
    }
    called = {
        note_id: {run for key, run in runs if bodies[key] <= RARE and _is_called(titles_of[note_id], run)}
        for note_id, runs in rare.items()
    }
    in_short = {
        note_id: {
            short
            for run in runs
            if (short := tuple(word for word in run if word not in FUNCTION_WORDS)) != run and is_short_name(short)
        }
        for note_id, runs in called.items()
    }
    holders = Counter(_key(run) for runs in in_short.values() for run in runs)
    own = {
        note_id: frozenset(map(_key, runs))
        | {key for run in in_short[note_id] if max(titles[key := _key(run)], holders[key]) <= RARE}
        for note_id, runs in called.items()
    }
    mentioned = {
        name_key(name)
        for note in notes
        for name in (*_abbreviations(organisations[note.id]), *_abbreviated_laws(note))
        if is_name(tuple(words(name)))
    }
    spoken = Counter(name_key(word) for note in notes for word in _spoken_of(note) if is_name((word,)))
    return Names(
        own,
        mentioned.union(key for runs in rare.values() for key, _ in runs),
        (key for key, count in spoken.items() if count <= RARE),
    )


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
    if not isinstance(note.fields, PracticeFields):
        return set()
    laws = [law.name for law in note.fields.legal_basis if law.name]
    return _abbreviations(laws) | {short for law in laws for short in _LAW_IN_BRACKETS.findall(law)}


def _subject_terms(taxonomy: Taxonomy) -> Iterator[str]:
    """Yield every word for a crime, a phase or a country, also hidden; no name that stands for a crime (`Sky ECC`)."""
    for scheme in (taxonomy.crime_types, taxonomy.phases, taxonomy.countries):
        for concept, language in product(scheme.values(), Language):
            other_labels = (*concept.alternatives.get(language, ()), *concept.hidden.get(language, ()))
            for term in (concept.label(language), *other_labels):
                if scheme is taxonomy.countries or term[0].islower() or term.isupper():
                    yield term
