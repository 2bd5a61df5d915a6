"""Concepts of the vocabularies that a question names, in whichever of the three languages it names them.

A concept joins what words keep apart: `phishingsites`, `hameçonnage` and `phishing site` all name phishing, so a note
about phishing gains the same from each. Where hardly any text has the word (`quishing`), the question is read with the
concept's name beside it. Guesses nothing beyond the words and never filters by what it finds.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from kb.notes.taxonomy import EVERY_CRIME, Scheme, Taxonomy
from kb.text.folding import fold
from kb.text.languages import Language
from search.query import CONCEPTS
from search.understand.languages_named import without_languages

Stems = frozenset[int]
Stem = Callable[[str, Language], Stems]
"""A text's words without stop words and endings, as a language forms them."""

_WRITTEN = 6
"""Letters from which a label is also found written together, apart or with hyphens (`simswap`, `sim swap`), and at the
start of a longer word (`phishingsites`).
"""
_HARDLY_ANY: Final = 1e-3
"""The share of texts below which a word is hardly known from them."""
_COMMON: Final = 1e-2
"""The share of texts from which a word says nothing of what is sought (`doen`, `signaler`)."""
_MEANINGS: Final = 3
"""Names of concepts that a question is read with, at most."""


@dataclass(frozen=True, eq=False)
class Label:
    """A name of a concept.

    field: which of the fields of `Named` its concept stands in; scheme: its vocabulary
    stems: its words as its language forms them; words: as they are written, folded
    meaning: the preferred name of its concept if one of its words is hardly known, else empty
    """

    field: str
    scheme: Scheme
    concept: str
    language: Language
    text: str
    stems: Stems
    words: tuple[str, ...]
    meaning: str

    @cached_property
    def key(self) -> str:
        """The key of its concept, `country:BE`."""
        return f"{CONCEPTS[self.field]}:{self.concept}"

    @cached_property
    def letters(self) -> str:
        """Its words written together."""
        return "".join(self.words)

    @cached_property
    def near(self) -> tuple[str, ...]:
        """The concepts below and above its own."""
        return (*self.scheme.narrower(self.concept), *self.above)

    @cached_property
    def above(self) -> tuple[str, ...]:
        """The concepts above its own."""
        return self.scheme.broader(self.concept)


@dataclass(frozen=True)
class Named:
    """The concepts a question names: crime types and phases with those below and above them, and countries alone, for
    areas are named too often by chance.

    above:  crime types that are only above those named
    labels: those it names them by -> its words that are written like them; none where words of theirs stand in it apart
    whole:  the question is nothing but names of concepts, one other than a country among them (`geldezel`)
    plain:  it is that but for words that many texts have, and names a crime type (`wat doen we tegen witwassen`)
    """

    crime_types: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    powers: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset()
    labels: Mapping[Label, frozenset[str]] = field(default_factory=dict)
    whole: bool = False
    plain: bool = False

    @property
    def meanings(self) -> tuple[str, ...]:
        """What the words in it that are hardly known mean."""
        return tuple(dict.fromkeys(label.meaning for label in self.labels if label.meaning))[:_MEANINGS]


_FIELDS: Final = ("crime_types", "phases", "powers", "countries")


class Thesaurus:
    """The labels of the vocabularies, ready to be found in questions."""

    def __init__(self, taxonomy: Taxonomy, stem: Stem, share: Callable[[int], float] = lambda _: 1.0) -> None:
        """share: of the texts that have a stem (`kb.text.terms.TermCounts.share`)"""
        self._stem, self._share = stem, share
        schemes = {field: getattr(taxonomy, field) for field in _FIELDS}
        labels = [label for field, scheme in schemes.items() for label in _labels(field, scheme, stem, share)]
        self._order = {label: place for place, label in enumerate(labels)}
        self._by_stem: dict[tuple[Language, int], list[Label]] = {}
        self._by_letters: dict[str, list[Label]] = {}
        having = Counter((label.language, each) for label in labels for each in label.stems)
        for label in labels:
            rarest = min((having[label.language, each], each) for each in label.stems)[1]
            self._by_stem.setdefault((label.language, rarest), []).append(label)
            if len(label.letters) >= _WRITTEN:
                self._by_letters.setdefault(label.letters[:_WRITTEN], []).append(label)

    def named(self, question: str, not_meant: Collection[str] = ()) -> Named:
        """Return the concepts named in a question; languages that it speaks of name no country.

        not_meant: concepts that it does not name, whatever its words (`Label.key`)
        """
        question = without_languages(question)
        stems = {language: self._stem(question, language) for language in Language}
        found = self._written(re.findall(r"[a-z0-9]+", fold(question)))
        for language, own in stems.items():
            for label in (label for each in own for label in self._by_stem.get((language, each), ())):
                if label.stems <= own:
                    found.setdefault(label, frozenset())
        longest = (label for label in _longest(found) if label.key not in not_meant)
        labels = {label: found[label] for label in sorted(longest, key=self._order.__getitem__)}
        fields: dict[str, set[str]] = {field: set() for field in _FIELDS}
        for label in labels:
            fields[label.field] |= {label.concept, *(label.near if label.field != "countries" else ())}
        below = {each for label in labels for each in (label.concept, *label.scheme.narrower(label.concept))}
        return Named(
            **{field: frozenset(concepts) for field, concepts in fields.items()},
            above=frozenset(fields["crime_types"] - below),
            labels=labels,
            whole=any(not others for others in self._others(stems, labels)),
            plain=bool(fields["crime_types"])
            and any(all(self._share(each) >= _COMMON for each in others) for others in self._others(stems, labels)),
        )

    def _written(self, words: list[str]) -> dict[Label, frozenset[str]]:
        """Return the labels that some words of a question, folded, begin with if they are written together."""
        letters, start = "".join(words), 0
        found: dict[Label, frozenset[str]] = {}
        for place, word in enumerate(words):
            for label in self._by_letters.get(letters[start : start + _WRITTEN], ()):
                if letters.startswith(label.letters, start):
                    found[label] = found.get(label, frozenset()).union(_first(words[place:], len(label.letters)))
            start += len(word)
        return found

    def _others(self, stems: Mapping[Language, Stems], labels: Mapping[Label, frozenset[str]]) -> Iterator[Stems]:
        """Return what a question with these stems has besides the labels in it, as each language forms it; nothing if
        it has no stems or names nothing but countries.
        """
        written = " ".join(frozenset().union(*labels.values()))
        for language in Language if any(label.field != "countries" for label in labels) else ():
            others = stems[language].difference(*(label.stems for label in labels if label.language is language))
            if stems[language]:
                yield others - self._stem(written, language) if others and written else others


def _first(words: Iterable[str], letters: int) -> Iterator[str]:
    """Return the first words that hold so many letters."""
    for word in words:
        if letters <= 0:
            return
        yield word
        letters -= len(word)


def _longest(labels: Mapping[Label, frozenset[str]]) -> Iterator[Label]:
    """Return the labels without those inside another: who asks for `ethical hacking` does not ask for `hacking`. Of two
    with the same stems (`heimelijke zoeking`, `niet-heimelijke zoeking`) the longer one is meant if it is written so.

    labels: as of `Named`
    """
    words = {label: {*label.words} for label in labels}
    for label in labels:
        longer = (other for other in labels if words[label] < words[other])
        same = (other for other in labels if words[other] < words[label] and other.stems == label.stems)
        is_inside = any(labels[other] or len(other.stems) > len(label.stems) for other in longer)
        if not is_inside and (labels[label] or not any(labels[other] for other in same)):
            yield label


def _labels(field: str, scheme: Scheme, stem: Stem, share: Callable[[int], float]) -> Iterator[Label]:
    for concept in scheme.values():
        is_area = field == "countries" and scheme.narrower(concept.id)
        for language in () if is_area or concept.id == EVERY_CRIME else Language:
            for text in concept.typed(language):
                if stems := stem(text, language):
                    words = (*re.findall(r"[a-z0-9]+", fold(text)),)
                    is_known = min(map(share, stems)) >= _HARDLY_ANY or text == concept.label(language)
                    meaning = "" if is_known or field in ("phases", "countries") else concept.label(language)
                    yield Label(field, scheme, concept.id, language, text, stems, words, meaning)
