"""KB404 and on: care for words, persons, and what readers abroad need."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ingest.lint.places import Part, of_all, of_field, of_prose, where
from ingest.lint.rule import Reading, Rule
from kb.issue import Level, Problem
from kb.notes.front_matter import At, PracticeFields
from kb.notes.taxonomy import Concept, Taxonomy
from kb.text.languages import NAMES, Language

BENELUX = ("BE", "NL", "LU")
_PHONE = re.compile(
    r"(?=[+0])(?<![\w./-])(?:(?:\+|00)\d{1,3}(?:[ ./-]?\(?\d+\)?){3,}|0\d{1,3}(?:[ ./-]\d{2,3}){2,}(?!\w))"
)
_HOMOGRAPHS = {Language.NL: {"enquête"}}
"""Words that are another language's term and mean something else in this one: a Dutch enquête is a survey."""
_QUOTED = re.compile(r"[\"“„«].{0,1000}?[\"”»]")
_MOBILE = re.compile(r"(?:(?:\+|00)32|0)4\d{8}|(?:(?:\+|00)31|0)6\d{8}|(?:(?:\+|00)352)?6[2679]1\d{6}")
_MAILBOX = re.compile(r"(?<![\w.+-])([\w.+-]+)@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"\w+")
_PERSON = re.compile(
    r"(?=[CDHIMScdhims])\b(?:Mrs?|Ms|Dr|Mmes?|Mlle|MM|dhr|mevr|mr|de heer|[Mm]evrouw|[Mm]onsieur|[Mm]adame|"
    r"[Cc]ommissaire|[Hh]oofdinspecteur|[Ii]nspecteur|[Ii]nspector|[Dd]etective|[Ss]ergeant)\.? "
    r"(?:[A-Z]\. ?)*[A-Z][a-zà-ÿ]+"
)


def _terms(reading: Reading) -> Iterator[Problem]:
    by_language = {language: _foreign_terms(reading.taxonomy, language) for language in Language}
    begins = {language: {term: _WORD.findall(term)[0] for term in terms} for language, terms in by_language.items()}
    patterns = {language: _any_of([*terms]) for language, terms in by_language.items()}
    for _, language, version in reading.versions():
        foreign = by_language[language]
        words = set(_WORD.findall(_unquoted(version.prose)))
        terms = [term for term, first in begins[language].items() if first in words or f"{first}s" in words]
        told: set[str] = set()
        parts = (part for part in of_prose(version) if any(term in part.text for term in terms)) if terms else ()
        for part, found, start in _found(patterns[language], parts, _unquoted):
            own, of = foreign[found]
            if found not in told:
                told.add(found)
                yield reading.problem(
                    version, "KB404", f"`{found}` is {NAMES[of][Language.EN]}.",
                    f"In {NAMES[language][Language.EN]} it is called `{own}`.", **where(part, found, start),
                )  # fmt: skip


def _contacts(reading: Reading) -> Iterator[Problem]:
    for note, language, version in reading.versions():
        contact = of_field(note.fields.contact if language is note.original else None, "contact")
        text = f"{version.shown}\n{contact.text}"
        parts = [*of_all(version), contact] if "@" in text or _PHONE.search(text) else []
        for part, found, start in _found(_PHONE, parts):
            facts = "\n".join(fact for entry in reading.extracts(note) for fact in entry.facts)
            public = {_digits(one[0]) for one in _PHONE.finditer(facts)}
            if _MOBILE.fullmatch(re.sub(r"[^\d+]", "", found)) or _digits(found) not in public:
                yield reading.problem(
                    version, "KB405", f"`{found}` looks like a telephone number that is nobody's public line.",
                    "Name the unit instead; a public line belongs into the source extract too.",
                    **where(part, found, start),
                )  # fmt: skip
        for part, found, start in _found(_MAILBOX, parts):
            if re.fullmatch(r"[a-z]{1,20}[._][a-z]{2,}", found.partition("@")[0], re.IGNORECASE):
                yield reading.problem(
                    version, "KB405", f"`{found}` looks like a person's mailbox.", "Name a functional one.",
                    **where(part, found, start),
                )  # fmt: skip


def _persons(reading: Reading) -> Iterator[Problem]:
    for _, _, version in reading.versions():
        for part, found, start in _found(_PERSON, of_all(version) if _PERSON.search(version.shown) else ()):
            yield reading.problem(
                version, "KB406", f"`{found}` looks like a person's name.", "Name the office or the unit.",
                **where(part, found, start),
            )  # fmt: skip


def _counterparts(reading: Reading) -> Iterator[Problem]:
    countries = {note.id: note.fields.countries for note in reading.collection.notes}
    linked = _counterpart_links(reading)
    unread = {note_id for _, note_id in reading.collection.ids} - countries.keys()
    for note in reading.collection.notes:
        if linked.get(note.id, set()) & unread:
            continue  # nobody knows yet where a note holds that has errors
        fields = note.fields
        if not isinstance(fields, PracticeFields) or len(fields.countries) != 1 or fields.countries[0] not in BENELUX:
            continue
        reached = {
            inside
            for other in linked.get(note.id, ())
            for area in countries.get(other, ())
            if area in reading.taxonomy.countries
            for inside in (area, *reading.taxonomy.countries.narrower(area))
        }
        for country in BENELUX:
            if country not in (*fields.countries, *fields.no_counterpart) and country not in reached:
                yield reading.problem(
                    note.original_version, "KB407", f"nothing is said of a counterpart in {country}.",
                    f"Link one as `counterpart-of`, or write `no_counterpart: [{country}]` if none was found.",
                    at=("related",),
                )  # fmt: skip
            if country in fields.no_counterpart and country in reached:
                yield reading.problem(
                    note.original_version, "KB407",
                    f"`no_counterpart` names {country}, and a counterpart there is linked.",
                    at=("no_counterpart",),
                )  # fmt: skip


def _orphans(reading: Reading) -> Iterator[Problem]:
    naming = {note.id for note in reading.collection.notes if note.named}
    named = {other for note in reading.collection.notes for other in note.named}
    if len(reading.collection.notes) > 1:
        for note in reading.collection.notes:
            if note.id not in named | naming:
                yield reading.problem(
                    note.original_version, "KB408", "no note names this one, and it names none.",
                    "Link what it serves, what is its counterpart, or what to read next.",
                )  # fmt: skip


def _reviews(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        if note.fields.review_by < reading.today:
            yield reading.problem(
                note.original_version, "KB409", f"the note was to be reviewed by {note.fields.review_by}.",
                "Compare it with its sources and move `reviewed` and `review_by`.", at=("review_by",),
            )  # fmt: skip


def _days(reading: Reading) -> Iterator[Problem]:
    for note in reading.collection.notes:
        fields = note.fields
        days: list[tuple[str | None, At]] = [(fields.reviewed, ("reviewed",))]
        days += [(one.accessed, ("sources", place, "accessed")) for place, one in enumerate(fields.sources)]
        if fields.status not in ("proposed", "draft"):
            begun = "started" if isinstance(fields, PracticeFields) else "adopted"
            days.append((getattr(fields, begun), (begun,)))
        for day, at in days:
            if day and day > reading.today:
                yield reading.problem(
                    note.original_version, "KB410", f"`{at[-1]}: {day}` is still to come.",
                    "Write the day on which it was so.", at=at,
                )  # fmt: skip


def _counterpart_links(reading: Reading) -> Mapping[str, set[str]]:
    """Note id -> its counterparts, whichever of the two names the other."""
    linked: dict[str, set[str]] = {}
    for note in reading.collection.notes:
        for link in note.fields.related:
            if link.rel == "counterpart-of":
                linked.setdefault(note.id, set()).add(link.id)
                linked.setdefault(link.id, set()).add(note.id)
    return linked


def _foreign_terms(taxonomy: Taxonomy, language: Language) -> Mapping[str, tuple[str, Language]]:
    """Term of another language -> what it is called in this one, and whose it is."""
    concepts = [concept for scheme in (taxonomy.crime_types, taxonomy.phases) for concept in scheme.values()]
    own = {text.casefold() for concept in concepts for text in _names(concept, language)}
    return {
        text: (concept.label(language), other)
        for concept in concepts
        for other in Language
        if other is not language
        for text in (concept.label(other), *concept.alternatives.get(other, ()))
        if text.islower() and text.casefold() not in own | _HOMOGRAPHS.get(language, set())
    }


def _names(concept: Concept, language: Language) -> tuple[str, ...]:
    return (concept.label(language), *concept.alternatives.get(language, ()), *concept.hidden.get(language, ()))


def _found(
    pattern: re.Pattern[str], parts: Iterable[Part], read: Callable[[str], str] = str
) -> Iterator[tuple[Part, str, int]]:
    """What of parts, as they are read, matches a pattern, and where in its part it begins."""
    for part in parts:
        for match in pattern.finditer(read(part.text)):
            yield part, match[0], match.start()


def _unquoted(text: str) -> str:
    """A text with blanks instead of what it quotes, which may stay as it was said."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


def _any_of(terms: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?=s?(?![\w-]))")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


_E, _W = Level.ERROR, Level.WARNING
CARE_RULES: tuple[Rule, ...] = (
    Rule("KB404", "term", _W, "Crime types and phases are called as the note's language calls them.",
         "rançongiciel (in a Dutch note)", "gijzelsoftware", _terms),
    Rule("KB405", "contact", _W, "Telephone numbers and mailboxes are public lines, never a person's.",
         "jan.peeters@example.org", "info@example.org", _contacts),
    Rule("KB406", "person", _W, "Private persons are not named.", "inspecteur Peeters", "the investigating unit",
         _persons),
    Rule("KB407", "counterpart", _W,
         "A practice of one Benelux country names its counterparts in the two others, or says that none was found.",
         "(nothing about LU)", "no_counterpart: [LU]", _counterparts),
    Rule("KB408", "orphan", _W, "A note has a link to another, or another to it.", "(no link)",
         "related: [{id: lu-urlabuse, rel: see-also}]", _orphans),
    Rule("KB409", "review", _W, "A note is reviewed by the day it names.", "review_by: (a day gone by)",
         "review_by: (a day to come)", _reviews),
    Rule("KB410", "day-to-come", _W, "What is said to have been done was done: days of review, of reading, of a start.",
         "reviewed: (a day to come)", "reviewed: (the day it was compared with its sources)", _days),
)  # fmt: skip
