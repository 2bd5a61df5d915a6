"""Products of matrices on one thread.

BLAS divides larger ones among threads, which then keep a processor busy for some milliseconds, waiting for the next:
the encoder lacks them (docs/decisions/0015-speed.md).
"""

from typing import Final

import numpy as np

_ON_ONE_THREAD: Final = 1 << 17
"""Multiplications of one product; OpenBLAS takes a second thread from twice as many on."""


def product(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return `rows @ columns`, shape (n, m). rows: shape (n, dimension), float32; columns: shape (dimension, m)"""
    block = max(1, _ON_ONE_THREAD // columns.size)
    whole = len(rows) // block * block
    found = np.empty((len(rows), columns.shape[1]), np.float32)
    np.matmul(
        rows[:whole].reshape(-1, block, rows.shape[1]), columns, out=found[:whole].reshape(-1, block, columns.shape[1])
    )
    np.matmul(rows[whole:], columns, out=found[whole:])
    return found
