"""The table where an exported model looks up the words of its texts, kept out of what is compiled.

With a fixed shape the table would be copied, 190 of 235 MB, in two seconds instead of a third of one, and with any
other each word that was ever asked would stay in memory.
"""

import os
import re
import weakref
from pathlib import Path

import numpy as np
import openvino
from openvino import opset13


class WordTable:
    """The table of a model, read from its file row by row: what is mapped stays in memory."""

    def __init__(self, node: openvino.Node, export: Path) -> None:
        """Take the node of the table, and the model's file. Raises LookupError where the table is not found in it."""
        table: np.ndarray = node.data
        layer = rf'name="{re.escape(node.get_friendly_name())}" type="Const"[^>]*>\s*<data [^>]*\boffset="(\d+)"'
        found = re.search(layer, export.read_text("utf-8"))
        if found is None:
            raise LookupError("no place of the table of words")
        self._begin, self._size, self._type = int(found[1]), table[0].nbytes, table.dtype
        self._file = os.open(export.with_suffix(".bin"), os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        for row in (0, len(table) - 1):
            if not np.array_equal(self.of(np.array([row]))[0], table[row].astype(np.float32), equal_nan=True):
                raise LookupError("the table of words is elsewhere")

    def of(self, ids: np.ndarray) -> np.ndarray:
        """Return the rows of words, shape (*ids.shape, dimension), float32."""
        words, places = np.unique(ids, return_inverse=True)
        read = (os.pread(self._file, self._size, self._begin + word * self._size) for word in words.tolist())
        rows = np.frombuffer(b"".join(read), self._type).reshape(len(words), -1).astype(np.float32)
        return rows[places.reshape(ids.shape)]


def take_words_out(model: openvino.Model, length: int) -> openvino.Node:
    """Return the table of a model, which takes what is found there (`embedded`) from then on.

    length: of the texts, in tokens, one at a time; 0: any. Raises LookupError where the model has no table that its
    texts are looked up in, or no mask to hide the padding of a length
    """
    if length and "attention_mask" not in {port.any_name for port in model.inputs}:
        raise LookupError("no mask")
    for node in model.get_ordered_ops():
        if node.get_type_name() == "Gather":
            table, ids = (_source(node.input_value(place)) for place in (0, 1))
            if ids.get_friendly_name() == "input_ids" and table.get_type_name() == "Constant":
                break
    else:
        raise LookupError("no table of words")
    shape = [1, length] if length else [-1, -1]
    embedded = opset13.parameter([*shape, table.data.shape[1]], np.float32, "embedded")
    embedded.output(0).set_names({"embedded"})
    for reader in node.output(0).get_target_inputs():
        reader.replace_source_output(embedded.output(0))
    shapes = {port.any_name: shape for port in model.inputs}
    model.add_parameters([embedded])
    model.reshape(shapes)
    return table


def _source(output: openvino.Output) -> openvino.Node:
    """Return the node that an output comes from, conversions apart."""
    node = output.get_node()
    return _source(node.input_value(0)) if node.get_type_name() == "Convert" else node
