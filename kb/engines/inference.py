"""A compiled OpenVINO model that several threads share."""

from collections.abc import Callable, Mapping

import numpy as np
import openvino

LATENCY = {"PERFORMANCE_HINT": "LATENCY"}

Pool = Callable[[np.ndarray], np.ndarray]
"""States of tokens, shape (texts, tokens, dimension) -> unit vectors of the texts, shape (texts, dimension)."""


class Inference:
    """A model with as many requests as threads ask at once. Raises RuntimeError where it cannot be compiled."""

    def __init__(self, core: openvino.Core, model: openvino.Model) -> None:
        self._model = core.compile_model(model, "CPU", LATENCY)
        self._inputs = [port.any_name for port in self._model.inputs]
        self._idle: list[openvino.InferRequest] = []

    def vectors(self, given: Mapping[str, np.ndarray], pool: Pool) -> np.ndarray:
        """The vectors of texts, of which `given` holds the inputs by name. `pool` makes an array."""
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._model.create_infer_request()
        tensors = {name: request.get_tensor(name) for name in self._inputs}
        for name, tensor in tensors.items():
            tensor.shape = given[name].shape
            tensor.data[:] = given[name]
        request.infer()
        states = request.get_output_tensor(0)
        found = pool(states.data)
        for tensor in (*tensors.values(), states):
            tensor.data.fill(0)  # an idle request keeps what went in and came out: nothing of a question
        self._idle.append(request)
        return found
