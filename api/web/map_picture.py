"""The map of practices as a picture: crime types down, and in each phase a column for every country and one for all
others.

Draws its cells itself: a template takes twice as long for some hundreds of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from api.locales.texts import TEXTS, Texts
from api.web.search_address import SearchAddress
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.browse.practice_map import Column, MapCell, PracticeMap

HEAT: Final = (1, 2, 4, 7)
"""From how many practices a cell has heat 1, 2, 3 and 4. Below is 0: nothing is known."""
_LABELS, _CELL, _ROW, _GAP, _HEAD, _FOOT, _EDGE = 200, 34, 28, 4, 64, 26, 4
_LINE: Final = 27
"""Characters of a row's label that fit on a line, less two for each step down the tree."""
_PHASE_LINE: Final = 17


class _Place(NamedTuple):
    """Where the cells of a phase and a column stand, and what both are called."""

    phase: str
    column: Column
    x: int
    words: str


@dataclass(frozen=True)
class Row:
    """A crime type: its label on as many lines as it takes, its place, its cells, and these as drawn (SVG)."""

    crime_type: str
    depth: int
    lines: tuple[str, ...]
    y: int
    cells: tuple[MapCell, ...]
    drawn: Markup


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


def heat(practices: int) -> int:
    """How strongly a number of practices is coloured, 0 to 4."""
    return sum(practices >= least for least in HEAT)


def search_of(crime_type: str, phase: str, countries: Column = ()) -> SearchAddress:
    """The search whose list of practices is what a cell counts."""
    return SearchAddress(
        filters=(*(("country", one) for one in countries), ("crime_type", crime_type), ("phase", phase))
    )


def picture(found: PracticeMap, taxonomy: Taxonomy, language: Language) -> Picture:
    """Lay the map out, in the words of a language."""
    block = len(found.columns) * _CELL + _GAP
    places = [
        _Place(phase.id, column, number * block + place * _CELL, f"{phase.label(language)}, {name}")
        for number, phase in enumerate(taxonomy.phases.values())
        for place, (column, name) in enumerate(_names(found.columns, taxonomy, language))
    ]
    return Picture(
        rows=tuple(
            _row(
                concept.id, len(taxonomy.crime_types.broader(concept.id)), concept.label(language),
                _HEAD + number * _ROW, places, found, language,
            )
            for number, concept in enumerate(taxonomy.crime_types.values())
        ),
        heads=tuple(
            (_lines(phase.label(language), _PHASE_LINE), number * block + (block - _GAP) // 2)
            for number, phase in enumerate(taxonomy.phases.values())
        ),
        columns=tuple((one.column, one.x + _CELL // 2) for one in places),
        width=len(taxonomy.phases) * block - _GAP + _EDGE,
        height=_HEAD + len(taxonomy.crime_types) * _ROW + _FOOT,
    )  # fmt: skip


def _names(columns: Iterable[Column], taxonomy: Taxonomy, language: Language) -> Iterator[tuple[Column, str]]:
    for column in columns:
        one = len(column) == 1
        yield column, taxonomy.countries[column[0]].label(language) if one else TEXTS[language]["other_countries"]


def _row(
    crime_type: str, depth: int, label: str, y: int, places: list[_Place], found: PracticeMap, language: Language
) -> Row:
    cells = tuple(found.cells[crime_type, one.phase, one.column] for one in places)
    drawn = []
    for one, cell in zip(places, cells, strict=True):
        words = _words(cell, f"{label}, {one.words}", TEXTS[language])
        path = search_of(crime_type, one.phase, one.column).path(language) if cell.practices else ""
        drawn.append(_drawn(cell, one.x, y, words, path))
    return Row(crime_type, depth, _lines(label, _LINE - 2 * depth), y, cells, Markup("\n".join(drawn)))


def _words(cell: MapCell, about: str, texts: Texts) -> str:
    """A cell for those who do not see it: `phishing, prevention, Belgium: 9 practices, 1 of them evaluated`."""
    told = [texts.count("n_practice", cell.practices) if cell.practices else texts["nothing_here"]]
    if cell.evaluated:
        told.append(texts.count("n_evaluated", cell.evaluated))
    if cell.practices and not cell.own:
        told.append(texts["wider_only"])
    return texts["pair"].format(about, ", ".join(told))


def _drawn(cell: MapCell, x: int, y: int, words: str, path: str) -> str:
    """A cell as SVG, its words escaped: where there are practices, a link to the search that lists them."""
    said = escape(words)
    box = f'x="{x + 1.5}" y="{y + 1.5}" width="{_CELL - 3}" height="{_ROW - 3}"'
    if not cell.practices:
        return f'<rect fill="url(#unknown)" {box}><title>{said}</title></rect>'
    how = f"{heat(cell.practices)}{'' if cell.own else ' wider'}"
    mark = f'<circle class="mark-{heat(cell.practices)}" cx="{x + _CELL - 7}" cy="{y + 7}" r="3"/>'
    return (
        f'<a href="{escape(path)}" aria-label="{said}"><title>{said}</title><rect class="heat-{how}" {box}/>'
        f'<text class="on-{how}" x="{x + _CELL / 2}" y="{y + 19}" text-anchor="middle">{cell.practices}</text>'
        f"{mark if cell.evaluated else ''}</a>"
    )


def _lines(label: str, width: int) -> tuple[str, ...]:
    lines = [""]
    for word in label.split():
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return tuple(lines)
