"""The exported transformer of a model, run by OpenVINO: the same numbers as sentence-transformers, without torch.

Only texts of equal length are run together. Padding would change a vector in its last digits with the texts beside it;
without, an index depends on nothing but its content. A question that somebody waits for is run alone, and a short one
on a model of fixed shape, whose mask hides the padding: that takes a third less time (docs/decisions/0015).
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import openvino
from openvino import opset13
from tokenizers import Tokenizer

from kb.encoder.model_export import EXPORT
from kb.encoder.model_files import ModelFiles
from kb.errors import ModelError

LATENCY: Final = {"PERFORMANCE_HINT": "LATENCY"}
LENGTHS: Final = (20, 32)
"""Tokens of the fixed shapes, those that mark the ends of a text included: half of all questions, nine in ten. With 20
a model takes a quarter less time than with 32, and that a quarter less than one with 48; each takes 100 MB.
"""
_BATCH: Final = 16
_ONE_AT_A_TIME: Final = threading.Lock()
"""Locked while any model is loaded or runs. OpenVINO may crash the process where several threads run models that one
has run before (openvinotoolkit/openvino, issue 24509); a single text keeps all cores busy as it is.
"""


class Transformer:
    """The transformer of a model with mean or first-token pooling. Safe to share between threads."""

    def __init__(self, files: ModelFiles) -> None:
        """Loads nothing yet."""
        self._files = files
        self._core = openvino.Core()
        self._models: dict[int, _Model] = {}
        self._loading = threading.RLock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts, shape (texts, dimension), float32, unit length."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        by_length: dict[int, list[int]] = {}
        for place, ids in enumerate(tokens):
            by_length.setdefault(len(ids), []).append(place)
        vectors = np.empty((len(tokens), self._files.dimension), np.float32)
        for places in by_length.values():
            for start in range(0, len(places), _BATCH):
                part = places[start : start + _BATCH]
                vectors[part] = self._model(0).vectors([tokens[place] for place in part])
        return vectors

    def encode_alone(self, text: str) -> np.ndarray:
        """Return the vector of one text, shape (dimension,), as soon as possible."""
        ids = self._tokenizer.encode(text).ids
        length = next((length for length in LENGTHS if len(ids) <= length <= self._files.max_tokens), 0)
        return np.asarray(self._model(length).vectors([ids])[0])

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self._files.path / "tokenizer.json"))
        forget_words(tokenizer)
        tokenizer.enable_truncation(self._files.max_tokens)
        tokenizer.no_padding()
        return tokenizer

    def _model(self, length: int) -> "_Model":
        """Return the model of a length, loaded for its first text; that of any (0) where the architecture needs it."""
        with self._loading:
            if length not in self._models:
                try:
                    self._models[length] = _Model(self._core, self._files, length)
                except (LookupError, RuntimeError) as error:
                    if not length:
                        raise ModelError(
                            "The exported model cannot be loaded.",
                            internal=f"It is in `{self._files.path}`: {error}.",
                            remedy="Delete the folder `models` in KB_DATA_DIR; it is built again.",
                        ) from error
                    self._models[length] = self._model(0)
            return self._models[length]


class _Model:
    """A compiled model, for texts of equal length, or for one text of at most `length` tokens, padded to that.

    The table of words of the latter is looked up here: compiled with the rest it would be copied, 190 of 235 MB, in two
    seconds instead of a third of one.
    """

    def __init__(self, core: openvino.Core, files: ModelFiles, length: int) -> None:
        """Raises LookupError where a length is asked for and the model has no table of words that its texts are looked
        up in, or no mask to hide the padding; RuntimeError where it cannot be compiled.
        """
        self._pooling = files.pooling
        self._length = length
        model = core.read_model(files.path / EXPORT)
        self._words = _take_words_out(model, length) if length else None
        with _ONE_AT_A_TIME:
            compiled = core.compile_model(model, "CPU", LATENCY)
            self._inputs = [port.any_name for port in compiled.inputs]
            self._request = compiled.create_infer_request()

    def vectors(self, tokens: Sequence[Sequence[int]]) -> np.ndarray:
        """Return the vectors of texts of equal length, shape (texts, dimension)."""
        count = len(tokens[0])
        ids, mask = np.zeros((2, len(tokens), self._length or count), np.int64)
        ids[:, :count], mask[:, :count] = tokens, 1
        inputs: dict[str, np.ndarray] = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        if self._words is not None:
            inputs["embedded"] = self._words[ids].astype(np.float32)
        with _ONE_AT_A_TIME:
            tensors = {name: self._request.get_tensor(name) for name in self._inputs}
            for name, tensor in tensors.items():
                tensor.shape = inputs[name].shape
                tensor.data[:] = inputs[name]
            self._request.infer()
            states = self._request.get_output_tensor(0)
            texts = states.data[:, :count]
            pooled = texts.mean(axis=1) if self._pooling == "mean" else texts[:, 0].copy()
            for tensor in (*tensors.values(), states):
                tensor.data.fill(0)  # an idle model keeps what went in and came out: nothing of a question
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), np.float32)


def forget_words(tokenizer: Any) -> None:
    """Let a tokenizer cache no words that it has split: they may be a question's."""
    resize = getattr(getattr(tokenizer, "model", None), "_resize_cache", None)
    if resize:
        resize(0)


def _take_words_out(model: openvino.Model, length: int) -> np.ndarray:
    """Return the table where a model looks up the words of its texts; it takes what is found there from then on."""
    if "attention_mask" not in {port.any_name for port in model.inputs}:
        raise LookupError("no mask")
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Gather":
            table, ids = (_source(node.input_value(place)) for place in (0, 1))
            if ids.get_friendly_name() == "input_ids" and table.get_type_name() == "Constant":
                break
    else:
        raise LookupError("no table of words")
    words: np.ndarray = table.data
    embedded = opset13.parameter([1, length, words.shape[1]], np.float32, "embedded")
    embedded.output(0).set_names({"embedded"})
    for reader in node.output(0).get_target_inputs():
        reader.replace_source_output(embedded.output(0))
    shapes = {port.any_name: [1, length] for port in model.inputs}
    model.add_parameters([embedded])
    model.reshape(shapes)
    return words


def _source(output: openvino.Output) -> openvino.Node:
    """Return the node that an output comes from, conversions apart."""
    node = output.get_node()
    return _source(node.input_value(0)) if node.get_type_name() == "Convert" else node
