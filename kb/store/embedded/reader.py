"""A generation of the embedded index as readers see it: a base shard, or a base and a delta.

The delta has all records of the notes that changed since the base was written; in the base those notes are left out.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from kb.errors import StoreUnavailable
from kb.store.embedded.shard import Shard
from kb.store.embedded.table import RecordTable, WordTable
from kb.store.manifest import Manifest
from kb.store.protocol import Found, VectorQuery
from kb.store.records import Point, Where, note_and_language


class Layer(NamedTuple):
    """A shard, and the ids of notes that are left out of it."""

    shard: Shard
    without: frozenset[str] = frozenset()

    def has(self, record_id: str) -> bool:
        """Return whether a record of this id is not left out."""
        return not self.without or note_and_language(record_id)[0] not in self.without


class EdgeReader:
    """One generation, loaded (`ChunkReader`). layers: the base, and the delta where there is one."""

    def __init__(self, manifest: Manifest, layers: Sequence[Layer]) -> None:
        self.manifest = manifest
        self._layers = layers
        texts = sorted(each for layer in layers for each in filter(layer.has, layer.shard.text_ids))
        others = sorted(each for layer in layers for each in filter(layer.has, layer.shard.other_ids))
        wanted = (manifest.chunks + manifest.questions, len(manifest.versions))
        if (len(texts), len(others)) != wanted or any(_lacks(layer.shard) for layer in layers):
            raise StoreUnavailable(
                "The embedded index does not hold the records that its manifest counts.",
                remedy="Run `kb index --rebuild`.",
            )
        rows = {record_id: row for row, record_id in enumerate(texts)}
        places = [
            np.array([rows[each] if layer.has(each) else -1 for each in layer.shard.text_ids], np.intp)
            for layer in layers
        ]
        near = np.empty((len(texts), manifest.dimension), np.float32)
        for layer, place in zip(layers, places, strict=True):
            near[place[place >= 0]] = layer.shard.near[place >= 0]
        words = WordTable.joined([layer.shard.words for layer in layers], places)
        self.superseded = frozenset().union(*(layer.without for layer in layers))
        # Nothing of it refers back to this reader: the memory of a replaced generation must be freed at once.
        self._table = RecordTable((*texts, *others), near, words, partial(_having, layers))

    def query(self, queries: Sequence[VectorQuery]) -> list[list[Found]]:
        return self._table.query(queries)

    def fetch(self, record_ids: Sequence[str], where: Where, fields: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        passing = self._table.passing(record_ids, where)
        found: dict[str, dict[str, Any]] = {}
        for layer in self._layers:
            if mine := list(filter(layer.has, passing)):
                found.update(layer.shard.retrieve(mine, fields))
        return found

    def scroll(self, where: Where, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from sorted(chain(*(layer.shard.pages(where, fields, layer.without) for layer in self._layers)))

    def points(self) -> Iterator[Point]:
        for layer in self._layers:
            yield from layer.shard.points(layer.without)

    def delta(self, without: Collection[str]) -> Iterator[Point]:
        """Read the records of the delta, but those of these notes."""
        for layer in self._layers[1:]:
            yield from layer.shard.points(without)

    def facet(self, field: str, where: Where) -> dict[str, int]:
        found: dict[str, int] = {}
        for layer in self._layers:
            for value, count in layer.shard.facet(field, where, layer.without).items():
                found[value] = found.get(value, 0) + count
        return found

    def count(self, where: Where) -> int:
        return sum(layer.shard.count(where, layer.without) for layer in self._layers)


def _lacks(shard: Shard) -> bool:
    """Return whether the engine counts other records than it has handed out."""
    return shard.counted() != (len(shard.text_ids) + len(shard.other_ids), len(shard.text_ids))


def _having(layers: Sequence[Layer], field: str, value: str) -> Iterator[str]:
    return chain(*(filter(layer.has, layer.shard.having(field, value)) for layer in layers))
