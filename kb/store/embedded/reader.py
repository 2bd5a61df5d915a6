"""A generation of the embedded index as readers see it: a shard, or a shard with a smaller one laid over it.

A shard that is laid over another holds all records of the notes that changed since; those notes count for nothing in
the one below.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from kb.errors import StoreUnavailable
from kb.store.embedded.record_table import RecordTable
from kb.store.embedded.shard import Shard
from kb.store.embedded.word_table import WordTable
from kb.store.protocol import Found, VectorQuery
from kb.store.records import Manifest, Point, Where, note_and_language


class Layer(NamedTuple):
    """A shard, and the notes that count for nothing in it."""

    shard: Shard
    without: frozenset[str] = frozenset()

    def holds(self, record_id: str) -> bool:
        """Whether a record of this id counts here."""
        return not self.without or note_and_language(record_id)[0] not in self.without


class EdgeReader:
    """One generation, loaded. See `ChunkReader`. layers: what was laid over others comes last."""

    def __init__(self, manifest: Manifest, layers: Sequence[Layer]) -> None:
        self.manifest = manifest
        self._layers = layers
        texts = sorted(one for layer in layers for one in filter(layer.holds, layer.shard.text_ids))
        others = sorted(one for layer in layers for one in filter(layer.holds, layer.shard.other_ids))
        wanted = (manifest.chunks + manifest.questions, len(manifest.versions))
        if (len(texts), len(others)) != wanted or any(_lacks(layer.shard) for layer in layers):
            raise StoreUnavailable(
                "The embedded index does not hold the records that its manifest counts.",
                remedy="Run `kb index --rebuild`.",
            )
        rows = {record_id: row for row, record_id in enumerate(texts)}
        places = [
            np.array([rows[one] if layer.holds(one) else -1 for one in layer.shard.text_ids], np.intp)
            for layer in layers
        ]
        near = np.empty((len(texts), manifest.dimension), np.float32)
        for layer, place in zip(layers, places, strict=True):
            near[place[place >= 0]] = layer.shard.near[place >= 0]
        words = WordTable.joined([layer.shard.words for layer in layers], places)
        self.hidden = frozenset().union(*(layer.without for layer in layers))
        # Nothing of it refers back to this reader: what a replaced generation holds must go at once.
        self._table = RecordTable((*texts, *others), near, words, partial(_holding, layers))

    def query(self, queries: Sequence[VectorQuery]) -> list[list[Found]]:
        """See `ChunkReader.query`. Computed here, without the engine."""
        return self._table.query(queries)

    def fetch(self, record_ids: Sequence[str], where: Where, fields: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        """See `ChunkReader.fetch`."""
        passing = self._table.passing(record_ids, where)
        found: dict[str, dict[str, Any]] = {}
        for layer in self._layers:
            if mine := [one for one in passing if layer.holds(one)]:
                found.update(layer.shard.retrieve(mine, fields))
        return found

    def scroll(self, where: Where, fields: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
        """See `ChunkReader.scroll`."""
        yield from sorted(chain(*(layer.shard.pages(where, fields, layer.without) for layer in self._layers)))

    def points(self) -> Iterator[Point]:
        """See `ChunkReader.points`."""
        for layer in self._layers:
            yield from layer.shard.points(layer.without)

    def laid_over(self, without: Collection[str]) -> Iterator[Point]:
        """The records that are laid over the lowest shard, but those of these notes."""
        for layer in self._layers[1:]:
            yield from layer.shard.points(without)

    def facet(self, field: str, where: Where) -> dict[str, int]:
        """See `ChunkReader.facet`."""
        found: dict[str, int] = {}
        for layer in self._layers:
            for value, count in layer.shard.facet(field, where, layer.without).items():
                found[value] = found.get(value, 0) + count
        return found

    def count(self, where: Where) -> int:
        """See `ChunkReader.count`."""
        return sum(layer.shard.count(where, layer.without) for layer in self._layers)


def _lacks(shard: Shard) -> bool:
    """Whether the engine counts other records than it has handed out."""
    return shard.held != (len(shard.text_ids) + len(shard.other_ids), len(shard.text_ids))


def _holding(layers: Sequence[Layer], field: str, value: str) -> Iterator[str]:
    """Ids of the records that hold a value."""
    return chain(*(filter(layer.holds, layer.shard.holding(field, value)) for layer in layers))
