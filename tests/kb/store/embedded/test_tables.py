"""Flat files give back what was written into them."""

from array import array

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kb.store.embedded.tables import Strings, open_tables, write_tables
from kb.store.embedded.values import Values, ValuesFound

STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


def test_tables_come_back_with_their_numbers_and_shapes(tmp_path):
    tables = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "none": np.empty((0, 7), np.float32),
        "b": np.array([1, 2**64 - 1], np.uint64),
        "c": np.frombuffer(b"text", np.uint8),
    }
    layout = write_tables(tmp_path / "tables", tables)
    for read in ([], ["a", "none"], tables):
        back = open_tables(tmp_path / "tables", layout, read)
        assert {name: (table.dtype, table.tolist(), table.shape) for name, table in back.items()} == {
            name: (table.dtype, table.tolist(), table.shape) for name, table in tables.items()
        }
        assert {name for name, table in back.items() if table.flags.writeable} == {*read}  # the file is not
    nothing = open_tables(tmp_path / "empty", write_tables(tmp_path / "empty", {"a": np.empty(0, np.uint32)}))
    assert nothing["a"].tolist() == []


@given(st.lists(STRINGS, max_size=9))
def test_strings_are_found_by_place(texts):
    strings = Strings(Strings.packed("text", texts), "text")
    assert strings.at(np.arange(len(texts))[::-1]) == texts[::-1]


@given(st.lists(st.fixed_dictionaries({"kind": STRINGS, "countries": st.lists(st.one_of(STRINGS, st.none()))})))
def test_values_know_their_rows_and_rows_their_values(payloads):
    found = ValuesFound()
    for number, payload in enumerate(payloads):
        found.add(number, payload)
    values = Values(found.packed(np.arange(len(payloads), dtype=np.uint32)))
    flags = np.arange(len(payloads)) % 3 > 0
    having = {}
    for row, payload in enumerate(payloads):
        assert row in values.rows("kind", payload["kind"])
        for value in {*payload["countries"]} - {None}:
            having.setdefault(value, array("I")).append(row)
    for value, rows in having.items():
        assert values.rows("countries", value).tolist() == rows.tolist()
    counts = {value: int(flags[rows].sum()) for value, rows in having.items()}
    assert values.counts("countries", flags) == {value: count for value, count in counts.items() if count}
    assert values.rows("kind", "no such").tolist() == values.rows("status", "clear").tolist() == []
