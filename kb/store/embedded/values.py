"""Values of records: which rows of a segment have a value of a field that filters use."""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from kb.store.embedded.tables import Strings, Tables, bounds_of
from kb.store.records import FILTER_FIELDS


class Values:
    """Fields with their values, and the rows of each value. Safe to share."""

    def __init__(self, tables: Tables) -> None:
        self._names = Strings(tables, "value_name")
        self._bounds, self._rows = tables["value_bounds"], tables["value_rows"]
        self._found: dict[str, dict[str, int]] = {}
        ends = tables["field_bounds"].tolist()
        self._places = {
            field: range(start, end) for field, start, end in zip(FILTER_FIELDS, ends, ends[1:], strict=False)
        }

    def rows(self, field: str, *values: str) -> np.ndarray:
        """Return the rows that have a value, ascending; of several values one after the other."""
        known = self._by_name(field)
        places = np.array([known[value] for value in values if value in known], np.intp)
        starts, ends = self._bounds[places].astype(np.intp), self._bounds[places + 1].astype(np.intp)
        lengths = ends - starts
        return np.asarray(self._rows[np.repeat(ends - lengths.cumsum(), lengths) + np.arange(lengths.sum())])

    def numbers(self, field: str, size: int) -> tuple[list[str], np.ndarray]:
        """Return the values of a field, and for each of `size` rows the place of its own among them.

        field: one of which a record has one value
        """
        bounds = self._bounds[self._places[field].start : self._places[field].stop + 1].astype(np.intp)
        found = np.zeros(size, np.intp)
        found[self._rows[bounds[0] : bounds[-1]]] = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        return [*self._by_name(field)], found

    def counts(self, field: str, flags: np.ndarray) -> dict[str, int]:
        """Return value -> how many of the flagged rows have it. flags: shape (rows,)"""
        places = self._places[field]
        if not places:
            return {}
        bounds = self._bounds[places.start : places.stop + 1].astype(np.intp)
        flagged = flags[self._rows[bounds[0] : bounds[-1]]]
        counts = np.add.reduceat(flagged, bounds[:-1] - bounds[0], dtype=np.intp)
        return {name: count for name, count in zip(self._by_name(field), counts.tolist(), strict=True) if count}

    def of_all(self) -> Iterator[tuple[str, str, np.ndarray]]:
        """Yield every field, each of its values, and the rows that have it."""
        for field in FILTER_FIELDS:
            for value in self._by_name(field):
                yield field, value, self.rows(field, value)

    def _by_name(self, field: str) -> dict[str, int]:
        """Return value -> its place, of a field."""
        if field not in self._found:
            places = self._places[field]
            names = self._names.at(np.arange(places.start, places.stop))
            self._found[field] = dict(zip(names, places, strict=True))
        return self._found[field]


class ValuesFound:
    """The values of records that are being written, in the order in which they come."""

    def __init__(self) -> None:
        self._rows: dict[str, defaultdict[str, array[int]]] = {
            field: defaultdict(lambda: array("I")) for field in FILTER_FIELDS
        }

    def add(self, number: int, payload: Mapping[str, Any]) -> None:
        """Add those of a record."""
        for field, rows in self._rows.items():
            given = payload.get(field)
            for value in {*given} if isinstance(given, list) else (given,):
                if isinstance(value, str):
                    rows[value].append(number)

    def add_all(self, segment: Values, numbers: np.ndarray) -> None:
        """Add those of records of a segment. numbers: of each of its rows, -1 where it is left out"""
        for field, value, rows in segment.of_all():
            here = numbers[rows]
            if (here >= 0).any():
                self._rows[field][value].frombytes(here[here >= 0].astype(np.uint32).tobytes())

    def packed(self, row_of: np.ndarray) -> Tables:
        """Return the tables. row_of: the row of each record, by its number"""
        values = [(value, rows[value]) for rows in self._rows.values() for value in sorted(rows)]
        rows = [np.sort(row_of[np.array(numbers, np.intp)]) for _, numbers in values]
        return {
            "field_bounds": bounds_of(map(len, self._rows.values())),
            **Strings.packed("value_name", (value for value, _ in values)),
            "value_bounds": bounds_of(map(len, rows)),
            "value_rows": np.concatenate([*rows, np.empty(0, np.uint32)]).astype(np.uint32),
        }
