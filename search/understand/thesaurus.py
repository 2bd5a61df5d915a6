"""Concepts of the vocabularies that a question names, in whichever of the three languages it names them.

A concept joins what words keep apart: `phishingsites`, `hameçonnage` and `phishing site` all name phishing, so a note
about phishing gains the same from each. Guesses nothing beyond the words and never filters by what it finds.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from kb.notes.taxonomy import EVERY_CRIME, Concept, Scheme, Taxonomy
from kb.text.folding import fold
from kb.text.languages import Language

Stems = frozenset[int]
Stem = Callable[[str, Language], Stems]
"""A text's words without stop words and endings, as a language forms them."""

_COMPOUND = 6
"""Letters from which a one-word label is also found at the start of a compound (`phishingsites`)."""


@dataclass(frozen=True)
class Label:
    """A name of a concept.

    field:    which of the fields of `Named` its concept stands in
    stems:    its words
    compound: what a longer word that holds it begins with, after a space; empty where none may
    """

    field: str
    concept: str
    language: Language
    text: str
    stems: Stems
    compound: str


@dataclass(frozen=True)
class Named:
    """The concepts a question names: crime types and phases with those below and above them, and countries alone, for
    areas are named too often by chance. `labels`: those it names them by.

    whole: the question is nothing but names of concepts, a crime type or phase among them (`geldezel`)
    """

    crime_types: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    labels: tuple[Label, ...] = ()
    whole: bool = False


class Thesaurus:
    """The labels of the vocabularies, ready to be found in questions."""

    def __init__(self, taxonomy: Taxonomy, stem: Stem) -> None:
        self._schemes: Mapping[str, Scheme] = {
            "crime_types": taxonomy.crime_types,
            "phases": taxonomy.phases,
            "countries": taxonomy.countries,
        }
        self._labels = [
            label
            for field, scheme in self._schemes.items()
            for label in _labels(field, scheme, stem)
            if not (field == "countries" and scheme.narrower(label.concept))
        ]

    def named(self, question: str, stems: Mapping[Language, Stems]) -> Named:
        """Return the concepts named in a question; `stems` are the question's own in each language."""
        words = " ".join(["", *re.findall(r"[a-z0-9]+", fold(question))])
        labels = tuple(
            label
            for label in self._labels
            if label.stems <= stems[label.language] or (label.compound and label.compound in words)
        )
        found: dict[str, frozenset[str]] = {}
        for field, scheme in self._schemes.items():
            named = {label.concept for label in labels if label.field == field}
            around = {near for concept in named for near in (*scheme.narrower(concept), *scheme.broader(concept))}
            found[field] = frozenset(named if field == "countries" else named | around)
        return Named(**found, labels=labels, whole=_is_whole(labels, stems))

    def around(self, field: str, concept: str, among: Collection[str]) -> tuple[str, ...]:
        """Return those of these concepts that are below or above one, in the vocabulary of this field of `Named`."""
        scheme = self._schemes[field]
        return tuple(near for near in (*scheme.narrower(concept), *scheme.broader(concept)) if near in among)

    def called(self, field: str, concept: str, reader: Language) -> str:
        """Return the label of a concept of this field of `Named` in a reader's language."""
        return self._schemes[field][concept].label(reader)


def _is_whole(labels: Collection[Label], stems: Mapping[Language, Stems]) -> bool:
    for language in {label.language for label in labels if label.field != "countries"}:
        named = (label.stems for label in labels if label.language is language)
        if stems[language] <= frozenset().union(*named):
            return True
    return False


def _labels(field: str, scheme: Scheme, stem: Stem) -> tuple[Label, ...]:
    return tuple(
        Label(field, concept.id, language, text, stems, f" {word}" if len(word) >= _COMPOUND and word.isalnum() else "")
        for concept in scheme.values()
        if concept.id != EVERY_CRIME
        for language in Language
        for text in _texts(concept, language)
        if (stems := stem(text, language))
        for word in [fold(text)]
    )


def _texts(concept: Concept, language: Language) -> tuple[str, ...]:
    return (concept.label(language), *concept.alternatives.get(language, ()), *concept.hidden.get(language, ()))
