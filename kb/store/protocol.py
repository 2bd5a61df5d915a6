"""The store protocol: what ingest and search ask of Qdrant, embedded or remote.

`replace` writes an epoch, `update` some notes within it. Embedded, either is written beside what readers use, who are
then switched to it in one step: a crash leaves the old index, a reader never sees a half-written one, and any number of
processes may read while one writes (docs/decisions/0021-segments.md; for a server 0024-qdrant-server.md).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from kb.store.manifest import Manifest
from kb.store.records import Point, Where
from kb.text.terms import Sparse

EQUAL = 1e-6
"""Scores that differ by no more may be equal, and differ by the order in which they were summed."""
PLACES = 6
"""Decimals by which records are ordered; equals by id."""


class Wanted(NamedTuple):
    """One list of a `VectorQuery`.

    where: another filter besides that of the query: it narrows it, and replaces nothing of it
    limit: how many records it has at most; with `each_note`, of each of the notes that `where` names (`note_id`)
    among: only these records, as an answer before has named them (`Found.records`); None: all
    near:  a unit query vector whose cosine with what a BM25 vector finds is wanted, too
    """

    where: Where
    limit: int
    among: Sequence[Any] | None = None
    near: np.ndarray | None = None
    each_note: bool = False


@dataclass(frozen=True)
class VectorQuery:
    """Ranked retrievals among chunks and questions by one vector, whose scores are made once for all of its lists.

    vector: unit query vector, shape (dimension,), or a BM25 vector; its type decides which vectors it is compared with
    where:  the filter of all lists
    lists:  what is asked for
    fields: payload fields that are wanted of what is found
    """

    vector: np.ndarray | Sparse
    where: Where
    lists: Sequence[Wanted]
    fields: Sequence[str] = ()


class Found(NamedTuple):
    """A list of chunks or questions, best first; with `Wanted.each_note` those of each note.

    records:  what the reader knows them by, numbers or ids, shape (records,); those of a note are in the order of ids
    versions: the version that each is part of, by its place in `ChunkReader.versions`, shape (records,)
    scores:   cosines or BM25 scores, shape (records,), higher is better
    nearness: cosines with `Wanted.near`, or none
    ids:      returns the ids of some of these records
    payloads: hands out `VectorQuery.fields` of those of some records that are in the list; not to be called where no
              fields were asked for
    """

    records: np.ndarray
    versions: np.ndarray
    scores: np.ndarray
    nearness: np.ndarray
    ids: Callable[[np.ndarray], list[str]]
    payloads: Callable[[Collection[Any]], dict[Any, dict[str, Any]]]

    @property
    def record_ids(self) -> list[str]:
        """The ids of all of them."""
        return self.ids(self.records)


class ChunkReader(Protocol):
    """One generation of the index, open for reading. Safe to share between threads.

    manifest: what made this generation
    versions: ids of the language versions that it has, ascending
    """

    manifest: Manifest
    versions: Sequence[str]

    def query(self, queries: Sequence[VectorQuery]) -> list[Found]:
        """Run several retrievals in one call; all lists of all queries, in order."""

    def begin(self, queries: Sequence[VectorQuery]) -> Callable[[], list[Found]]:
        """Do of several retrievals what needs no dense vector, and return what does the rest.

        Dense vectors may be filled in until then.
        """

    def fetch(self, record_ids: Sequence[str], where: Where, fields: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        """Return payloads by record id, of records that pass `where`. No fields: all of them."""

    def scroll(self, where: Where, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        """Read every record that passes `where`, by record id."""

    def points(self) -> Iterator[Point]:
        """Read every record with its vectors, as it was written; dense vectors to the last digits of float32."""

    def facet(self, field: str, where: Where) -> dict[str, int]:
        """Return value -> number of records that pass `where` and have it. field: one of FILTER_FIELDS."""

    def count(self, where: Where) -> int:
        """Count the records that pass `where`."""


class ChunkStore(Protocol):
    """The place where generations live."""

    def info(self) -> Manifest | None:
        """Read the manifest of the current generation, without opening it; None if there is none.

        Raises StoreUnavailable if the store cannot be asked.
        """

    def reader(self, *, to_query: bool = False) -> ChunkReader:
        """Open the current generation. Cheap to call for every search: reopens only after a switch.

        to_query: it is queried or fetched from next, and refuses that where it is no longer the current one: a server
                  is not asked first
        Raises IndexMissing, IndexStale or StoreUnavailable.
        """

    def check(self) -> None:
        """Look at the files of what is open again: what was damaged since is closed. Raises StoreUnavailable then."""

    def writing(self) -> AbstractContextManager[None]:
        """Lock the index while notes are read and written, so that an older reading never overwrites a newer one.

        Raises IndexBusy if another process has the lock.
        """

    def replace(self, points: Iterable[Point], manifest: Manifest) -> None:
        """Write a new generation and switch to it. Whatever happens before the switch leaves the old one in place."""

    def update(self, points: Iterable[Point], without: Collection[str], manifest: Manifest) -> None:
        """Write some notes anew, and switch to the index with them. Takes a moment, where `replace` takes long.

        points:  all records of these notes
        without: the ids of these notes, and of those that are gone

        What they replace stays on disk until the next `merge` or `replace`. Raises IndexMissing, IndexBusy,
        StoreUnavailable.
        """

    def merge(self) -> None:
        """Write anew, beside readers, what holds records of notes that were withdrawn or restricted, and join what
        updates have left in many parts. No answer changes by it. Raises as `update` does.
        """
