"""Check words: the language's own terms (KB404), and those of the country that a text is about (KB414)."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

from ingest.lint.places import Part, Position, of_blocks, of_prose, where
from ingest.lint.rule import WARNING, Context, Found, named, rule
from kb.notes.note import LanguageVersion
from kb.notes.plain_yaml import At
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.said import said
from kb.text.country_terms import CountryTerm
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


_OF_OTHERS: Final = ("counterparts", "start")
"""Sections that are about other countries than the note's."""


@rule("KB414", WARNING, bad="officier van justitie (in a Dutch note about Belgium)", good="procureur des Konings")
def term_of_country(context: Context) -> Iterator[Found]:
    """Terms of police and law are those of the country that a text is about; where it names the other country, both."""
    taxonomy = context.taxonomy
    terms: dict[Language, dict[str, CountryTerm]] = {language: {} for language in Language}
    for each in taxonomy.country_terms:
        terms[each.language] |= dict.fromkeys((each.term, *each.forms), each)
    patterns = {language: re.compile(rf"(?<![\w-])(?:{_either(known)})(?![\w-])") for language, known in terms.items()}
    names = {country: _names_of_country(taxonomy, country) for country in taxonomy.countries}
    benelux = taxonomy.countries.narrower(BENELUX)
    for note, language, version in context.versions():
        if not patterns[language].search(f"{version.title}\n{version.prose}".replace("’", "'")):
            continue
        told: set[str] = set()
        for part, headings in _with_headings(version):
            about = {country for country in benelux if names[country].search(headings)}
            about = about or set(taxonomy.reach(note.fields.countries))
            places = tuple(country for country in benelux if country in about)
            text = _as_written(part.text)
            for match in patterns[language].finditer(text):
                term, right = terms[language][match[0]], terms[language][match[0]].countries
                original = text[: match.start()].endswith("(") and text[match.end() :].startswith(")")
                compared = any(country in names and names[country].search(part.text) for country in right)
                elsewhere = right and (not places or compared or not about.isdisjoint(right))
                if term.term in told or original or elsewhere or any(word in text for word in term.unless):
                    continue
                told.add(term.term)  # it is reported once
                form = "`{term}` is a term of {countries}." if right else "`{term}` is no term: {meaning}."
                message = said(form, term=match[0], countries=", ".join(right), meaning=term.meaning)
                instead = term.instead(places)
                remedy = said("Use `{term}`.", term=instead) if instead else ""
                yield version, where(part, match[0], match.start()), message, remedy


def _with_headings(version: LanguageVersion) -> Iterator[tuple[Part, str]]:
    """Yield title, summary and blocks with the headings above them; not of sections that are about other countries."""
    yield Part(version.title, ("title",)), ""
    yield Part(version.summary, ("summary",)), ""
    sections = {line: section for section in version.sections for line in (block.lines[0] for block in section.blocks)}
    for part, _ in of_blocks(version):
        section = sections[part.line]
        if not section.anchor.startswith(_OF_OTHERS):
            yield part, " ".join(section.path)


def _names_of_country(taxonomy: Taxonomy, country: str) -> re.Pattern[str]:
    """Return a pattern of the names of a country and of what is of it, in any language and inflected."""
    concept = taxonomy.countries[country]
    names = [concept.label(language) for language in Language]
    names += [name for hidden in concept.hidden.values() for name in hidden]
    either = "|".join(re.escape(name.rstrip("es")) for name in names)
    return re.compile(rf"\b(?:(?i:{either})|{country}\b)")


def _as_written(text: str) -> str:
    """Return a text with blanks instead of what it quotes, and with the apostrophes of a keyboard."""
    return _unquoted(text).replace("’", "'")


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
        names = concept.typed(language)
        own |= {name.casefold() for name in names}
    return {
        text: (concept.label(language), other)
        for concept in concepts
        for other in Language
        if other is not language
        for text in concept.names(other)
        if text.islower() and text.casefold() not in own
    }


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
