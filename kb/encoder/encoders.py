"""The paired encoders: queries and passages of one model, each with its own prefix, as unit vectors.

The exported model of a sentence-transformers directory is run directly (OpenVINO and `tokenizers`): the same numbers as
sentence-transformers gives, without the seconds that importing torch takes, which a search in a terminal or the
indexing of one changed note would otherwise wait for. A model whose modules are not just transformer, pooling and
normalisation is run by sentence-transformers itself.

Only texts of equal length are encoded together. Padding would change a vector in its last digits with the company it is
encoded in; without, an index depends on nothing but its content. A question that somebody waits for is encoded alone,
by a model of its own where it is short (`short_texts`).
"""

import json
import logging
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import openvino
from tokenizers import Tokenizer

from kb.encoder.inference import LATENCY, Inference
from kb.encoder.model_export import EXPORT
from kb.encoder.model_files import ModelFiles
from kb.encoder.short_texts import LENGTHS, ShortTexts
from kb.errors import ModelError
from kb.store.records import digest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 16


class Encoder(Protocol):
    """Texts to vectors. Vectors have shape (number of texts, dimension), float32, unit length."""

    @property
    def name(self) -> str:
        """The model's name, for people."""

    @property
    def dimension(self) -> int:
        """Floats in a vector."""

    @property
    def fingerprint(self) -> str:
        """Changes with weights, tokenizer, prefixes or limits: vectors of two fingerprints never meet."""

    @property
    def mean_share(self) -> float:
        """The share of its language's mean that is subtracted from a vector before it is compared, 0 to 1."""

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of questions, with the model's query prefix."""

    def encode_query(self, text: str) -> np.ndarray:
        """The vector of one question, shape (dimension,): that of `encode_queries` to the fifth digit, and sooner."""

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of passages, with the model's passage prefix."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a passage as the model reads it, prefix and end marks included."""


class ModelEncoder:
    """The encoder of a sentence-transformers directory. Safe to share between threads."""

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self.name = files.name
        self.dimension = files.dimension
        self.mean_share = files.mean_share
        self.fingerprint = digest(
            [files.checksum, files.query_prefix, files.passage_prefix, files.max_tokens, files.mean_share]
        )

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        """See `Encoder.encode_queries`."""
        return self._encode([self._files.query_prefix + text for text in texts])

    def encode_query(self, text: str) -> np.ndarray:
        """See `Encoder.encode_query`."""
        if self._direct:
            return self._direct.encode_one(self._files.query_prefix + text)
        return np.asarray(self.encode_queries([text])[0])

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """See `Encoder.encode_passages`."""
        return self._encode([self._files.passage_prefix + text for text in texts])

    def count_tokens(self, text: str) -> int:
        """See `Encoder.count_tokens`."""
        return len(self._tokenizer.encode(self._files.passage_prefix + text).ids)

    def _encode(self, prefixed: Sequence[str]) -> np.ndarray:
        if self._direct:
            return self._direct.encode(prefixed)
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

    @property
    def _direct(self) -> "_DirectModel | None":
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> "_DirectModel | None":
        pooling = _pooling(self._files.path)
        return _DirectModel(self._files, pooling) if pooling else None

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
        _forgetful(getattr(model.tokenizer, "backend_tokenizer", None))
        return model


class _DirectModel:
    """The exported transformer with mean or first-token pooling, run without sentence-transformers."""

    def __init__(self, files: ModelFiles, pooling: str) -> None:
        self._pooling = pooling
        self._tokenizer = Tokenizer.from_file(str(files.path / "tokenizer.json"))
        _forgetful(self._tokenizer)
        self._tokenizer.enable_truncation(files.max_tokens)
        self._tokenizer.no_padding()
        self._dimension = files.dimension
        self._export = files.path / EXPORT
        self._lengths = [length for length in LENGTHS if length <= files.max_tokens]
        self._short: dict[int, ShortTexts | None] = {}
        self._core = openvino.Core()
        self._loading, self._loading_short = threading.Lock(), threading.Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        tokens = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        by_length: dict[int, list[int]] = {}
        for place, ids in enumerate(tokens):
            by_length.setdefault(len(ids), []).append(place)
        vectors = np.empty((len(tokens), self._dimension), np.float32)
        for places in by_length.values():
            for start in range(0, len(places), _BATCH):
                part = places[start : start + _BATCH]
                vectors[part] = self._run([tokens[place] for place in part])
        return vectors

    def encode_one(self, text: str) -> np.ndarray:
        ids = self._tokenizer.encode(text).ids
        short = self._short_texts(next((length for length in self._lengths if len(ids) <= length), None))
        return short.encode(ids) if short else self._run([ids])[0]

    def _run(self, tokens: Sequence[Sequence[int]]) -> np.ndarray:
        """The vectors of texts of equal length."""
        ids = np.array(tokens, np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        with self._loading:
            inference = self._any_length
        return inference.vectors(given, self._pool)

    def _pool(self, states: np.ndarray) -> np.ndarray:
        """See `inference.Pool`."""
        pooled = states.mean(axis=1) if self._pooling == "mean" else states[:, 0]
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), np.float32)

    @cached_property
    def _any_length(self) -> Inference:
        try:
            return Inference(self._core, self._core.read_model(self._export))
        except RuntimeError as error:
            raise ModelError(
                "The exported model cannot be loaded.",
                internal=f"It lies in `{self._export.parent.parent}`: {error}.",
                remedy="Delete the folder `models` in KB_DATA_DIR; it is built again.",
            ) from error

    def _short_texts(self, length: int | None) -> ShortTexts | None:
        """The model of texts of this length, loaded for the first that needs it; none of another architecture, whose
        questions are encoded as other texts are.
        """
        if length is None:
            return None
        with self._loading_short:
            if length not in self._short:
                try:
                    self._short[length] = ShortTexts(self._core, self._export, self._pool, length)
                except (LookupError, RuntimeError):
                    self._short[length] = None
            return self._short[length]


def _forgetful(tokenizer: Any) -> None:
    """Let a tokenizer keep no words that it has split, as it otherwise does to save time: they may be a question's."""
    resize = getattr(getattr(tokenizer, "model", None), "_resize_cache", None)
    if resize:
        resize(0)


def _pooling(path: Path) -> str | None:
    """`mean` or `cls` where the model is transformer, pooling and at most normalisation; else None."""
    modules: list[dict[str, Any]] = json.loads((path / "modules.json").read_text(encoding="utf-8"))
    names = [module["type"].rpartition(".")[2] for module in modules]
    if names not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        return None
    config = json.loads((path / modules[1]["path"] / "config.json").read_text(encoding="utf-8"))
    if "pooling_mode" in config:
        mode = config["pooling_mode"]
        return mode if mode in ("mean", "cls") else None
    chosen = [key for key, value in config.items() if key.startswith("pooling_mode_") and value is True]
    ours = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls"}
    return ours.get(chosen[0]) if len(chosen) == 1 else None
