"""The paired encoders: queries and passages of one model, each with its own prefix, as unit vectors.

The exported model of a sentence-transformers directory is run directly (`kb.encoder.transformer`), because importing
torch takes seconds that a search in a terminal or the indexing of one changed note would wait for. A model whose
modules are not just transformer, pooling and normalisation is run by sentence-transformers itself.
"""

import logging
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
from tokenizers import Tokenizer

from kb.encoder.model_files import ModelFiles
from kb.encoder.transformer import LATENCY, Transformer, forget_words
from kb.values import digest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class Encoder(Protocol):
    """Texts to vectors. Vectors have shape (number of texts, dimension), float32, unit length.

    name:        of the model, for people
    fingerprint: changes with weights, tokenizer, prefixes or limits: vectors of two fingerprints never meet
    mean_share:  the share of its language's mean that is subtracted from a vector before it is compared, 0 to 1
    """

    name: str
    dimension: int
    fingerprint: str
    mean_share: float

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors of questions, with the model's query prefix."""

    def encode_query(self, text: str) -> np.ndarray:
        """Return the vector of one question, shape (dimension,), sooner; cosine with `encode_queries` above 0.9999."""

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Return vectors of passages, with the model's passage prefix."""

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a passage as the model reads it, prefix and end marks included."""


class ModelEncoder:
    """The encoder of a sentence-transformers directory (`Encoder`). Safe to share between threads."""

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._transformer = Transformer(files) if files.pooling else None
        self.name = files.name
        self.dimension = files.dimension
        self.mean_share = files.mean_share
        self.fingerprint = digest(
            [files.checksum, files.query_prefix, files.passage_prefix, files.max_tokens, files.mean_share]
        )

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode([self._files.query_prefix + text for text in texts], few=True)

    def encode_query(self, text: str) -> np.ndarray:
        if self._transformer:
            return self._transformer.encode_alone(self._files.query_prefix + text)
        return np.asarray(self.encode_queries([text])[0])

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode([self._files.passage_prefix + text for text in texts])

    def count_tokens(self, text: str) -> int:
        prefixed = self._files.passage_prefix + text
        if self._transformer:  # which has a tokenizer that need not be loaded twice
            return self._transformer.count_tokens(prefixed)
        return len(self._tokenizer.encode(prefixed).ids)

    def _encode(self, prefixed: Sequence[str], few: bool = False) -> np.ndarray:
        if self._transformer:
            return self._transformer.encode(prefixed, few=few)
        with self._lock:
            vectors = self._sentence_transformer.encode(
                list(prefixed), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False, prompt=""
            )
            return np.asarray(vectors, np.float32)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self._files.path / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _sentence_transformer(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer  # imports torch: seconds that a search need not wait

        # Offline, optimum-intel warns that it cannot tell whether the model is exported, and then loads the export.
        logging.getLogger("optimum.intel").setLevel(logging.ERROR)
        model = SentenceTransformer(
            str(self._files.path),
            backend="openvino",
            local_files_only=True,
            model_kwargs={"ov_config": LATENCY},
        )
        forget_words(getattr(model.tokenizer, "backend_tokenizer", None))
        return model
