"""Check words and persons: the language's own terms, no private telephones and no names (KB404 to KB406)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

from ingest.lint.places import Part, Position, all_text, of_all, of_prose, where
from ingest.lint.rule import WARNING, Context, Found, named, rule
from kb.notes.note import LanguageVersion, Note
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


_PHONE: Final = re.compile(
    r"(?=[+0])(?<![\w./-])(?:(?:\+|00)\d{1,3}(?:[ ./-]?\(?\d+\)?){3,}|0\d{1,3}(?:[ ./-]\d{2,3}){2,}(?!\w))"
)
_MOBILE: Final = re.compile(r"(?:(?:\+|00)32|0)4\d{8}|(?:(?:\+|00)31|0)6\d{8}|(?:(?:\+|00)352)?6[2679]1\d{6}")
_MAILBOX: Final = re.compile(r"(?<![\w.+-])([\w.+-]+)@[\w-]+(?:\.[\w-]+)+")
_OF_A_PERSON: Final = re.compile(r"[a-z]{1,20}[._][a-z]{2,}@.*", re.IGNORECASE)


@rule("KB405", WARNING, bad="jan.peeters@example.org", good="info@example.org")
def contact(context: Context, note: Note, version: LanguageVersion) -> Iterator[Found]:
    """Telephone numbers and mailboxes are public lines, never a person's."""
    field = note.fields.contact if version.language is note.original else None
    text = f"{all_text(version)}\n{field or ''}"
    parts = [*of_all(version), Part(field or "", ("contact",))] if "@" in text or _PHONE.search(text) else []
    for found, at in _found(_PHONE, parts):
        public = {_digits(phone[0]) for phone in _PHONE.finditer(context.facts(note) or "")}
        if _MOBILE.fullmatch(re.sub(r"[^\d+]", "", found)) or _digits(found) not in public:
            message = said("`{number}` looks like a telephone number that is nobody's public line.", number=found)
            remedy = said("Name the unit instead; a public line belongs into the source extract too.")
            yield version, at, message, remedy
    for found, at in _found(_MAILBOX, (part for part in parts if "@" in part.text)):
        if _OF_A_PERSON.fullmatch(found):
            message = said("`{mailbox}` looks like a person's mailbox.", mailbox=found)
            yield version, at, message, said("Name a functional one.")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


_PERSON: Final = re.compile(
    r"(?=[CDHIMScdhims])\b(?:Mrs?|Ms|Dr|Mmes?|Mlle|MM|dhr|mevr|mr|de heer|[Mm]evrouw|[Mm]onsieur|[Mm]adame|"
    r"[Cc]ommissaire|[Hh]oofdinspecteur|[Ii]nspecteur|[Ii]nspector|[Dd]etective|[Ss]ergeant)\.? "
    r"(?:[A-Z]\. ?)*[A-Z][a-zà-ÿ]+"
)


@rule("KB406", WARNING, bad="inspecteur Peeters", good="the investigating unit")
def person(version: LanguageVersion) -> Iterator[Found]:
    """Private persons are not named."""
    for found, at in _found(_PERSON, of_all(version) if _PERSON.search(all_text(version)) else ()):
        message = said("`{name}` looks like a person's name.", name=found)
        yield version, at, message, said("Name the office or the unit.")


def _found(
    pattern: re.Pattern[str], parts: Iterable[Part], read: Callable[[str], str] = str
) -> Iterator[tuple[str, At | Position]]:
    """Yield what matches a pattern in parts, as they are read, and where."""
    for part in parts:
        for match in pattern.finditer(read(part.text)):
            yield match[0], where(part, match[0], match.start())
