"""Vectors in a byte for each number (scalar quantisation): what their cosines with a question's are at most.

A quarter of the memory is read, and processors multiply bytes fast; which texts are the nearest is still decided by
their exact cosines. How far a vector is from its bytes is known when it is written, so that none is left out.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from kb.store.embedded.tables import Tables

# Without it vectors are compared as they are, which takes three times as long and finds the same.
simsimd: Any = import_module("simsimd") if find_spec("simsimd") else None
_LARGEST: Final = 127
_ROUNDING: Final = 1e-5
"""By how much a cosine may differ for the order in which it was summed, and for the rounding of what is said of it."""


class Quantised:
    """Vectors, shape (texts, dimension), and their bytes. Safe to share."""

    def __init__(self, tables: Tables) -> None:
        self._vectors, self._bytes = tables["vectors"], tables["bytes"]
        self._steps, self._off = tables["steps"], tables["off"]

    def at_most(self, question: np.ndarray) -> np.ndarray:
        """Return what the cosine of each text is at most, shape (texts,), float32. question: unit length"""
        if simsimd is None or not len(self._bytes):
            return np.asarray(np.vecdot(self._vectors, question) + _ROUNDING)
        asked = quantised(question[None])
        [step], [off] = asked["steps"], asked["off"]
        most: np.ndarray = np.asarray(simsimd.cdist(asked["bytes"], self._bytes, "dot", out_dtype="float32"))[0]
        most *= self._steps * step
        most += self._off * (1 + off) + (off + _ROUNDING)
        return most


def quantised(vectors: np.ndarray) -> Tables:
    """Return the tables of vectors, shape (n, dimension).

    bytes: whole numbers of steps; steps: their length, shape (n,); off: how far it is from a vector to its bytes
    """
    steps = np.abs(vectors).max(axis=1, initial=1e-9) / _LARGEST
    numbers = np.rint(vectors / steps[:, None])
    off = np.linalg.norm(vectors - numbers * steps[:, None], axis=1)
    return {"bytes": numbers.astype(np.int8), "steps": steps.astype(np.float32), "off": off.astype(np.float32)}
