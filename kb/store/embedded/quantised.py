"""Vectors in a byte for each number (scalar quantisation): what their cosines with a question's are at most.

A quarter of the memory is read, and processors multiply bytes fast; which texts are the nearest is still decided by
their exact cosines. How far a vector is from its bytes is known when it is written, so that none is left out.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import simsimd

from kb.store.embedded.tables import Tables

_LARGEST: Final = 127
_AT_ONCE: Final = 4096
"""Vectors that are turned into bytes at once, so that little memory is taken for it."""
_SHARED: Final = 50_000
"""Texts from which a second thread looks at half of them: it takes a tenth of a millisecond to be asked."""
_OTHER: Final = ThreadPoolExecutor(1)
_ROUNDING: Final = 1e-5
"""By how much a cosine may differ for the order in which it was summed, and for the rounding of what is said of it."""


class Quantised:
    """Vectors in bytes. Safe to share."""

    def __init__(self, tables: Tables) -> None:
        self._bytes, self._steps, self._off = tables["bytes"], tables["steps"], tables["off"]

    def at_most(self, question: np.ndarray) -> np.ndarray:
        """Return what the cosine of each text is at most, shape (texts,), float32. question: unit length"""
        if not len(self._bytes):  # the library refuses them
            return np.empty(0, np.float32)
        asked = quantised(question[None])
        [step], [off] = asked["steps"], asked["off"]
        most = np.empty(len(self._bytes), np.float32)

        def fill(some: slice) -> None:
            products = np.asarray(simsimd.cdist(asked["bytes"], self._bytes[some], "dot", out_dtype="float32"))
            np.multiply(products.reshape(-1), self._steps[some] * step, out=most[some])
            most[some] += self._off[some] * (1 + off) + (off + _ROUNDING)

        half = len(self._bytes) // 2 if len(self._bytes) >= _SHARED else 0
        other = _OTHER.submit(fill, slice(half)) if half else None
        fill(slice(half, None))
        if other:
            other.result()
        return most


def quantised(vectors: np.ndarray) -> Tables:
    """Return the tables of vectors, shape (n, dimension).

    bytes: whole numbers of steps; steps: their length, shape (n,); off: how far it is from a vector to its bytes
    """
    steps = np.abs(vectors).max(axis=1, initial=1e-9) / _LARGEST
    numbers, off = np.empty(vectors.shape, np.int8), np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        numbers[some] = np.rint(vectors[some] / steps[some, None])
        off[some] = np.linalg.norm(vectors[some] - numbers[some] * steps[some, None], axis=1)
    return {"bytes": numbers, "steps": steps.astype(np.float32), "off": off}
