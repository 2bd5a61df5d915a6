"""Practices against one crime type side by side: a column for each country, what its notes say under the same headings.

Shows of a note what stands in its own sections and fields, in the reader's version or else in its own. Says nothing
that no note says: what is missing stays empty.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Protocol

from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, EVERY_CRIME, Taxonomy
from kb.store.records import version_id
from kb.text.languages import Language
from search.catalogue import Entry, latest_first
from search.query import EVIDENCE_LEVELS
from search.results import NoteCard

SHOWN_OF: Final = 4
"""How many practices of a country stand side by side; the others are a search away."""
EXTRACT: Final = 220
"""Length of an extract in characters, about."""
CURRENT: Final = ("in-force", "adopted", "draft")
"""The states of a strategy that count for today, the firmest first."""
_SECTIONS: Final = ("approach", "legal-basis", "partners", "results", "works-best-if", "effort", "risks")

Cards = Callable[[str], NoteCard]
"""Note id -> the note as lists show it."""


class Records(Protocol):
    """Ids of versions -> their payloads, or these fields of them."""

    def __call__(self, version_ids: list[str], *fields: str) -> Mapping[str, Mapping[str, Any]]:
        """Versions that the caller may not see are absent."""


class Extract(NamedTuple):
    """The beginning of a section. cut: whether it goes on; anchor: where on the note's page, none for a field."""

    text: str
    cut: bool
    anchor: str
    lang: Language


class Body(NamedTuple):
    """An organisation that takes part in a practice, and whether it leads."""

    name: str
    leads: bool


@dataclass(frozen=True)
class ComparedPractice:
    """A practice in the column of a country.

    extracts:    key of a fixed section -> how it begins; sections that the note does not have are absent
    legal_basis: names of the laws it rests on in this country, in `original`; an empty one where the sources name none
    """

    card: NoteCard
    extracts: Mapping[str, Extract]
    legal_basis: tuple[str, ...]
    organisations: tuple[Body, ...]
    original: Language


@dataclass(frozen=True)
class Aspects:
    """What the records of a practice say, whichever country asks. laws: name and country, if it is of one."""

    original: Language
    extracts: Mapping[str, Extract]
    laws: tuple[tuple[str, str | None], ...]
    organisations: tuple[Body, ...]

    def seen_from(self, country: str, card: NoteCard, taxonomy: Taxonomy) -> ComparedPractice:
        """The practice in the column of a country: laws of other countries stand in theirs."""
        here = (None, country, *taxonomy.countries.broader(country))
        laws = (name for name, where in self.laws if where in here)
        return ComparedPractice(card, self.extracts, tuple(dict.fromkeys(laws)), self.organisations, self.original)


@dataclass(frozen=True)
class Column:
    """A country or area.

    practices:   those that name it, the most established first, `SHOWN_OF` of them at most
    own:         how many name it; applying: how many hold for it, which a search for it lists
    strategies:  about the crime type or a narrower one, and the phase
    overarching: about a broader one or all of them, as far as they count for today
    """

    country: str
    practices: tuple[ComparedPractice, ...]
    own: int
    applying: int
    strategies: tuple[NoteCard, ...]
    overarching: tuple[NoteCard, ...]


@dataclass(frozen=True)
class Comparison:
    """Practices against a crime type or a narrower one, in a phase or in any. The Benelux countries come first."""

    crime_type: str
    phase: str | None
    columns: tuple[Column, ...]


def compare(
    notes: Mapping[str, Entry],
    taxonomy: Taxonomy,
    crime_type: str,
    phase: str | None,
    card: Cards,
    aspects_of: Callable[[NoteCard], Aspects],
) -> Comparison:
    """Put the notes a caller may see side by side. crime_type, phase: of the taxonomy; aspects_of: see `aspects`."""
    benelux = taxonomy.countries.narrower(BENELUX)
    above = {*taxonomy.crime_types.broader(crime_type), EVERY_CRIME}
    notes = {one: note for one, note in notes.items() if phase is None or phase in note.facets["phase"]}
    chosen = {
        note_id: note
        for note_id, note in notes.items()
        if note.kind is Kind.PRACTICE and crime_type in note.facets["crime_type"]
    }
    shown: dict[str, list[str]] = {}
    for country in (*benelux, *(one for one in taxonomy.countries if one not in benelux)):
        own = established([one for one, note in chosen.items() if country in note.shared["countries"]], notes)
        if own or country in benelux:
            shown[country] = own
    cards = {one: card(one) for own in shown.values() for one in own[:SHOWN_OF]}
    return Comparison(
        crime_type,
        phase,
        tuple(
            Column(
                country=country,
                practices=tuple(
                    aspects_of(cards[one]).seen_from(country, cards[one], taxonomy) for one in own[:SHOWN_OF]
                ),
                own=len(own),
                applying=sum(country in taxonomy.reach(note.shared["countries"]) for note in chosen.values()),
                strategies=tuple(
                    card(one) for one in _strategies(notes, country) if crime_type in notes[one].facets["crime_type"]
                ),
                overarching=tuple(
                    card(one)
                    for one in _strategies(notes, country)
                    if crime_type not in notes[one].facets["crime_type"]
                    and above & set(notes[one].shared["crime_types"])
                    and notes[one].shared["status"] in CURRENT
                ),
            )
            for country, own in shown.items()
        ),
    )


def established(practices: Iterable[str], notes: Mapping[str, Entry]) -> list[str]:
    """Practices with the best evidence first, of these the operational ones, of these the latest; equals by id."""

    def strongest(note_id: str) -> tuple[int, bool]:
        shared = notes[note_id].shared
        return -EVIDENCE_LEVELS.index(shared["evidence"]["level"]), shared["status"] != "operational"

    return sorted(latest_first(practices, notes), key=strongest)


def aspects(card: NoteCard, original: Language, records: Records) -> Aspects:
    """Read what a practice says, in the version of its card, and where that lacks a section in the original."""
    own_id, shown_id = version_id(card.id, original), version_id(card.id, card.lang)
    found = records(list(dict.fromkeys((own_id, shown_id))), "markdown", "fields")
    own = found[own_id]
    fields = own["fields"]
    extracts = _fields(fields, original) | _sections(own["markdown"], original)
    if card.lang is not original:
        extracts |= _sections(found[shown_id]["markdown"], card.lang)
    bodies = [Body(one["name"], one["role"] == "lead") for one in fields["organisations"]]
    return Aspects(
        original,
        extracts,
        tuple((law.get("name", ""), law.get("country")) for law in fields["legal_basis"]),
        tuple(sorted(bodies, key=lambda one: not one.leads)),
    )


def _sections(markdown: str, lang: Language) -> dict[str, Extract]:
    blocks: dict[str, list[str]] = {}
    top = ""
    for section in sections(markdown, 1, Kind.PRACTICE):
        top = section.anchor if section.level <= 2 else top
        blocks.setdefault(top, []).extend(block.text for block in section.blocks)
    return {key: extract(blocks[key], key, lang) for key in _SECTIONS if blocks.get(key)}


def _fields(fields: Mapping[str, Any], lang: Language) -> dict[str, Extract]:
    """What stands in fields instead of sections."""
    given = {
        "works-best-if": list(fields["works_best_if"]),
        "risks": list(fields["risks"]),
        "effort": list((fields.get("effort") or {}).values()),
    }
    return {key: extract(texts, "", lang) for key, texts in given.items() if texts}


def extract(blocks: Iterable[str], anchor: str, lang: Language) -> Extract:
    """The beginning of some paragraphs and list items, cut between words."""
    text = " ".join(block if block.endswith((".", "!", "?", ":", ";")) else f"{block};" for block in blocks).rstrip(";")
    if len(text) <= EXTRACT:
        return Extract(text, False, anchor, lang)
    return Extract(text[: EXTRACT + 1].rpartition(" ")[0].rstrip(" ,;:.–-") or text[:EXTRACT], True, anchor, lang)


def _strategies(notes: Mapping[str, Entry], country: str) -> list[str]:
    """Strategies of a country, those that count for today first, then the latest."""
    found = (one for one, note in notes.items() if note.kind is Kind.STRATEGY and country in note.shared["countries"])
    return sorted(latest_first(found, notes), key=lambda one: notes[one].shared["status"] not in CURRENT)
