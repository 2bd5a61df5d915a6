"""Flat files: tables of numbers and of strings, written once in one file and opened with `mmap`.

Whatever processes read the file share its memory, and nothing of it is read before it is asked for; but for tables of
which every question reads all, which is quicker where pages of memory are large.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

_ALIGNED: Final = 64
"""Bytes at a multiple of which a table begins, as processors like to read numbers."""

Tables = Mapping[str, np.ndarray]
Layout = Mapping[str, tuple[str, Sequence[int], int]]
"""Name of a table -> its type of numbers, its shape, and the byte where it begins."""


def write_tables(path: Path, tables: Tables) -> Layout:
    """Write tables into a new file, and wait until it is on the disk. Raises OSError."""
    layout = {}
    with path.open("xb") as file:
        for name, table in tables.items():
            file.write(bytes(-file.tell() % _ALIGNED))
            layout[name] = (table.dtype.str, table.shape, file.tell())
            file.write(np.ascontiguousarray(table).data.cast("B") if table.size else b"")
        file.write(b"\n")  # an empty file cannot be mapped
        file.flush()
        os.fsync(file.fileno())
    return layout


def open_tables(path: Path, layout: Layout, read: Collection[str] = ()) -> Tables:
    """Open the tables of a file. read: those that are read now, into memory of large pages. Raises OSError."""
    whole = np.asarray(np.memmap(path, np.uint8, "r"))
    tables = {}
    for name, (numbers, shape, start) in layout.items():
        count = int(np.prod(shape))
        if name in read:
            table = np.fromfile(path, numbers, count, offset=start)
        else:
            table = whole[start : start + count * np.dtype(numbers).itemsize].view(numbers)
        tables[name] = table.reshape(shape)
    return tables


class Strings:
    """Strings in order: a table of their bytes, and one of where each begins and the last ends."""

    def __init__(self, tables: Tables, name: str) -> None:
        """name: what one of them is, such as `id`"""
        self._bounds = tables[f"{name}_bounds"]
        self._text = memoryview(tables[f"{name}s"])  # type: ignore[arg-type]  # arrays are buffers

    @staticmethod
    def packed(name: str, strings: Iterable[str | bytes]) -> Tables:
        """Return the tables of some strings."""
        encoded = [text.encode() if isinstance(text, str) else text for text in strings]
        return {f"{name}_bounds": bounds_of(map(len, encoded)), f"{name}s": np.frombuffer(b"".join(encoded), np.uint8)}

    def at(self, places: np.ndarray) -> list[str]:
        """Return the strings at some places."""
        return [str(text, "utf-8") for text in self.bytes_at(places)]

    def bytes_at(self, places: np.ndarray) -> list[memoryview]:
        """Return their bytes, as they stand in the file."""
        bounds = zip(self._bounds[places].tolist(), self._bounds[places + 1].tolist(), strict=True)
        return [self._text[start:end] for start, end in bounds]


def bounds_of(lengths: Iterable[int]) -> np.ndarray:
    """Return where each of some parts of these lengths begins, and where the last ends."""
    return np.cumsum(np.fromiter(chain([0], lengths), np.uint64), dtype=np.uint64)
