"""Products of matrices on one thread.

BLAS divides larger ones among threads, which then keep a processor busy for some milliseconds, waiting for the next:
the encoder lacks them (docs/decisions/0015-speed.md).
"""

from typing import Final

import numpy as np

_ON_ONE_THREAD: Final = 1 << 17
"""Multiplications of one product; OpenBLAS takes a second thread from twice as many on."""


def product(rows: np.ndarray, columns: np.ndarray, out: np.ndarray) -> None:
    """Put `rows @ columns` into `out`, shape (n, m). rows: shape (n, dimension); columns: shape (dimension, m)"""
    block = max(1, _ON_ONE_THREAD // columns.size)
    whole = len(rows) // block * block
    blocks, into = (each[:whole].reshape(-1, block, each.shape[1]) for each in (rows, out))
    np.matmul(blocks, columns, out=into)
    np.matmul(rows[whole:], columns, out=out[whole:])
