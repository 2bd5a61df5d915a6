"""Check words and persons: the language's own terms, no private telephones and no names (KB404 to KB406)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from ingest.lint.places import Part, of_all, of_field, of_prose, where
from ingest.lint.rule import Context, rule
from kb.issue import Issue, Level
from kb.notes.taxonomy import Concept, Taxonomy
from kb.text.languages import NAMES, Language

_HOMOGRAPHS: Final = {Language.NL: {"enquête"}}
"""Words that are another language's term and mean something else in this one: a Dutch enquête is a survey."""
_QUOTED: Final = re.compile(r"[\"“„«].{0,1000}?[\"”»]")
_WORD: Final = re.compile(r"\w+")


@rule("KB404", Level.WARNING, bad="rançongiciel (in a Dutch note)", good="gijzelsoftware")
def term(context: Context) -> Iterator[Issue]:
    """Crime types and phases are called as the note's language calls them."""
    by_language = {language: _foreign_terms(context.taxonomy, language) for language in Language}
    begins = {language: {term: _WORD.findall(term)[0] for term in terms} for language, terms in by_language.items()}
    patterns = {language: _any_of([*terms]) for language, terms in by_language.items()}
    for _, language, version in context.versions():
        words = set(_WORD.findall(_unquoted(version.prose)))
        terms = [term for term, first in begins[language].items() if first in words or f"{first}s" in words]
        parts = (part for part in of_prose(version) if any(term in part.text for term in terms)) if terms else ()
        reported: set[str] = set()
        for part, found, start in _found(patterns[language], parts, _unquoted):
            own, of = by_language[language][found]
            if found not in reported:
                reported.add(found)
                message = f"`{found}` is {NAMES[of][Language.EN]}."
                remedy = f"In {NAMES[language][Language.EN]} it is called `{own}`."
                yield context.issue(version, message, remedy, at=where(part, found, start))


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


def _any_of(terms: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?=s?(?![\w-]))")


def _unquoted(text: str) -> str:
    """Return a text with blanks instead of what it quotes, which may stay as it was spoken or written."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


_PHONE: Final = re.compile(
    r"(?=[+0])(?<![\w./-])(?:(?:\+|00)\d{1,3}(?:[ ./-]?\(?\d+\)?){3,}|0\d{1,3}(?:[ ./-]\d{2,3}){2,}(?!\w))"
)
_MOBILE: Final = re.compile(r"(?:(?:\+|00)32|0)4\d{8}|(?:(?:\+|00)31|0)6\d{8}|(?:(?:\+|00)352)?6[2679]1\d{6}")
_MAILBOX: Final = re.compile(r"(?<![\w.+-])([\w.+-]+)@[\w-]+(?:\.[\w-]+)+")
_OF_A_PERSON: Final = re.compile(r"[a-z]{1,20}[._][a-z]{2,}@.*", re.IGNORECASE)


@rule("KB405", Level.WARNING, bad="jan.peeters@example.org", good="info@example.org")
def contact(context: Context) -> Iterator[Issue]:
    """Telephone numbers and mailboxes are public lines, never a person's."""
    for note, language, version in context.versions():
        field = of_field(note.fields.contact if language is note.original else None, "contact")
        text = f"{version.visible_text}\n{field.text}"
        parts = [*of_all(version), field] if "@" in text or _PHONE.search(text) else []
        for part, found, start in _found(_PHONE, parts):
            facts = "\n".join(fact for entry in context.extracts(note) for fact in entry.facts)
            public = {_digits(phone[0]) for phone in _PHONE.finditer(facts)}
            if _MOBILE.fullmatch(re.sub(r"[^\d+]", "", found)) or _digits(found) not in public:
                message = f"`{found}` looks like a telephone number that is nobody's public line."
                remedy = "Name the unit instead; a public line belongs into the source extract too."
                yield context.issue(version, message, remedy, at=where(part, found, start))
        for part, found, start in _found(_MAILBOX, parts):
            if _OF_A_PERSON.fullmatch(found):
                message = f"`{found}` looks like a person's mailbox."
                yield context.issue(version, message, "Name a functional one.", at=where(part, found, start))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


_PERSON: Final = re.compile(
    r"(?=[CDHIMScdhims])\b(?:Mrs?|Ms|Dr|Mmes?|Mlle|MM|dhr|mevr|mr|de heer|[Mm]evrouw|[Mm]onsieur|[Mm]adame|"
    r"[Cc]ommissaire|[Hh]oofdinspecteur|[Ii]nspecteur|[Ii]nspector|[Dd]etective|[Ss]ergeant)\.? "
    r"(?:[A-Z]\. ?)*[A-Z][a-zà-ÿ]+"
)


@rule("KB406", Level.WARNING, bad="inspecteur Peeters", good="the investigating unit")
def person(context: Context) -> Iterator[Issue]:
    """Private persons are not named."""
    for _, _, version in context.versions():
        for part, found, start in _found(_PERSON, of_all(version) if _PERSON.search(version.visible_text) else ()):
            message = f"`{found}` looks like a person's name."
            yield context.issue(version, message, "Name the office or the unit.", at=where(part, found, start))


def _found(
    pattern: re.Pattern[str], parts: Iterable[Part], read: Callable[[str], str] = str
) -> Iterator[tuple[Part, str, int]]:
    """Yield what matches a pattern in parts, as they are read, and where in its part it begins."""
    for part in parts:
        for match in pattern.finditer(read(part.text)):
            yield part, match[0], match.start()
