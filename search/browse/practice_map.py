"""How many practices there are against each crime type in each phase for each country, and where there are none.

Counts as a search does: a crime type includes its narrower ones, and a practice of an area holds for every country in
it. So each number is what the search with the same filters lists. Practices about all cybercrime count under that only.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, Taxonomy
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
    own:       how many name one of them; none: what holds there is known of a wider area only
    """

    practices: int
    evaluated: int
    own: int


class Gap(NamedTuple):
    """A crime type and a phase for which no Benelux country has a practice of its own.

    wider:     how many practices of wider areas hold for one of them
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


def practice_map(notes: Mapping[str, Entry], taxonomy: Taxonomy) -> PracticeMap:
    """Count the practices among the notes that a caller may see."""
    benelux = taxonomy.countries.narrower(BENELUX)
    others = tuple(one for one in taxonomy.countries if one not in benelux)
    columns: tuple[Column, ...] = (*((one,) for one in benelux), others)
    counts: Counter[tuple[str, str, Column, str]] = Counter()
    everywhere: Counter[tuple[str, str]] = Counter()
    wider: Counter[tuple[str, str]] = Counter()
    for note in notes.values():
        if note.kind is not Kind.PRACTICE:
            continue
        named = set(note.shared["countries"])
        reach = taxonomy.reach(named)
        about = [(crime, phase) for crime in note.facets["crime_type"] for phase in note.facets["phase"]]
        everywhere.update(about)
        if reach & set(benelux):
            wider.update(about)
        for column in (one for one in columns if reach & set(one)):
            tests = {
                "practices": True,
                "evaluated": note.shared["evidence"]["level"] in EVALUATED,
                "own": bool(named & set(column)),
            }
            counts.update((*one, column, name) for one in about for name, holds in tests.items() if holds)
    cells = {
        (crime, phase, column): MapCell(
            counts[crime, phase, column, "practices"],
            counts[crime, phase, column, "evaluated"],
            counts[crime, phase, column, "own"],
        )
        for crime in taxonomy.crime_types
        for phase in taxonomy.phases
        for column in columns
    }
    open_cells = {
        (crime, phase): Gap(crime, phase, wider[crime, phase], everywhere[crime, phase])
        for crime in taxonomy.crime_types
        for phase in taxonomy.phases
        if not any(cells[crime, phase, (country,)].own for country in benelux)
    }
    return PracticeMap(
        columns,
        cells,
        tuple(gap for gap in open_cells.values() if not _is_told_above(gap, open_cells, taxonomy)),
    )


def _is_told_above(gap: Gap, gaps: Mapping[tuple[str, str], Gap], taxonomy: Taxonomy) -> bool:
    parent = taxonomy.crime_types[gap.crime_type].broader
    above = gaps.get((parent, gap.phase)) if parent else None
    return above is not None and bool(above.wider) == bool(gap.wider)
