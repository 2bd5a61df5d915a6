"""Ids say what they name, and what a record keeps of its sentences is enough to tell them apart."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.store.records import (
    SentenceVectors,
    chunk_id,
    cosines,
    in_signed_bytes,
    note_and_language,
    point_id,
    signed_bytes,
    version_id,
)
from kb.text.languages import Language


def test_ids_say_what_they_name_and_are_the_same_on_every_machine():
    records = version_id("be-baps", Language.NL), chunk_id("be-baps", Language.NL, "objectives", "p3/1")
    assert records == ("be-baps/nl", "be-baps/nl#objectives/p3/1")
    assert [*map(note_and_language, records)] == [("be-baps", Language.NL)] * 2
    assert point_id("be-baps/nl") == 17855885016752510959 != point_id("be-baps/fr")


@given(st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_directions_come_back_to_within_a_byte(count, seed):
    rows = np.random.default_rng(seed).normal(size=(count, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    spans = tuple((place * 10, place * 10 + 9) for place in range(count))
    written = SentenceVectors(spans, rows).to_json()
    assert json.loads(json.dumps(written)) == written
    assert len(written["vectors"]) == 4 * -(-count * 384 // 3)
    read = SentenceVectors.from_json(written)
    assert read.spans == spans
    np.testing.assert_allclose(np.linalg.norm(read.vectors, axis=1), 1, rtol=1e-5)
    assert (read.vectors * rows).sum(axis=1).min() > 0.9999


def test_a_vector_of_zeros_stays_one():
    read = SentenceVectors.from_json(SentenceVectors(((0, 1),), np.zeros((1, 4), np.float32)).to_json())
    assert not read.vectors.any()


@pytest.mark.parametrize("count", [0, 1, 33, 2100])
def test_token_vectors_come_back_to_within_a_byte(count):
    random = np.random.default_rng(count)
    rows, asked = (random.normal(size=(number, 128)).astype(np.float32) for number in (count, 40))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    written = in_signed_bytes(rows)
    assert len(written) == 4 * -(-count * 128 // 3)
    read = signed_bytes(written)
    assert np.array_equal(signed_bytes(memoryview(read)), read)
    found = cosines(read.reshape(count, 128), asked)
    assert found.shape == (count, 40)
    assert np.abs(found - unit @ asked.T).max(initial=0) < 0.01 * np.linalg.norm(asked, axis=1).max()
