"""The exported transformer of a model, run by OpenVINO: the same numbers as sentence-transformers, without torch.

Only texts of equal length are run together. Padding would change a vector in its last digits with the texts beside it;
without, an index depends on nothing but its content. A question that somebody waits for is run alone, and a short one
on a model of fixed shape, whose mask hides the padding: that takes a third less time (docs/decisions/0015).
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
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

Pool = Callable[[np.ndarray], np.ndarray]
"""States of tokens, shape (texts, tokens, dimension) -> unit vectors of the texts, shape (texts, dimension)."""


class Transformer:
    """The transformer of a model with mean or first-token pooling. Safe to share between threads."""

    def __init__(self, files: ModelFiles, pooling: str) -> None:
        """pooling: `mean` or `cls`."""
        self._pooling = pooling
        self._tokenizer = Tokenizer.from_file(str(files.path / "tokenizer.json"))
        forget_words(self._tokenizer)
        self._tokenizer.enable_truncation(files.max_tokens)
        self._tokenizer.no_padding()
        self._dimension = files.dimension
        self._export = files.path / EXPORT
        self._lengths = [length for length in LENGTHS if length <= files.max_tokens]
        self._fixed: dict[int, _FixedShape | None] = {}
        self._core = openvino.Core()
        self._loading = threading.Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return the vectors of texts, shape (texts, dimension), float32, unit length."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        by_length: dict[int, list[int]] = {}
        for place, ids in enumerate(tokens):
            by_length.setdefault(len(ids), []).append(place)
        vectors = np.empty((len(tokens), self._dimension), np.float32)
        for places in by_length.values():
            for start in range(0, len(places), _BATCH):
                part = places[start : start + _BATCH]
                vectors[part] = self._run([tokens[place] for place in part])
        return vectors

    def encode_alone(self, text: str) -> np.ndarray:
        """Return the vector of one text, shape (dimension,), as soon as possible."""
        ids = self._tokenizer.encode(text).ids
        length = next((length for length in self._lengths if len(ids) <= length), None)
        fixed = self._of_length(length) if length else None
        return fixed.encode(ids) if fixed else self._run([ids])[0]

    def _run(self, tokens: Sequence[Sequence[int]]) -> np.ndarray:
        """Return the vectors of texts of equal length."""
        ids = np.array(tokens, np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        with self._loading:
            inference = self._any_length
        return inference.vectors(inputs, self._pool)

    def _pool(self, states: np.ndarray) -> np.ndarray:
        pooled = states.mean(axis=1) if self._pooling == "mean" else states[:, 0]
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), np.float32)

    @cached_property
    def _any_length(self) -> "_Inference":
        try:
            return _Inference(self._core, self._core.read_model(self._export))
        except RuntimeError as error:
            raise ModelError(
                "The exported model cannot be loaded.",
                internal=f"It is in `{self._export.parent.parent}`: {error}.",
                remedy="Delete the folder `models` in KB_DATA_DIR; it is built again.",
            ) from error

    def _of_length(self, length: int) -> "_FixedShape | None":
        """Return the model of this length, loaded for the first text; None where the architecture allows none."""
        with self._loading:
            if length not in self._fixed:
                with suppress(LookupError, RuntimeError):
                    model = self._core.read_model(self._export)
                    self._fixed[length] = _FixedShape(self._core, model, self._pool, length)
            return self._fixed.setdefault(length, None)


class _Inference:
    """A compiled model. Raises RuntimeError where it cannot be compiled."""

    def __init__(self, core: openvino.Core, model: openvino.Model) -> None:
        with _ONE_AT_A_TIME:
            compiled = core.compile_model(model, "CPU", LATENCY)
            self._inputs = [port.any_name for port in compiled.inputs]
            self._request = compiled.create_infer_request()

    def vectors(self, inputs: Mapping[str, np.ndarray], pool: Pool) -> np.ndarray:
        """Return the vectors of texts. inputs: of the model, by name; `pool` must make a new array."""
        with _ONE_AT_A_TIME:
            tensors = {name: self._request.get_tensor(name) for name in self._inputs}
            for name, tensor in tensors.items():
                tensor.shape = inputs[name].shape
                tensor.data[:] = inputs[name]
            self._request.infer()
            states = self._request.get_output_tensor(0)
            vectors = pool(states.data)
            for tensor in (*tensors.values(), states):
                tensor.data.fill(0)  # an idle model keeps what went in and came out: nothing of a question
            return vectors


class _FixedShape:
    """The transformer for one text of at most `length` tokens, padded to that length.

    Its table of words is looked up here: compiled with the rest it would be copied, 190 of 235 MB, in two seconds
    instead of a third of one.
    """

    def __init__(self, core: openvino.Core, model: openvino.Model, pool: Pool, length: int) -> None:
        """Raises LookupError where the model has no table of words that its texts are looked up in, or no mask to hide
        the padding; RuntimeError where it cannot be compiled.
        """
        if "attention_mask" not in {port.any_name for port in model.inputs}:
            raise LookupError("no mask")
        look_up = _look_up(model)
        self._words: np.ndarray = _source(look_up.input_value(0)).data
        embedded = opset13.parameter([1, length, self._words.shape[1]], np.float32, "embedded")
        embedded.output(0).set_names({"embedded"})
        for reader in look_up.output(0).get_target_inputs():
            reader.replace_source_output(embedded.output(0))
        shapes = {port.any_name: [1, length] for port in model.inputs}
        model.add_parameters([embedded])
        model.reshape(shapes)
        self._inference = _Inference(core, model)
        self._pool = pool
        self._length = length

    def encode(self, tokens: Sequence[int]) -> np.ndarray:
        """Return the vector of a text, shape (dimension,)."""
        ids, mask = np.zeros((2, 1, self._length), np.int64)
        ids[0, : len(tokens)] = tokens
        mask[0, : len(tokens)] = 1
        inputs: dict[str, np.ndarray] = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
            "embedded": self._words[ids].astype(np.float32),
        }
        [vector] = self._inference.vectors(inputs, lambda states: self._pool(states[:, : len(tokens)]))
        return np.asarray(vector)


def forget_words(tokenizer: Any) -> None:
    """Let a tokenizer cache no words that it has split: they may be a question's."""
    resize = getattr(getattr(tokenizer, "model", None), "_resize_cache", None)
    if resize:
        resize(0)


def _look_up(model: openvino.Model) -> openvino.Node:
    """Return the node where a model looks up the words of its texts in a table."""
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Gather":
            table, ids = (_source(node.input_value(place)) for place in (0, 1))
            if ids.get_friendly_name() == "input_ids" and table.get_type_name() == "Constant":
                return node
    raise LookupError("no table of words")


def _source(output: openvino.Output) -> openvino.Node:
    """Return the node that an output comes from, conversions apart."""
    node = output.get_node()
    return _source(node.input_value(0)) if node.get_type_name() == "Convert" else node
