"""The sentences of a passage: where they stand, and the direction of each, as its record keeps them.

A byte for each dimension: which sentence is nearest hardly ever hangs on more, and a record grows by half a kilobyte
for each sentence instead of two.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Span = tuple[int, int]
"""Where a sentence begins and ends in its passage, in characters."""


@dataclass(frozen=True)
class SentenceVectors:
    """The sentences of one passage in order, and their centred vectors: shape (sentences, dimension), unit length."""

    spans: tuple[Span, ...]
    vectors: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """Spans as lists, vectors as base64 of one signed byte a dimension, 127 for the largest of a sentence."""
        largest = np.abs(self.vectors).max(axis=1, keepdims=True).clip(1e-9)
        scaled = np.rint(self.vectors / largest * 127).astype("i1")
        return {"spans": [list(span) for span in self.spans], "vectors": base64.b64encode(scaled.tobytes()).decode()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SentenceVectors":
        """The inverse of `to_json`, but for what a byte loses."""
        spans = tuple((start, end) for start, end in data["spans"])
        scaled = np.frombuffer(base64.b64decode(data["vectors"]), "i1").reshape(len(spans), -1).astype(np.float32)
        return cls(spans, scaled / np.linalg.norm(scaled, axis=1, keepdims=True).clip(1e-9))
