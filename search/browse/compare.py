"""Practices against one crime type, or notes on one power, side by side: a column for each country, and its notes under
the same headings.

Notes of any kind that a reader chooses stand side by side in the same way, a column for each.

Taken from a note's own sections and fields, in the reader's version or else in its own. What no note says stays empty.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from kb.notes.markdown import sections
from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, EVERY_CRIME, Taxonomy
from kb.store.records import version_id
from kb.text.languages import Language
from search.catalogue import Entry, latest_first
from search.query import EVIDENCE_LEVELS
from search.results import NoteCard

SIDE_BY_SIDE: Final = 4
"""How many practices of a country stand side by side; the others are a search away."""
CHOSEN: Final = (2, 6)
"""How many notes a reader can choose to compare, at least and at most."""
EXTRACT: Final = 220
"""Length of an extract in characters, about."""
CURRENT: Final = ("in-force", "adopted", "draft")
"""The states of a strategy that count for today, the firmest first."""
SECTIONS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.PRACTICE: ("approach", "legal-basis", "partners", "results", "works-best-if", "effort", "risks"),
    Kind.POWER: ("allows", "legal-basis", "ordered-by", "conditions", "time-limits", "channel", "pitfalls"),
    Kind.STRATEGY: ("purpose", "scope", "objectives", "operations", "exchange", "targets"),
    Kind.PLAYBOOK: ("recognise", "first-hour", "first-day", "first-week", "pitfalls"),
}
"""The fixed sections that are compared."""

Cards = Callable[[str], NoteCard]
"""Note id -> the note as lists show it."""
Records = Callable[..., Mapping[str, Mapping[str, Any]]]
"""(ids of versions, *fields) -> the payloads of those that the caller may see, or these fields of them."""


class Extract(NamedTuple):
    """The beginning of a section. cut: whether it goes on; anchor: where on the note's page, none for a field."""

    text: str
    cut: bool
    anchor: str
    lang: Language


@dataclass(frozen=True)
class ComparedPractice:
    """A practice, and what its records say.

    extracts: key of a fixed section -> how it begins; sections that the note does not have are absent
    laws:     in `original`: names, empty where the sources give none, and the country where a law is of one
    organisations: as the field of the note, those who lead first
    """

    card: NoteCard
    original: Language
    extracts: Mapping[str, Extract]
    laws: tuple[tuple[str, str | None], ...]
    organisations: tuple[Mapping[str, str], ...]

    @property
    def legal_basis(self) -> tuple[str, ...]:
        """The names of its laws."""
        return tuple(dict.fromkeys(name for name, _ in self.laws))


@dataclass(frozen=True)
class Column:
    """A country or area.

    practices:   those that name it, those with the best evidence first, of these the operational, of these the
                 latest; `SIDE_BY_SIDE` of them at most
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

    @property
    def cards(self) -> tuple[NoteCard, ...]:
        """The cards of all its notes."""
        return (*(practice.card for practice in self.practices), *self.strategies, *self.overarching)


def compare(
    notes: Mapping[str, Entry],
    taxonomy: Taxonomy,
    crime_type: str,
    phase: str | None,
    card: Cards,
    practice: Callable[[str], ComparedPractice],
) -> tuple[Column, ...]:
    """Put the notes a caller may see side by side, the Benelux countries first.

    crime_type, phase: of the taxonomy, narrower ones included; phase None: any; practice: as `compared`
    """
    benelux = taxonomy.countries.narrower(BENELUX)
    above = {*taxonomy.crime_types.broader(crime_type), EVERY_CRIME}
    notes = {note_id: note for note_id, note in notes.items() if phase is None or phase in note.facets["phase"]}
    about = {note_id: note for note_id, note in notes.items() if crime_type in note.facets["crime_type"]}
    practices = {note_id: note for note_id, note in about.items() if note.kind is Kind.PRACTICE}

    def is_overarching(note_id: str) -> bool:
        shared = notes[note_id].shared
        return note_id not in about and bool(above & set(shared["crime_types"])) and shared["status"] in CURRENT

    def by_evidence(note_id: str) -> tuple[int, bool]:
        """Return what sorts a practice: the better tested first, then those at work."""
        shared = notes[note_id].shared
        return -EVIDENCE_LEVELS.index(shared["evidence"]["level"]), shared["status"] != "operational"

    columns = []
    for country in taxonomy.countries_as_listed():
        named = [note_id for note_id, note in practices.items() if country in note.shared["countries"]]
        if not named and country not in benelux:
            continue
        own = sorted(latest_first(named, notes), key=by_evidence)
        beside = [practice(note_id) for note_id in own[:SIDE_BY_SIDE]]
        here = (None, country, *taxonomy.countries.broader(country))  # laws of other countries are in their columns
        plans = [
            key for key, note in notes.items() if note.kind is Kind.STRATEGY and country in note.shared["countries"]
        ]
        strategies = latest_first(plans, notes)
        strategies.sort(key=lambda note_id: notes[note_id].shared["status"] not in CURRENT)
        column = Column(
            country=country,
            practices=tuple(replace(each, laws=tuple(law for law in each.laws if law[1] in here)) for each in beside),
            own=len(own),
            applying=sum(country in taxonomy.reach(note.shared["countries"]) for note in practices.values()),
            strategies=tuple(card(note_id) for note_id in strategies if note_id in about),
            overarching=tuple(card(note_id) for note_id in strategies if is_overarching(note_id)),
        )
        columns.append(column)
    return tuple(columns)


def compare_powers(
    notes: Mapping[str, Entry], taxonomy: Taxonomy, power: str, note: Callable[[str], ComparedPractice]
) -> tuple[Column, ...]:
    """Put the notes on a power that a caller may see side by side, the Benelux countries first. note: as `compared`"""
    about = {note_id: entry for note_id, entry in notes.items() if power in entry.shared["powers"]}
    columns = []
    for country in taxonomy.countries_as_listed():
        own = sorted(note_id for note_id, entry in about.items() if country in entry.shared["countries"])
        if own or country in taxonomy.countries.narrower(BENELUX):
            applying = sum(country in taxonomy.reach(entry.shared["countries"]) for entry in about.values())
            columns.append(Column(country, tuple(map(note, own)), len(own), applying, (), ()))
    return tuple(columns)


def compared(card: NoteCard, original: Language, records: Records) -> ComparedPractice:
    """Read what a practice says, in the version of its card, and where that lacks a section in the original."""
    own_id, shown_id = version_id(card.id, original), version_id(card.id, card.lang)
    found = records(list(dict.fromkeys((own_id, shown_id))), "markdown", "fields")
    own = found[own_id]
    fields = own["fields"]
    given = {
        "works-best-if": fields.get("works_best_if"),
        "risks": fields.get("risks"),
        "effort": (fields.get("effort") or {}).values(),
    }
    extracts = {key: extract(texts, "", original) for key, texts in given.items() if texts}
    extracts |= _sections(own["markdown"], card.kind, original)
    if card.lang is not original:
        extracts |= _sections(found[shown_id]["markdown"], card.kind, card.lang)
    return ComparedPractice(
        card,
        original,
        extracts,
        tuple((law.get("name", ""), law.get("country")) for law in fields.get("legal_basis", ())),
        tuple(sorted(fields["organisations"], key=lambda body: body["role"] != "lead")),
    )


def _sections(markdown: str, kind: Kind, lang: Language) -> dict[str, Extract]:
    blocks: dict[str, list[str]] = {}
    top = ""
    for section in sections(markdown, 1, kind):
        top = section.anchor if section.level <= 2 else top
        blocks.setdefault(top, []).extend(block.text for block in section.blocks)
    return {key: extract(blocks[key], key, lang) for key in SECTIONS[kind] if blocks.get(key)}


def extract(blocks: Iterable[str], anchor: str, lang: Language) -> Extract:
    """Return the beginning of some paragraphs and list items, cut between words."""
    text = " ".join(block if block.endswith((".", "!", "?", ":", ";")) else f"{block};" for block in blocks).rstrip(";")
    if len(text) <= EXTRACT:
        return Extract(text, False, anchor, lang)
    return Extract(text[: EXTRACT + 1].rpartition(" ")[0].rstrip(" ,;:.–-") or text[:EXTRACT], True, anchor, lang)
