"""Check words: the language's own terms (KB404)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

from ingest.lint.places import Part, Position, of_prose, where
from ingest.lint.rule import WARNING, Context, Found, named, rule
from kb.notes.plain_yaml import At
from kb.notes.taxonomy import Concept, Taxonomy
from kb.said import said
from kb.text.languages import Language

_HOMOGRAPHS: Final = {Language.NL: {"enquête"}}
"""Words that are another language's term and mean something else in this one: a Dutch enquête is a survey."""
_QUOTED: Final = re.compile(r"[\"“„«].{0,1000}?[\"”»]")


@rule("KB404", WARNING, bad="rançongiciel (in a Dutch note)", good="gijzelsoftware")
def term(context: Context) -> Iterator[Found]:
    """Crime types and phases are called as the note's language calls them."""
    foreign = {language: _foreign_terms(context.taxonomy, language) for language in Language}
    patterns = {
        language: re.compile(rf"(?<![\w-])(?:{_either(terms)})(?=s?(?![\w-]))") for language, terms in foreign.items()
    }
    for _, language, version in context.versions():
        written = {match[0] for match in patterns[language].finditer(_unquoted(version.prose))}
        for found, at in _found(patterns[language], of_prose(version) if written else (), _unquoted):
            own, of = foreign[language][found]
            if found in written:
                written.remove(found)  # it is reported once
                remedy = said("In {language} it is called `{term}`.", language=named(language), term=own)
                yield version, at, said("`{term}` is {language}.", term=found, language=named(of)), remedy


def _either(terms: Iterable[str]) -> str:
    """Return a pattern of any of these terms, the longest first; in groups, as two hundred alternatives are slow."""
    longest_first = sorted(terms, key=lambda term: (term[0], -len(term)))
    groups = []
    for letter, group in groupby(longest_first, key=itemgetter(0)):
        groups.append(f"{re.escape(letter)}(?:{'|'.join(re.escape(term[1:]) for term in group)})")
    return "|".join(groups) or "(?!)"


def _foreign_terms(taxonomy: Taxonomy, language: Language) -> Mapping[str, tuple[str, Language]]:
    """Return each term of another language with what it is called in this one, and whose it is."""
    concepts = [concept for scheme in (taxonomy.crime_types, taxonomy.phases) for concept in scheme.values()]
    own = set(_HOMOGRAPHS.get(language, ()))
    for concept in concepts:
        names = (*_names(concept, language), *concept.hidden.get(language, ()))
        own |= {name.casefold() for name in names}
    return {
        text: (concept.label(language), other)
        for concept in concepts
        for other in Language
        if other is not language
        for text in _names(concept, other)
        if text.islower() and text.casefold() not in own
    }


def _names(concept: Concept, language: Language) -> tuple[str, ...]:
    return (concept.label(language), *concept.alternatives.get(language, ()))


def _unquoted(text: str) -> str:
    """Return a text with blanks instead of what it quotes, which may stay as it was spoken or written."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


def _found(
    pattern: re.Pattern[str], parts: Iterable[Part], read: Callable[[str], str] = str
) -> Iterator[tuple[str, At | Position]]:
    """Yield what matches a pattern in parts, as they are read, and where."""
    for part in parts:
        for match in pattern.finditer(read(part.text)):
            yield match[0], where(part, match[0], match.start())
