"""A transformer for one short text at a time, each padded to the same length, which its mask hides.

With fixed shapes the model takes a quarter less time than one that reads texts of any length (docs/decisions/0015). Its
table of words is looked up here: compiled with the rest it would be copied, 190 of 235 MB, in two seconds instead of
a third of one.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import openvino
from openvino import opset13

from kb.encoder.inference import Inference, Pool

LENGTHS: Final = (20, 32)
"""Tokens of short texts, those that mark their ends included: half of all questions, nine in ten. With 20 a model takes
a quarter less time than with 32, and that a quarter less than one with 48; each takes 100 MB.
"""


class ShortTexts:
    """Vectors of texts of at most `length` tokens. Safe to share between threads."""

    def __init__(self, core: openvino.Core, export: Path, pool: Pool, length: int) -> None:
        """Raises LookupError where the model has no table of words that its texts are looked up in, or no mask to hide
        the padding; RuntimeError where it cannot be compiled.
        """
        model = core.read_model(export)
        if "attention_mask" not in {port.any_name for port in model.inputs}:
            raise LookupError("no mask")
        look_up = _look_up(model)
        self._words: np.ndarray = _source(look_up.input_value(0)).data
        embedded = opset13.parameter([1, length, self._words.shape[1]], np.float32, "embedded")
        embedded.output(0).set_names({"embedded"})
        for reader in look_up.output(0).get_target_inputs():
            reader.replace_source_output(embedded.output(0))
        tokens = {port.any_name: [1, length] for port in model.inputs}
        model.add_parameters([embedded])
        model.reshape(tokens)
        self._inference = Inference(core, model)
        self._pool = pool
        self.length = length

    def encode(self, tokens: Sequence[int]) -> np.ndarray:
        """The vector of a text, shape (dimension,)."""
        ids, mask = np.zeros((2, 1, self.length), np.int64)
        ids[0, : len(tokens)] = tokens
        mask[0, : len(tokens)] = 1
        given: dict[str, np.ndarray] = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
            "embedded": self._words[ids].astype(np.float32),
        }
        [vector] = self._inference.vectors(given, lambda states: self._pool(states[:, : len(tokens)]))
        return np.asarray(vector)


def _look_up(model: openvino.Model) -> openvino.Node:
    """Where a model looks up the words of its texts in a table."""
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Gather":
            table, ids = (_source(node.input_value(place)) for place in (0, 1))
            if ids.get_friendly_name() == "input_ids" and table.get_type_name() == "Constant":
                return node
    raise LookupError("no table of words")


def _source(output: openvino.Output) -> openvino.Node:
    """The node that an output comes from, conversions apart."""
    node = output.get_node()
    return _source(node.input_value(0)) if node.get_type_name() == "Convert" else node
