"""Bytes say what cosines are at most, and so leave out no text that is among the nearest."""

import numpy as np
import pytest

from kb.store.embedded.quantised import Quantised, quantised
from kb.store.embedded.store import EdgeStore
from kb.store.protocol import VectorQuery, Wanted
from kb.store.records import CHUNK, RECORD, Point
from tests.kb.store.embedded.test_store import DIMENSION, manifest


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def alike(seed, count=2000, spread=0.02, dimension=DIMENSION):
    """Vectors so near to one another that bytes hardly tell them apart."""
    random = np.random.default_rng(seed)
    return unit(random.normal(size=dimension) + random.normal(size=(count, dimension)) * spread)


@pytest.mark.parametrize(("count", "dimension"), [(300, 1), (300, 16), (300, 384), (20_000, 16)])
def test_no_cosine_is_greater_than_what_bytes_say_it_is_at_most(count, dimension):
    """Of few texts, and of so many that two threads share them."""
    random = np.random.default_rng(dimension)
    rows = [random.normal(size=(count, dimension)), random.normal(size=(count, dimension)) ** 9, np.eye(dimension)]
    vectors = unit(np.concatenate([*rows, -rows[0]]))
    known = Quantised(quantised(vectors))
    for question in vectors[:: len(vectors) // 20]:
        loose = known.at_most(question) - vectors.astype(float) @ question.astype(float)
        assert loose.min() >= 0
        assert loose.max() < 0.05


def test_lists_are_those_of_exact_cosines(tmp_path):
    vectors = alike(1)
    payload = {RECORD: CHUNK, "note_id": "a", "language": "en", "access": ["clear"]}
    ids = [f"a/en#a/{number:04}" for number in range(len(vectors))]
    store = EdgeStore(tmp_path)
    points = (Point(*each) for each in zip(ids, [payload] * len(ids), vectors, strict=False))
    store.replace(points, manifest(len(vectors)))
    for question in alike(1)[:20]:
        exact = np.vecdot(vectors, question)
        order = np.lexsort((np.arange(len(ids)), -exact.round(6)))
        lists = [Wanted({}, limit) for limit in (1, 20, 300)]
        found = store.reader().query([VectorQuery(question, {RECORD: (CHUNK,)}, lists)])
        assert [len(each.record_ids) for each in found] == [1, 20, 300]
        for each in found:
            best = order[: len(each.record_ids)]
            assert (each.record_ids, each.scores.tolist()) == ([ids[place] for place in best], exact[best].tolist())
