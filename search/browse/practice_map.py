"""How many practices there are against each crime type in each phase for each country, and where there are none.

Counts as a search does: a crime type includes its narrower ones, and a practice of an area holds for every country in
it. So each number is what the search with the same filters lists. Practices about all cybercrime count under that only;
powers and playbooks about it count under each crime type, because an order to keep data is given in any case.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final, NamedTuple

from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, EVERY_CRIME, Searched, Taxonomy
from search.catalogue import Entry
from search.query import EVIDENCE_LEVELS

EVALUATED: Final = EVIDENCE_LEVELS[EVIDENCE_LEVELS.index("evaluated-locally") :]
"""The evidence levels of practices that somebody has evaluated."""

Column = tuple[str, ...]
"""Countries and areas that are counted together: the value of a country filter."""


@dataclass(frozen=True)
class MapCell:
    """Practices against a crime type in a phase, for the countries of a column.

    practices: how many hold for them; evaluated: how many of these were evaluated
    own:       how many name a country of it; 0: what holds there is known of a wider area only
    powers, playbooks: how many of these hold for them, about the crime type or about all cybercrime
    searched:  the day on which practices were searched in vain, if there are none
    """

    practices: int
    evaluated: int
    own: int
    powers: int = 0
    playbooks: int = 0
    searched: str | None = None

    @property
    def besides(self) -> int:
        """How many powers and playbooks there are."""
        return self.powers + self.playbooks


class Gap(NamedTuple):
    """A crime type and a phase for which no Benelux country has a practice of its own.

    wider:     how many practices of wider areas hold for a Benelux country
    elsewhere: how many there are in the collection, for whatever country
    """

    crime_type: str
    phase: str
    wider: int
    elsewhere: int


@dataclass(frozen=True)
class PracticeMap:
    """The cells by crime type, phase and column; gaps by crime type and phase, in the order of the vocabularies.

    columns: each Benelux country, then all other countries and areas together
    gaps:    a narrower crime type is left out where the one above it is such a gap, too
    """

    columns: tuple[Column, ...]
    cells: Mapping[tuple[str, str, Column], MapCell]
    gaps: tuple[Gap, ...]

    @property
    def searched(self) -> tuple[Searched, ...]:
        """Where practices were searched in vain, and none holds."""
        return tuple(
            Searched(crime_type, phase, column[0], cell.searched)
            for (crime_type, phase, column), cell in self.cells.items()
            if cell.searched
        )


def practice_map(notes: Mapping[str, Entry], taxonomy: Taxonomy) -> PracticeMap:
    """Count the practices among the notes that a caller may see."""
    benelux = taxonomy.countries.narrower(BENELUX)
    others = tuple(country for country in taxonomy.countries if country not in benelux)
    columns: tuple[Column, ...] = (*((country,) for country in benelux), others)
    places = list(product(taxonomy.crime_types, taxonomy.phases))
    searched: dict[tuple[str, str, Column], str] = {
        (search.crime_type, search.phase, (search.country,)): search.searched for search in taxonomy.searched
    }
    holding: Counter[tuple[str, str, Column]] = Counter()
    evaluated: Counter[tuple[str, str, Column]] = Counter()
    own: Counter[tuple[str, str, Column]] = Counter()
    everywhere: Counter[tuple[str, str]] = Counter()
    wider: Counter[tuple[str, str]] = Counter()
    besides: dict[Kind, Counter[tuple[str, str, Column]]] = {Kind.POWER: Counter(), Kind.PLAYBOOK: Counter()}
    for note in notes.values():
        if note.kind in besides:
            crimes = note.facets["crime_type"]
            about = list(product(taxonomy.crime_types if EVERY_CRIME in crimes else crimes, note.facets["phase"]))
            reach = taxonomy.reach(note.shared["countries"])
            besides[note.kind].update((*place, column) for column in columns if reach & set(column) for place in about)
        if note.kind is not Kind.PRACTICE:
            continue
        named = set(note.shared["countries"])
        reach = taxonomy.reach(named)
        about = list(product(note.facets["crime_type"], note.facets["phase"]))
        everywhere.update(about)
        if reach & set(benelux):
            wider.update(about)
        for column in (column for column in columns if reach & set(column)):
            cells = [(*place, column) for place in about]
            holding.update(cells)
            evaluated.update(cells if note.shared["evidence"]["level"] in EVALUATED else ())
            own.update(cells if named & set(column) else ())
    gaps = {
        place: Gap(*place, wider[place], everywhere[place])
        for place in places
        if not any(own[*place, (country,)] for country in benelux)
    }

    def is_in_wider_gap(gap: Gap) -> bool:
        above = gaps.get((taxonomy.crime_types[gap.crime_type].broader or "", gap.phase))
        return above is not None and bool(above.wider) == bool(gap.wider)

    return PracticeMap(
        columns=columns,
        cells={
            cell: MapCell(
                holding[cell],
                evaluated[cell],
                own[cell],
                besides[Kind.POWER][cell],
                besides[Kind.PLAYBOOK][cell],
                None if holding[cell] else searched.get(cell),
            )
            for cell in ((*place, column) for place, column in product(places, columns))
        },
        gaps=tuple(gap for gap in gaps.values() if not is_in_wider_gap(gap)),
    )
