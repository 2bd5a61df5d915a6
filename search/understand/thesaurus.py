"""Concepts of the vocabularies that a question names, in whichever of the three languages it names them.

A concept joins what words keep apart: `phishingsites`, `hameçonnage` and `phishing site` all name phishing, so a note
about phishing gains the same from each. Guesses nothing beyond the words and never filters by what it finds.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kb.notes.taxonomy import EVERY_CRIME, Scheme, Taxonomy
from kb.text.folding import fold
from kb.text.languages import Language
from search.understand.languages_named import without_languages

Stems = frozenset[int]
Stem = Callable[[str, Language], Stems]
"""A text's words without stop words and endings, as a language forms them."""

_COMPOUND = 6
"""Letters from which a one-word label is also found at the start of a compound (`phishingsites`)."""


@dataclass(frozen=True)
class Label:
    """A name of a concept.

    field:    which of the fields of `Named` its concept stands in; scheme: its vocabulary
    stems:    its words
    compound: what a longer word that holds it begins with, after a space; empty where none may
    """

    field: str
    scheme: Scheme
    concept: str
    language: Language
    text: str
    stems: Stems
    compound: str

    @cached_property
    def near(self) -> tuple[str, ...]:
        """The concepts below and above its own."""
        return (*self.scheme.narrower(self.concept), *self.scheme.broader(self.concept))


@dataclass(frozen=True)
class Named:
    """The concepts a question names: crime types and phases with those below and above them, and countries alone, for
    areas are named too often by chance. `labels`: those it names them by.

    whole: the question is nothing but names of concepts, a crime type or phase among them (`geldezel`)
    """

    crime_types: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    powers: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    labels: tuple[Label, ...] = ()
    whole: bool = False


_FIELDS: Final = ("crime_types", "phases", "powers", "countries")


class Thesaurus:
    """The labels of the vocabularies, ready to be found in questions."""

    def __init__(self, taxonomy: Taxonomy, stem: Stem) -> None:
        self._stem = stem
        schemes = {field: getattr(taxonomy, field) for field in _FIELDS}
        self._labels = [label for field, scheme in schemes.items() for label in _labels(field, scheme, stem)]

    def named(self, question: str) -> Named:
        """Return the concepts named in a question; languages that it speaks of name no country."""
        question = without_languages(question)
        stems = {language: self._stem(question, language) for language in Language}
        words = " ".join(["", *re.findall(r"[a-z0-9]+", fold(question))])
        labels = tuple(
            label
            for label in self._labels
            if label.stems <= stems[label.language] or (label.compound and label.compound in words)
        )
        found: dict[str, set[str]] = {field: set() for field in _FIELDS}
        for label in labels:
            found[label.field] |= {label.concept, *(label.near if label.field != "countries" else ())}
        fields = {field: frozenset(concepts) for field, concepts in found.items()}
        whole = any(
            stems[language] <= frozenset().union(*(label.stems for label in labels if label.language is language))
            for language in {label.language for label in labels if label.field != "countries"}
        )
        return Named(**fields, labels=labels, whole=whole)


def _labels(field: str, scheme: Scheme, stem: Stem) -> Iterator[Label]:
    for concept in scheme.values():
        is_area = field == "countries" and scheme.narrower(concept.id)
        for language in () if is_area or concept.id == EVERY_CRIME else Language:
            others = (*concept.alternatives.get(language, ()), *concept.hidden.get(language, ()))
            for text in (concept.label(language), *others):
                word, stems = fold(text), stem(text, language)
                if stems:
                    compound = f" {word}" if len(word) >= _COMPOUND and word.isalnum() else ""
                    yield Label(field, scheme, concept.id, language, text, stems, compound)
