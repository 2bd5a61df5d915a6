"""Token vectors of the built-in encoder: what it makes of each word of a question where it stands, for late interaction
(ColBERT, Khattab and Zaharia 2020, arXiv:2004.12832).

A file of this package, fitted on the notes (`benchmarks.late_interaction`), says how: what all tokens have in common is
subtracted, 128 directions are kept of what is left, and a weight is read off it that is high for rare words. Figures:
docs/decisions/0043-late-interaction.md.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from kb.products import product

PARAMETERS: Final = Path(__file__).with_suffix(".safetensors")
WIDTH: Final = 128
"""Numbers of a token vector."""
ASKED: Final = 16
"""Token vectors of a reader's question, at most: those of the rarest words. More bring nothing that can be told from
chance.
"""
ANSWERED: Final = 6
"""Those of a question that a note answers."""
_BEFORE: Final = 4
"""Tokens before the text: the mark of its beginning and the three of the prefix `query: `. One mark ends it."""
_LEAST: Final = 0.05
"""The least weight of a token."""


def identity() -> str:
    """Return a sha256 of what makes the token vectors that are kept, in hexadecimal."""
    return hashlib.sha256(PARAMETERS.read_bytes() + f"{ANSWERED} {_BEFORE}".encode()).hexdigest()


def token_vectors(states: np.ndarray, most: int) -> np.ndarray:
    """Return the token vectors of a text, shape (most, WIDTH), the rarest words first; behind those it has, zeros.

    The length of each is its weight; together they are 1.

    states: what the encoder made of its tokens, shape (tokens, dimension), marks and prefix included
    """
    mean, directions, rarity = _parameters()
    found = np.zeros((most, WIDTH), np.float32)
    shifted = states[_BEFORE:-1] - mean
    shifted /= np.linalg.norm(shifted, axis=1, keepdims=True).clip(1e-9)
    weights = np.maximum(shifted @ rarity[:-1] + rarity[-1], _LEAST)
    rarest = np.argsort(-weights, kind="stable")[:most]
    kept = found[: len(rarest)]
    product(shifted[rarest], directions, kept)
    kept /= np.linalg.norm(kept, axis=1, keepdims=True).clip(1e-9)
    squared = weights[rarest] ** 2
    kept *= (squared / squared.sum())[:, None]
    return found


@cache
def _parameters() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean, (dimension,); the directions, (dimension, WIDTH); and what a weight is read off by, the last
    number added: (dimension + 1,).
    """
    from safetensors.numpy import load_file

    stored = load_file(PARAMETERS)
    mean, directions, rarity = (stored[name].astype(np.float32) for name in ("mean", "directions", "rarity"))
    return mean, directions, rarity
