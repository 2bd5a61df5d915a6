"""The alignment of the built-in encoder: corrections to its weights by which the three languages lie alike.

The corrections, a file of this package, were learned from manuals that exist in the three languages
(`benchmarks.alignment`), then from the notes (`benchmarks.adaptation`, `make alignment`): for every linear layer a
matrix of rank 16, weight + STRENGTH · up · down (LoRA, Hu et al. 2021, arXiv:2106.09685). Six tenths are applied: full
strength brings the languages closer still and costs general quality. Figures: docs/decisions/0006-aligned-encoder.md
and docs/decisions/0026-adapted-encoder.md.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

STRENGTH = 0.6
"""The share of the corrections that is applied."""

MEAN_SHARE = 0.5
"""How much of a language's mean is still subtracted from its vectors: what the corrections leave of it."""

CORRECTIONS = Path(__file__).with_suffix(".safetensors")


def identity() -> str:
    """Return a text that changes with the corrections and their strength."""
    return f"{hashlib.sha256(CORRECTIONS.read_bytes()).hexdigest()} {STRENGTH}"


def align(tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the encoder's weights with the corrections added. Raises KeyError if they are of another model."""
    from safetensors.numpy import load_file  # only a conversion needs it

    parts = load_file(CORRECTIONS)
    aligned = dict(tensors)
    for name in {key.rpartition(".")[0] for key in parts}:
        up, down = (parts[f"{name}.{part}"].astype(np.float32) for part in ("up", "down"))
        aligned[name] = np.asarray(tensors[name] + STRENGTH * _product(up, down), np.float32)
    return aligned


def _product(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Multiply term by term, because `@` rounds as the processor's BLAS does, and the checksum with it."""
    total = np.zeros((len(up), down.shape[1]), np.float32)
    for column, row in zip(up.T, down, strict=True):
        total += np.outer(column, row)
    return total
