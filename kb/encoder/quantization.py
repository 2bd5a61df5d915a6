"""Quantizes an exported model: layers that mostly count in 8 bits, beside those that count in 16 (docs/decisions/0015).

Texts in three languages show which numbers pass between layers (static post-training quantization, by NNCF); ranges of
weights and of these numbers are evened out first (SmoothQuant, arXiv 2211.10438). Only an export needs this.
"""

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
_NEAR: Final = 0.99
"""Least mean cosine to the vectors of 16 bits, less the mean of those: .998 with the built-in model. It is less where a
model is not made for this, or a processor adds up 8 bits without room to spare.
"""


def quantize(exported: Path, quantized: Path) -> None:
    """Write the layers of an exported model in 8 bits, without its table of words, where that keeps its vectors.

    exported: the file of the model; its tokenizer lies above its folder. Writes nothing where the model has no table
    that its texts are looked up in, or where vectors would become others.
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
    nncf.set_log_level(40)  # of `logging`: errors
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
    before, after = _vectors(core, layers, texts), _vectors(core, in_8_bits, texts)
    if _cosine(before - before.mean(axis=0), after - before.mean(axis=0)) >= _NEAR:
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


def _vectors(core: openvino.Core, model: openvino.Model, texts: list[Mapping[str, np.ndarray]]) -> np.ndarray:
    """Return a vector of each text, shape (texts, dimension), unit length: the mean of its tokens."""
    request = core.compile_model(model, "CPU").create_infer_request()
    means = [next(iter(request.infer(text).values()))[0].mean(axis=0) for text in texts]
    return np.array([mean / np.linalg.norm(mean) for mean in means])


def _cosine(some: np.ndarray, others: np.ndarray) -> float:
    """Return the mean cosine of the rows of two arrays."""
    lengths = np.linalg.norm(some, axis=1) * np.linalg.norm(others, axis=1)
    return float(((some * others).sum(axis=1) / lengths).mean())
