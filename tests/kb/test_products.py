"""Products of matrices come out as in one piece, whatever their size."""

import numpy as np
import pytest

from kb.products import product


@pytest.mark.parametrize("shape", [(0, 4, 3), (1, 384, 128), (32, 384, 128), (2049, 128, 8), (5, 600, 700)])
def test_a_product_in_blocks_is_that_of_the_whole(shape):
    number, dimension, columns = shape
    random = np.random.default_rng(1)
    rows, others = random.normal(size=(number, dimension)), random.normal(size=(columns, dimension)).T
    found = np.full((number, columns), np.nan, np.float32)
    product(rows.astype(np.float32), others.astype(np.float32), found)
    np.testing.assert_allclose(found, rows @ others, atol=1e-3)
