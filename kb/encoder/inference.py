"""A compiled OpenVINO model that several threads share."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

import numpy as np
import openvino

LATENCY = {"PERFORMANCE_HINT": "LATENCY"}

Pool = Callable[[np.ndarray], np.ndarray]
"""States of tokens, shape (texts, tokens, dimension) -> unit vectors of the texts, shape (texts, dimension)."""


_ONE_AT_A_TIME: Final = Lock()
"""Held while any model is loaded or runs. OpenVINO may crash the process where several threads run models that one has
run before (openvinotoolkit/openvino, issue 24509); a single text keeps all cores busy as it is.
"""


class Inference:
    """A compiled model. Raises RuntimeError where it cannot be compiled."""

    def __init__(self, core: openvino.Core, model: openvino.Model) -> None:
        with _ONE_AT_A_TIME:
            compiled = core.compile_model(model, "CPU", LATENCY)
            self._inputs = [port.any_name for port in compiled.inputs]
            self._request = compiled.create_infer_request()

    def vectors(self, given: Mapping[str, np.ndarray], pool: Pool) -> np.ndarray:
        """The vectors of texts, of which `given` holds the inputs by name. `pool` makes an array."""
        with _ONE_AT_A_TIME:
            tensors = {name: self._request.get_tensor(name) for name in self._inputs}
            for name, tensor in tensors.items():
                tensor.shape = given[name].shape
                tensor.data[:] = given[name]
            self._request.infer()
            states = self._request.get_output_tensor(0)
            found = pool(states.data)
            for tensor in (*tensors.values(), states):
                tensor.data.fill(0)  # an idle model keeps what went in and came out: nothing of a question
            return found
