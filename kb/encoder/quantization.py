"""Quantizes an exported model: layers that mostly count in 8 bits, beside those that count in 16 (docs/decisions/0015).

Texts in three languages show which numbers pass between layers (static post-training quantization, by NNCF); ranges of
weights and of these numbers are evened out first (SmoothQuant, arXiv 2211.10438). Only an export needs this.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import nncf
import numpy as np
import openvino
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, AdvancedSmoothQuantParameters
from tokenizers import Tokenizer

from kb.encoder.word_table import WordTable, take_words_out

_TEXTS: Final = Path(__file__).with_name("calibration.txt")
"""One a line: beginnings of notes, and questions. Three times as many bring vectors no nearer."""
_MOST_TOKENS: Final = 128
_SMOOTHNESS: Final = 0.7
"""Of .6 to .8 each keeps vectors as near. Correcting biases afterwards takes as long again, and brings nothing."""
_NEAR: Final = 0.995
"""Least cosine that a text's vector may have with that of 16 bits: .999 with the built-in model. It is less where a
model is not made for this, where a processor adds up 8 bits without room to spare, and where it has AMX: there OpenVINO
computes what is not in 8 bits in bfloat16, .937 for one of the texts; but 16 bits are as quick.
"""


def quantize(exported: Path, quantized: Path, pooling: str, near: float = _NEAR) -> None:
    """Write the layers of an exported model in 8 bits, without its table of words, where that keeps its vectors.

    exported: the file of the model; its tokenizer lies above its folder
    pooling:  `mean` or `cls`
    near:     cosine that the vector of each text must keep

    Writes nothing where they do not, or where the model has no table that its texts are looked up in.
    """
    core = openvino.Core()
    layers = core.read_model(exported)
    try:
        words = WordTable(take_words_out(layers, 0), exported)
    except LookupError:
        return
    tokenizer = Tokenizer.from_file(str(exported.parents[1] / "tokenizer.json"))
    tokenizer.enable_truncation(_MOST_TOKENS)
    tokenizer.no_padding()
    names = [port.any_name for port in layers.inputs]
    narrowing = [node.get_friendly_name() for node in layers.get_ordered_ops() if _narrows(node)]
    exact = narrowing[len(narrowing) // 4 : -(len(narrowing) // 4) or None]

    def inputs(text: str) -> Mapping[str, np.ndarray]:
        ids = np.array([tokenizer.encode(text).ids], np.int64)
        whole = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        return {name: words.of(ids) if name == "embedded" else whole[name] for name in names}

    texts = [inputs(text) for text in _TEXTS.read_text("utf-8").splitlines()]
    nncf.set_log_level(logging.ERROR)
    in_8_bits = nncf.quantize(
        layers.clone(),
        nncf.Dataset(texts),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(texts),
        ignored_scope=nncf.IgnoredScope(names=exact, validate=False),
        advanced_parameters=AdvancedQuantizationParameters(
            disable_bias_correction=True, smooth_quant_alphas=AdvancedSmoothQuantParameters(matmul=_SMOOTHNESS)
        ),
    )
    before, after = (_vectors(core, model, texts, pooling) for model in (layers, in_8_bits))
    if (before * after).sum(axis=1).min() >= near:
        openvino.save_model(in_8_bits, quantized)


def _narrows(node: openvino.Node) -> bool:
    """Return whether a node multiplies by a matrix that takes more numbers than it gives: the last of each layer.

    In 8 bits these would be half of the error, those of the middle layers most of it: of the numbers that they take
    most are small, and a few large.
    """
    if node.get_type_name() != "MatMul":
        return False
    taken, given = (shape[-1] for shape in (node.input(0).get_partial_shape(), node.output(0).get_partial_shape()))
    return bool(taken.is_static and given.is_static and taken.get_length() > given.get_length())


def _vectors(
    core: openvino.Core, model: openvino.Model, texts: list[Mapping[str, np.ndarray]], pooling: str
) -> np.ndarray:
    """Return the vector of each text, shape (texts, dimension), unit length."""
    request = core.compile_model(model, "CPU").create_infer_request()
    states = [next(iter(request.infer(text).values()))[0].copy() for text in texts]
    vectors = np.array([state.mean(axis=0) if pooling == "mean" else state[0] for state in states])
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
