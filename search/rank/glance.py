"""The answer at a glance: in each Benelux country, and beyond them, the note that answers best there and whom to reach.

A contact is found by its own purpose and questions, and by the notes that name it: one that answers speaks for those
whom it names. Only notes that pass the filter of the question, clearance included, speak for a contact, and only they
show it. Figures: docs/decisions/0033-whom-to-reach.md.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, product
from typing import Any, Final, NamedTuple

import numpy as np

from kb.access import CLEAR
from kb.notes.note import Kind
from kb.notes.taxonomy import EVERY_CRIME
from kb.store.records import note_and_language, of_bytes
from kb.text.folding import fold
from kb.text.languages import Language
from search.catalogue import Catalogue, Flags, Numbers, Rows, flagged, rows_by_value
from search.query import SearchQuery
from search.rank.calibrate import LEVELS
from search.results import BEYOND, AtAGlance, Level, Reached
from search.understand.question import Question

OF_A_PLACE: Final = 2
"""How many contacts a country has."""
NOTES_WEIGHT = 1.0
"""How much the best note that names a contact counts, against the nearness of the contact itself."""
FARTHEST = 0.35
"""How far behind the best note of the answer that note is at most; so is a contact none of whose notes was found."""
BEHIND = (0.12, 0.08)
"""How far behind the best of all contacts the first of a country is at most, and any other."""
NEAR = 0.63
"""From which nearness a contact is shown where a note answers."""
ALONE = 0.8
"""From which nearness of its own it is shown where no note answers."""
OTHER_CRIME = 0.05
"""What a contact loses that is for other crimes than the question names."""
OTHER_COUNTRY = 0.08
"""What a contact loses that is of another Benelux country than the question names."""
NAMED = 0.3
"""What a contact gains that the question calls by its name; it is shown however near it is."""
_WORD: Final = re.compile(r"[a-z0-9]+")
_WORDS: Final = 3
"""Words of a question that may be one name."""
ANSWERING: Final[tuple[tuple[Kind, ...], ...]] = ((Kind.PRACTICE, Kind.POWER), (Kind.STRATEGY,))
"""Kinds of notes of which the best of a country is shown: strategies where no practice or power of it is relevant."""
Counterparts = Callable[[str], Iterable["Found"]]
"""Power -> its counterparts in other countries that pass the filter of the question."""


class Found(NamedTuple):
    """A note of an answer. past: whether it is on what no longer stands"""

    id: str
    level: Level
    score: float
    countries: Sequence[str]
    past: bool


class Contacts:
    """The contacts that the notes of a generation name, in the order of their ids.

    vectors: by which questions find them, shape (contacts, dimension), unit length
    """

    def __init__(self, notes: Catalogue, vectors: Iterable[tuple[str, Mapping[str, Any]]], own: Sequence[str]) -> None:
        """vectors: record id, `contact_vectors` and `contact_names` of each version; own: the Benelux countries"""
        found: dict[str, np.ndarray] = {}
        naming: dict[str, list[int]] = {}
        called: dict[str, Sequence[str]] = {}
        self._notes = notes
        self._places: dict[str, tuple[str, ...]] = {}
        crimes: dict[str, Sequence[str]] = {}
        for record_id, payload in vectors:
            note_id = note_and_language(record_id)[0]
            contacts = notes[note_id].shared["short_contacts"]
            if not (written := payload.get("contact_vectors")):
                continue
            called |= payload.get("contact_names") or {}
            for contact, vector in zip(contacts, of_bytes(written, len(contacts)), strict=True):
                found.setdefault(contact["id"], vector)
                naming.setdefault(contact["id"], []).append(notes.row[note_id])
                self._places[contact["id"]] = _places(contact["countries"], own)
                crimes[contact["id"]] = contact["crime_types"]
        self.ids = (*sorted(found),)
        self.vectors = np.stack([found[each] for each in self.ids]) if found else np.empty((0, 0), np.float32)
        self._naming: Rows = np.array([row for each in self.ids for row in naming[each]], np.intp)
        self._called = {_joined(name): place for place, each in enumerate(self.ids) for name in called.get(each, ())}
        self._starts = np.cumsum([0, *(len(naming[each]) for each in self.ids)], dtype=np.intp)[:-1]
        self._of_places = rows_by_value(self._places[each] for each in self.ids)
        self._of_crimes = rows_by_value(crimes[each] for each in self.ids)

    def nearest(
        self, asked: Question, scores: Numbers, passing: Flags, told: Collection[str], *, answered: bool
    ) -> dict[str, tuple[Reached, ...]]:
        """Return place -> its contacts, best first, at most `OF_A_PLACE`.

        scores:   of each note, shape (notes,), -inf where it was not found
        passing:  the notes that speak for contacts, shape (notes,)
        told:     the countries to tell of, beside what is beyond them
        answered: whether a note is relevant
        """
        if not self.ids:
            return {}
        own = np.vecdot(self.vectors, asked.subject)
        found = passing & (scores > -np.inf)
        best = scores.max(initial=-np.inf, where=found) if found.any() else 0.0
        behind = np.maximum(scores - best, -FARTHEST, out=np.full(len(scores), -FARTHEST), where=found)[self._naming]
        notes = np.maximum.reduceat(behind, self._starts)
        named = self._named(asked.query.text)
        crimes = {*asked.named.crime_types, EVERY_CRIME}
        other_crime = ~flagged(self._of_crimes, crimes, len(self.ids)) & (len(crimes) > 1)
        elsewhere = ~self._are_of(asked.held_to.intersection(told) or told)
        nearness = own + NOTES_WEIGHT * notes - OTHER_CRIME * other_crime - OTHER_COUNTRY * elsewhere
        total = nearness + NAMED * named
        near = named | (nearness >= NEAR if answered else own >= ALONE)
        shown = near & self._are_of(told) & np.logical_or.reduceat(passing[self._naming], self._starts)
        most = nearness.max(initial=-np.inf, where=shown)
        reached: dict[str, list[Reached]] = {}
        for place in np.argsort(-total.round(6), kind="stable").tolist():
            if shown[place]:
                for country in self._places[self.ids[place]]:
                    of_country = reached.setdefault(country, [])
                    if len(of_country) < OF_A_PLACE and (
                        named[place] or total[place] >= most - BEHIND[bool(of_country)]
                    ):
                        of_country.append(self._reached(place, float(total[place]), behind, passing, asked.reader))
        return {country: tuple(some) for country, some in reached.items()}

    def _are_of(self, countries: Collection[str]) -> Flags:
        """Return a flag for each contact: whether it is of one of these countries, or beyond them."""
        return flagged(self._of_places, (*countries, BEYOND), len(self.ids))

    def _named(self, text: str) -> Flags:
        """Return a flag for each contact: whether the question calls it by its name, in one word or several."""
        flags, said = np.zeros(len(self.ids), bool), _WORD.findall(fold(text))
        for start, number in product(range(len(said)), range(1, _WORDS + 1)):
            if (place := self._called.get("".join(said[start : start + number]))) is not None:
                flags[place] = True
        return flags

    def _reached(self, place: int, score: float, behind: Numbers, passing: Flags, reader: Language) -> Reached:
        """Return a contact as a note that names it and passes shows it: rather one that everybody may see, then one in
        the reader's language, then the best.
        """
        end = self._starts[place + 1] if place + 1 < len(self._starts) else len(self._naming)
        rows = range(self._starts[place], end)
        passes = [row for row in rows if passing[self._naming[row]]]
        entries = {row: self._notes[self._notes.ids[self._naming[row]]] for row in passes}
        best = max(
            passes,
            key=lambda row: (entries[row].shared["tlp"] == CLEAR, reader in entries[row].versions, behind[row], -row),
        )
        note_id, entry = self._notes.ids[self._naming[best]], entries[best]
        language = entry.version_for(reader)
        contacts = entry.versions[language]["short_contacts"]
        contact = next(each for each in contacts if each["id"] == self.ids[place])
        return Reached(contact, language, note_id, entry.shared["tlp"], score)


def _joined(name: str) -> str:
    return "".join(_WORD.findall(fold(name)))


def countries_told(query: SearchQuery, own: Sequence[str], named: Collection[str]) -> list[str]:
    """Return the Benelux countries to tell of, those first that a question names."""
    wanted = (country for country in own if not query.countries or country in query.countries)
    return sorted(wanted, key=lambda country: country not in named)


def at_a_glance(
    found: Mapping[Kind, Iterable[Found]],
    contacts: Mapping[str, Sequence[Reached]],
    own: Sequence[str],
    sought: Sequence[str],
    counterparts: Counterparts,
) -> dict[str, AtAGlance]:
    """Return place -> the best relevant note of it, and whom to reach there; nothing where there is neither at all.

    What still stands comes before what no longer does. Where a power answers best, a country without a relevant note
    has its own such power: who asks what one country may do wants to know whether another may, too.

    found: the relevant notes of each kind; own: the Benelux countries; sought: those to tell of
    """
    of_kind = {kind: [*notes] for kind, notes in found.items()}
    best: dict[str, Found] = {}
    for kinds in ANSWERING:
        here: dict[str, Found] = {}
        for note in chain.from_iterable(of_kind.get(kind, ()) for kind in kinds):
            for place in _places(note.countries, own):
                if place not in here or _rank(note) > _rank(here[place]):
                    here[place] = note
        best = here | best
    answers: dict[str, tuple[str, str | None]] = {place: (note.id, None) for place, note in best.items()}
    ranked = sorted(best.values(), key=_rank, reverse=True)
    powers = [note for note in ranked if note in of_kind.get(Kind.POWER, ())]
    for note in powers if powers[:1] == ranked[:1] else ():
        for other in sorted(counterparts(note.id), key=lambda each: (each.past, each.id)):
            for place in _places(other.countries, own):
                answers.setdefault(place, (other.id, note.id))
    return {
        place: AtAGlance(note, (*contacts.get(place, ()),), counterpart_of)
        for place in (*sought, BEYOND)
        for note, counterpart_of in [answers.get(place, (None, None))]
        if best or contacts
    }


def together(glances: Sequence[Mapping[str, AtAGlance]], least: int) -> dict[str, list[Reached]]:
    """Return place -> the contacts of several answers to parts of a text, those first that most parts find near.

    least: how many parts must find one
    """
    found: dict[str, dict[str, list[Reached]]] = {}
    for place, of_place in chain(*(glance.items() for glance in glances)):
        for each in of_place.contacts:
            found.setdefault(place, {}).setdefault(each.contact["id"], []).append(each)
    return {
        place: [
            max(parts, key=lambda each: each.score)
            for parts in sorted(of_place.values(), key=lambda parts: -sum(each.score for each in parts))[:OF_A_PLACE]
            if len(parts) >= least
        ]
        for place, of_place in found.items()
    }


def _rank(note: Found) -> tuple[bool, int, float]:
    return not note.past, LEVELS.index(note.level), note.score


def _places(countries: Sequence[str], own: Sequence[str]) -> tuple[str, ...]:
    """Return the Benelux countries of a note or contact; of what is of all of them, or of none, `BEYOND`."""
    here = tuple(country for country in own if country in countries)
    return here if 0 < len(here) < len(own) else (BEYOND,)
