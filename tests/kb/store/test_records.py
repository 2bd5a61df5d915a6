"""Ids say what they name, and what a record keeps of its sentences is enough to tell them apart."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.store.records import SentenceVectors, chunk_id, note_and_language, point_id, version_id
from kb.text.languages import Language


@pytest.mark.parametrize("language", Language)
def test_every_record_id_says_its_note_and_language(language):
    for record in (
        version_id("be-baps", language),
        chunk_id("be-baps", language, "approach", 12),
        chunk_id("be-baps", language, "objectives", "p3/1"),
    ):
        assert note_and_language(record) == ("be-baps", language)


def test_ids_are_the_same_on_every_machine():
    assert version_id("be-baps", Language.NL) == "be-baps/nl"
    assert chunk_id("nl-nlcs", Language.EN, "objectives", "p3") == "nl-nlcs/en#objectives/p3"
    assert point_id("be-baps/nl#approach/0") == point_id("be-baps/nl#approach/0") != point_id("be-baps/nl#approach/1")
    assert point_id("be-baps/nl") == 17855885016752510959


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
