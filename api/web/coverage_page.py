"""The page for those who write a common strategy: a map of the practices there are, what is missing, objectives."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from fastapi import Request
from starlette.responses import Response

from api.interface_texts import TEXTS
from api.web.rendering import page
from api.web.search_address import SearchAddress
from kb.languages import Language
from kb.taxonomy import Taxonomy
from search.practice_map import Column, MapCell, PracticeMap
from search.query import EVIDENCE_LEVELS
from search.service import Searcher

HEAT: Final = (1, 2, 4, 7)
"""From how many practices a cell has heat 1, 2, 3 and 4. Below is 0: nothing is known."""
_LABELS, _CELL, _ROW, _GAP, _HEAD, _FOOT, _EDGE = 200, 34, 28, 4, 64, 26, 4
_LINE: Final = 27
"""Characters of a row's label that fit on a line, less two for each step down the tree."""
_PHASE_LINE: Final = 17


@dataclass(frozen=True)
class Square:
    """A cell of the map, where it stands in the picture, and the search that lists its practices."""

    x: int
    y: int
    cell: MapCell
    words: str
    address: SearchAddress

    @property
    def heat(self) -> int:
        """0 to 4."""
        return heat(self.cell.practices)


@dataclass(frozen=True)
class Row:
    """A crime type: its label on as many lines as it takes, its place, and its cells."""

    crime_type: str
    depth: int
    lines: tuple[str, ...]
    y: int
    squares: tuple[Square, ...]


@dataclass(frozen=True)
class Picture:
    """Measures in pixels. heads: the lines of each phase's label, and their middle; columns: each, and its middle."""

    rows: tuple[Row, ...]
    heads: tuple[tuple[tuple[str, ...], int], ...]
    columns: tuple[tuple[Column, int], ...]
    width: int
    height: int
    labels: int = _LABELS
    cell: int = _CELL
    row: int = _ROW
    head: int = _HEAD


def coverage_page(request: Request, door: Searcher, language: Language) -> Response:
    """The page. Everything on it is counted among the notes that everybody may see."""
    taxonomy = door.taxonomy()
    found = door.practice_map()
    return page(
        request, "coverage.html", language, "/{}/coverage",
        taxonomy=taxonomy, map=found, picture=picture(found, taxonomy, language), heats=_heats(),
        gaps=_gaps(found), counts=door.coverage(date.today().isoformat()), evidence_levels=EVIDENCE_LEVELS,
        strategies=door.objectives(language), search_for=_search,
    )  # fmt: skip


def heat(practices: int) -> int:
    """How strongly a number of practices is coloured, 0 to 4."""
    return sum(practices >= least for least in HEAT)


def picture(found: PracticeMap, taxonomy: Taxonomy, language: Language) -> Picture:
    """Lay the map out: crime types down, and in each phase a column for every country and one for all others."""
    block = len(found.columns) * _CELL + _GAP
    places = [
        (phase, column, number * block + place * _CELL)
        for number, phase in enumerate(taxonomy.phases)
        for place, column in enumerate(found.columns)
    ]
    rows = tuple(
        Row(
            crime_type,
            depth := len(taxonomy.crime_types.broader(crime_type)),
            _lines(taxonomy.crime_types[crime_type].label(language), _LINE - 2 * depth),
            y := _HEAD + number * _ROW,
            tuple(
                Square(
                    x,
                    y,
                    cell := found.cells[crime_type, phase, column],
                    _words(cell, crime_type, phase, column, taxonomy, language),
                    _search(crime_type, phase, column),
                )
                for phase, column, x in places
            ),
        )
        for number, crime_type in enumerate(taxonomy.crime_types)
    )
    return Picture(
        rows=rows,
        heads=tuple(
            (_lines(phase.label(language), _PHASE_LINE), number * block + (block - _GAP) // 2)
            for number, phase in enumerate(taxonomy.phases.values())
        ),
        columns=tuple((column, x + _CELL // 2) for _, column, x in places),
        width=len(taxonomy.phases) * block - _GAP + _EDGE,
        height=_HEAD + len(rows) * _ROW + _FOOT,
    )


def _search(crime_type: str, phase: str, countries: Column = ()) -> SearchAddress:
    """The search whose list of practices is what a cell counts."""
    return SearchAddress(
        filters=(*(("country", one) for one in countries), ("crime_type", crime_type), ("phase", phase))
    )


def _words(cell: MapCell, crime_type: str, phase: str, column: Column, taxonomy: Taxonomy, language: Language) -> str:
    """A cell for those who do not see it: `phishing, prevention, Belgium: 9 practices, 1 of them evaluated`."""
    texts = TEXTS[language]
    where = taxonomy.countries[column[0]].label(language) if len(column) == 1 else texts["other_countries"]
    told = [texts.count("n_practice", cell.practices) if cell.practices else texts["nothing_here"]]
    if cell.evaluated:
        told.append(texts.count("n_evaluated", cell.evaluated))
    if cell.practices and not cell.own:
        told.append(texts["wider_only"])
    about = (taxonomy.crime_types[crime_type].label(language), taxonomy.phases[phase].label(language), where)
    return texts["pair"].format(", ".join(about), ", ".join(told))


def _lines(label: str, width: int) -> tuple[str, ...]:
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return tuple(lines)


def _heats() -> Iterator[tuple[int, str]]:
    """Each heat but 0 and the numbers that have it: (2, "2–3")."""
    for place, least in enumerate(HEAT, 1):
        most = HEAT[place] - 1 if place < len(HEAT) else None
        yield place, f"{least}+" if most is None else f"{least}–{most}" if most > least else str(least)


def _gaps(found: PracticeMap) -> dict[str, tuple[list[tuple[str, int]], list[tuple[str, int]]]]:
    """Crime type -> phases for which nothing holds in the Benelux, and those for which only a wider area has something.

    Each phase with the number of practices that there are anyway.
    """
    gaps: dict[str, tuple[list[tuple[str, int]], list[tuple[str, int]]]] = {}
    for gap in found.gaps:
        gaps.setdefault(gap.crime_type, ([], []))[bool(gap.wider)].append((gap.phase, gap.elsewhere))
    return gaps
