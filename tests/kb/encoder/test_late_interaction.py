"""Token vectors: one for each word that counts, by its rarity."""

import numpy as np
import pytest

from kb.encoder.encoders import ModelEncoder
from kb.encoder.late_interaction import ANSWERED, ASKED, WIDTH, _parameters, token_vectors
from kb.encoder.model_files import PLAIN_MODEL, model_files

TEXT = "How do banks recognise money mules?"


def lengths(tokens):
    return np.linalg.norm(tokens, axis=1)


def test_a_question_has_its_vector_and_as_many_token_vectors_as_tokens(encoder):
    vector, tokens = encoder.encode_question(TEXT)
    assert vector.shape == (encoder.dimension,)
    count = encoder.count_tokens(TEXT) - len(["<s>", "▁passage", ":", "</s>"])
    assert tokens.shape == (ASKED, WIDTH)
    assert (lengths(tokens) > 0).tolist() == [True] * count + [False] * (ASKED - count)


def test_weights_are_one_together_and_the_rarest_word_comes_first(encoder):
    weights = lengths(encoder.encode_question(TEXT)[1])
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    assert (np.diff(weights) <= 1e-6).all()
    assert lengths(encoder.encode_question("the the the mules")[1])[0] > 0.3


def test_of_many_tokens_the_rarest_are_kept():
    mean, _, rarity = _parameters()
    common, rare = mean - rarity[:-1], mean + rarity[:-1]
    states = np.stack([mean] * 4 + [common] * 40 + [rare] * 2 + [common] + [mean])
    weights = lengths(token_vectors(states, 5))
    assert weights[:2] == pytest.approx([weights[0]] * 2)
    assert weights[0] > 10 * weights[2] > 0
    assert weights.sum() == pytest.approx(1, abs=1e-5)


def test_questions_of_notes_carry_theirs_behind_their_vectors(encoder):
    [(places, rows)] = encoder.encode_many("question", [TEXT, "Wie haalt een phishingsite offline?"])
    assert rows.shape == (2, encoder.dimension + ANSWERED * WIDTH)
    row = rows[list(places).index(0)]
    [(_, [vector])] = encoder.encode_many("query", [TEXT])
    assert np.array_equal(row[: encoder.dimension], vector)
    kept, asked = row[encoder.dimension :].reshape(-1, WIDTH), encoder.encode_question(TEXT)[1][:ANSWERED]
    cosines = (kept / lengths(kept)[:, None]) @ (asked / lengths(asked)[:, None]).T  # in 8 bits and in 16
    assert cosines.max(axis=0).min() > 0.98


def test_another_encoder_has_none_and_another_fingerprint(model_dir, encoder):
    plain = ModelEncoder(model_files(PLAIN_MODEL, model_dir))
    assert (plain.tokens, plain.encode_question(TEXT)[1].shape) == (0, (0, WIDTH))
    [(_, rows)] = plain.encode_many("question", [TEXT])
    assert rows.shape == (1, plain.dimension)
    assert plain.fingerprint != encoder.fingerprint
