"""What a question names: concepts of the vocabularies, in whichever of the three languages it names them.

A concept joins what words keep apart: `phishingsites`, `hameçonnage` and `phishing site` all name phishing, so a note
about phishing gains the same from each. Guesses nothing beyond the words and never filters by what it finds.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kb.frozen import Frozen
from kb.languages import Language
from kb.organisations import fold
from kb.taxonomy import EVERY_CRIME, Concept, Scheme, Taxonomy

Stems = frozenset[int]
Stem = Callable[[str, Language], Stems]
"""A text's words without stop words and endings, as a language forms them."""

_COMPOUND = 6
"""Letters from which a one-word label is also found at the start of a compound (`phishingsites`)."""


@dataclass(frozen=True)
class Named(Frozen):
    """The concepts a question names, crime types and phases with those below and above them.

    countries: countries alone; an area is named too often by chance
    """

    crime_types: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Label:
    concept: str
    language: Language
    stems: Stems
    compound: str


class Thesaurus(Frozen):
    """The labels of the vocabularies, ready to be found in questions."""

    def __init__(self, taxonomy: Taxonomy, stem: Stem) -> None:
        self._schemes: Mapping[str, tuple[Scheme, tuple[_Label, ...]]] = {
            "crime_types": (taxonomy.crime_types, _labels(taxonomy.crime_types, stem)),
            "phases": (taxonomy.phases, _labels(taxonomy.phases, stem)),
            "countries": (taxonomy.countries, _labels(taxonomy.countries, stem)),
        }

    def named(self, question: str, stems: Mapping[Language, Stems]) -> Named:
        """The concepts named in a question; `stems` are the question's own in each language."""
        words = re.findall(r"[a-z0-9]+", fold(question))
        found: dict[str, frozenset[str]] = {}
        for name, (scheme, labels) in self._schemes.items():
            named = {
                label.concept
                for label in labels
                if label.stems <= stems[label.language]
                or (label.compound and any(word.startswith(label.compound) for word in words))
            }
            around = {one: (*scheme.narrower(one), *scheme.broader(one)) for one in named}
            found[name] = frozenset(named.union(*around.values()))
            if name == "countries":
                found[name] = frozenset(one for one in named if not scheme.narrower(one))
        return Named(**found)


def _labels(scheme: Scheme, stem: Stem) -> tuple[_Label, ...]:
    return tuple(
        _Label(concept.id, language, stems, word if len(word) >= _COMPOUND and word.isalnum() else "")
        for concept in scheme.values()
        if concept.id != EVERY_CRIME
        for language in Language
        for text in _texts(concept, language)
        if (stems := stem(text, language))
        for word in [fold(text)]
    )


def _texts(concept: Concept, language: Language) -> tuple[str, ...]:
    return (concept.label(language), *concept.alternatives.get(language, ()), *concept.hidden.get(language, ()))
