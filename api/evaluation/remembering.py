"""An encoder for many indexes of the same texts."""

from collections.abc import Sequence

import numpy as np

from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import Encode


class RememberingEncoder:
    """An encoder that reads a text once, however many indexes hold it or are asked it."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[tuple[str, str], np.ndarray] = {}
        self.name, self.dimension, self.fingerprint = encoder.name, encoder.dimension, encoder.fingerprint
        self.mean_share, self.count_tokens = encoder.mean_share, encoder.count_tokens

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """See `Encoder.encode_queries`."""
        return self._remembered("query", texts, self._encoder.encode_queries)

    def encode_query(self, text: str) -> np.ndarray:
        """See `Encoder.encode_query`."""
        [vector] = self._remembered("query", [text], lambda texts: self._encoder.encode_query(texts[0])[np.newaxis])
        return np.asarray(vector)

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """See `Encoder.encode_passages`."""
        return self._remembered("passage", texts, self._encoder.encode_passages)

    def _remembered(self, role: str, texts: Sequence[str], encode: Encode) -> np.ndarray:
        if missing := [text for text in dict.fromkeys(texts) if (role, text) not in self._known]:
            self._known.update(((role, text), vector) for text, vector in zip(missing, encode(missing), strict=True))
        return np.stack([self._known[role, text] for text in texts])
