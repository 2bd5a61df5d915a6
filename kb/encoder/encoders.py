"""The paired encoders: queries and passages of one model, each with its own prefix, as unit vectors.

The exported model of a sentence-transformers directory is run directly (`kb.encoder.transformer`), because importing
torch takes seconds that a search in a terminal or the indexing of one changed note would wait for. A model whose
modules are not just transformer, pooling and normalisation is run by sentence-transformers itself.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from kb.encoder.late_interaction import ANSWERED, ASKED, WIDTH
from kb.encoder.model_files import CONVERTER_VERSION, ModelFiles
from kb.values import digest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from kb.encoder.transformer import Transformer

Vectors = Iterator[tuple[Sequence[int], np.ndarray]]
"""Places of some of the texts, and their vectors, shape (places, dimension); then of others, until all are there."""
QuestionVectors = tuple[np.ndarray, np.ndarray]
"""The vector of a reader's question, shape (dimension,), and its token vectors, shape (tokens, WIDTH)."""
_BATCH: Final = 512


class Encoder(Protocol):
    """Texts to vectors. Vectors have shape (number of texts, dimension), float32, unit length.

    name:        of the model, for people
    fingerprint: changes with weights, tokenizer, their conversion, prefixes or limits: vectors of two fingerprints
                 never meet
    mean_share:  the share of its language's mean that is subtracted from a vector before it is compared, 0 to 1
    tokens:      token vectors of a question that a note answers (`kb.encoder.late_interaction`); 0: it makes none
    """

    name: str
    dimension: int
    fingerprint: str
    mean_share: float
    tokens: int

    def encode_question(self, text: str, meanwhile: Callable[[], object] = lambda: None) -> QuestionVectors:
        """Return the vector of a reader's question, with the model's query prefix, and its token vectors, whose lengths
        are their weights; none where the encoder makes none.

        meanwhile: is called while processors work at it; what it raises is raised
        """

    def encode_many(self, role: str, texts: Sequence[str]) -> Vectors:
        """Yield the vectors of many texts as they are made, with the model's prefix for `query` or `passage`.

        As a `question` a text has the prefix of a query, and `tokens` × WIDTH numbers behind its vector.

        Of a quantized model: cosine with those of 16 bits above .99.
        """

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a passage as the model reads it, prefix and end marks included."""


class ModelEncoder:
    """The encoder of a sentence-transformers directory (`Encoder`). Safe to share between threads."""

    def __init__(self, files: ModelFiles) -> None:
        """Loads nothing yet."""
        self._files = files
        self.name = files.name
        self.dimension = files.dimension
        self.mean_share = files.mean_share
        self.tokens, self._asked = (ANSWERED, ASKED) if files.late_interaction else (0, 0)
        made = files.checksum, CONVERTER_VERSION, files.late_interaction
        read = files.query_prefix, files.passage_prefix, files.max_tokens, files.mean_share
        self.fingerprint = digest([*made, *read])

    @cached_property
    def _engine(self) -> "Transformer | _OtherModules":
        # OpenVINO: a run that finds nothing changed need not wait for it.
        from kb.encoder.transformer import Transformer

        return Transformer(self._files) if self._files.pooling else _OtherModules(self._files)

    def load(self) -> None:
        """Load what many passages are encoded with, so that the first of them need not wait."""
        self._engine.load()

    def encode_question(self, text: str, meanwhile: Callable[[], object] = lambda: None) -> QuestionVectors:
        row = self._engine.encode_alone(self._files.query_prefix + text, meanwhile, self._asked)
        return row[: self.dimension], row[self.dimension :].reshape(-1, WIDTH)

    def encode_many(self, role: str, texts: Sequence[str]) -> Vectors:
        prefix = self._files.passage_prefix if role == "passage" else self._files.query_prefix
        return self._engine.encode_many([prefix + text for text in texts], self.tokens if role == "question" else 0)

    def count_tokens(self, text: str) -> int:
        return self._engine.count_tokens(self._files.passage_prefix + text)


class _OtherModules:
    """A model that sentence-transformers itself runs, with the methods of `Transformer`."""

    def __init__(self, files: ModelFiles) -> None:
        """Loads nothing yet."""
        self._path = files.path
        self._lock = threading.Lock()

    def load(self) -> None:
        _ = self._model

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        with self._lock:
            vectors = self._model.encode(
                list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False, prompt=""
            )
            return np.asarray(vectors, np.float32)

    def encode_many(self, texts: Sequence[str], tokens: int) -> Vectors:
        """tokens: 0, as only the built-in model has token vectors"""
        by_length = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(texts), _BATCH):
            places = by_length[start : start + _BATCH]
            yield places, self._encode([texts[place] for place in places])

    def encode_alone(self, text: str, meanwhile: Callable[[], object], tokens: int = 0) -> np.ndarray:
        """tokens: 0, as only the built-in model has token vectors"""
        meanwhile()
        return np.asarray(self._encode([text])[0])

    def count_tokens(self, text: str) -> int:
        with self._lock:
            return len(self._model.tokenizer.encode(text, verbose=False))

    @cached_property
    def _model(self) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer  # imports torch: seconds that a search need not wait

        from kb.encoder.transformer import LATENCY, forget_words

        # Offline, optimum-intel warns that it cannot tell whether the model is exported, and then loads the export.
        logging.getLogger("optimum.intel").setLevel(logging.ERROR)
        model = SentenceTransformer(
            str(self._path), backend="openvino", local_files_only=True, model_kwargs={"ov_config": LATENCY}
        )
        forget_words(getattr(model.tokenizer, "backend_tokenizer", None))
        return model
