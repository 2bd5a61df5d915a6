"""What makes token vectors is fitted on tokens."""

import numpy as np

from benchmarks.late_interaction import fit
from kb.encoder.late_interaction import WIDTH


def test_the_mean_goes_the_widest_directions_stay_and_rarity_is_read_off():
    random = np.random.default_rng(5)
    spread = np.concatenate([np.full(WIDTH, 1.0), np.full(40, 0.01)])
    states = random.normal(size=(4000, len(spread))) * spread + 3
    shifted = (states - states.mean(axis=0)) / np.linalg.norm(states - states.mean(axis=0), axis=1, keepdims=True)
    rarity = 2 * shifted[:, 4] + 5
    found = fit(states, rarity)
    assert np.allclose(found["mean"], states.mean(axis=0))
    directions = found["directions"]
    assert directions.shape == (len(spread), WIDTH)
    assert np.allclose(directions.T @ directions, np.eye(WIDTH), atol=1e-6)
    assert np.abs(directions[WIDTH:]).max() < 0.05
    assert np.abs(shifted @ found["rarity"][:-1] + found["rarity"][-1] - rarity).max() < 0.1
