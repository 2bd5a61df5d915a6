"""The exported transformer of a model, run by OpenVINO: as sentence-transformers does, without torch.

Of many texts each core reads some, those of equal length together, in 8 bits where the model has been quantized.
Padding would change a vector in its last digits with the texts beside it; without, an index depends on nothing but its
content. A question that somebody waits for is read alone by all cores, and padded, which the mask hides: a short one on
a model of fixed shape, in a third less time (docs/decisions/0015), a longer one to one of few lengths, since memory is
kept for each. All models of questions share what is mapped of the exported file (0023).
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import accumulate, chain, groupby
from typing import Any, Final

import numpy as np
import openvino
from tokenizers import Tokenizer

from kb.encoder.late_interaction import token_vectors
from kb.encoder.model_export import EXPORT, QUANTIZED_LAYERS
from kb.encoder.model_files import ModelFiles
from kb.encoder.pieces import PieceTokenizer, counted
from kb.encoder.word_table import WordTable, take_words_out
from kb.errors import ModelError

LATENCY: Final = {"PERFORMANCE_HINT": "LATENCY"}
"""All cores run one text."""
_THROUGHPUT: Final[Mapping[str, str | int]] = {"PERFORMANCE_HINT": "THROUGHPUT", "CPU_RUNTIME_CACHE_CAPACITY": 100}
"""Cores run texts of their own, in a fifth less time, since none waits for another; vectors are the same. OpenVINO may
keep what it prepares for so many operations of a shape; in 8 bits that of all shapes would be 5 GB in a first index.
"""
LENGTHS: Final = (20, 32)
"""Tokens of the fixed shapes, those that mark the ends of a text included: half of all questions, nine in ten. With 20
a model takes a quarter less time than with 32, and that a quarter less than one with 48; each takes 65 MB.
"""
_STEP: Final = 16
"""Longer questions are padded to a multiple of it."""
_LETTERS: Final = 100_000
"""Letters of notes that are read by pieces sooner than the tokenizer of many texts is loaded."""
_TOGETHER: Final = 1_024
"""Tokens of a run, where texts of a length are divided: with more it is not faster. Vectors do not depend on it."""
_UNDIVIDED: Final = 4_096
"""Tokens that all texts of a length may have together to be one run: each new shape costs each core some 15 ms."""
_HANDED_ON: Final = 65_536
"""Tokens whose vectors are handed on together: some seconds of work, which is what an interruption loses."""
_AT_ONCE: Final = 512
"""Texts that are turned into tokens together: what the tokenizer says of each token takes much memory."""
_ONE_AT_A_TIME: Final = threading.Lock()
"""Locked while any model is loaded or runs. OpenVINO may crash the process where several threads run models that one
has run before (openvinotoolkit/openvino, issue 24509); a model keeps all cores busy by itself.
"""


class Transformer:
    """The transformer of a model with mean or first-token pooling. Safe to share between threads."""

    def __init__(self, files: ModelFiles) -> None:
        """Loads nothing yet."""
        self._files = files
        self._core = openvino.Core()
        self._models: dict[tuple[int, bool], _Model] = {}
        self._loading = threading.RLock()
        self._letters = 0

    def encode_many(self, texts: Sequence[str], tokens: int = 0) -> Iterator[tuple[list[int], np.ndarray]]:
        """Yield places of texts and their vectors, some at a time, those of the fewest tokens first.

        tokens: so many token vectors stand behind each vector, in the same row

        Few texts of a length are one run, more are divided into equal ones and a rest: the model prepares itself for
        each shape.
        """
        read = self._tokens(texts)
        by_length: dict[int, list[int]] = {}
        for place, ids in enumerate(read):
            by_length.setdefault(len(ids), []).append(place)
        runs = [
            places[start : start + count]
            for length, places in sorted(by_length.items())
            for count in [len(places) if len(places) * length <= _UNDIVIDED else max(1, _TOGETHER // length)]
            for start in range(0, len(places), count)
        ]

        def size(places: list[int]) -> int:
            return len(places) * len(read[places[0]])

        parts = groupby(zip(accumulate(map(size, runs)), runs, strict=True), lambda run: run[0] // _HANDED_ON)
        for _, part in parts:
            some = sorted((run for _, run in part), key=size, reverse=True)  # all cores end at about one time
            runs_of = [[read[place] for place in places] for places in some]
            found = self._model(0, many=True).vectors(runs_of, tokens)
            yield [*chain.from_iterable(some)], np.concatenate(found)

    def encode_alone(self, text: str, meanwhile: Callable[[], object] = lambda: None, tokens: int = 0) -> np.ndarray:
        """Return the vector of one text, shape (dimension,), as soon as possible.

        meanwhile: is called while it is made
        tokens:    so many token vectors stand behind it
        """
        [ids] = self._tokens([text], few=True)
        length = next((length for length in LENGTHS if len(ids) <= length <= self._files.max_tokens), 0)
        room = length or min(len(ids) + -len(ids) % _STEP, self._files.max_tokens)
        return self._model(length).vector(ids, room, meanwhile, tokens)

    def load(self) -> None:
        """Load what many texts are read with, so that the first of them need not wait."""
        _ = self._tokenizer, self._model(0, many=True)

    def _tokens(self, texts: Sequence[str], few: bool = False) -> list[list[int]]:
        if pieces := self._pieces_for(texts, few):
            return [*map(pieces.encode, texts)]
        parts = (list(texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE))
        return [encoding.ids for part in parts for encoding in self._tokenizer.encode_batch_fast(part)]

    def _pieces_for(self, texts: Sequence[str], few: bool = False) -> PieceTokenizer | None:
        """Return the tokenizer for these texts, unless that of many is loaded or is worth its loading by now."""
        if "_tokenizer" in vars(self):
            return None
        self._letters += 0 if few else sum(map(len, texts))
        return self._pieces if self._letters <= _LETTERS else None

    @cached_property
    def _pieces(self) -> PieceTokenizer | None:
        """The tokenizer of few texts, where the model's vocabulary allows it."""
        with suppress(LookupError):
            return PieceTokenizer(self._files.path / "tokenizer.json", self._files.max_tokens)
        return None

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has, also where it has more than are read."""
        pieces = self._pieces_for([text])
        return pieces.count(text) if pieces else counted(self._tokenizer.encode(text))

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(self._files.path / "tokenizer.json"))
        forget_words(tokenizer)
        tokenizer.enable_truncation(self._files.max_tokens)
        tokenizer.no_padding()
        return tokenizer

    def _model(self, length: int, many: bool = False) -> "_Model":
        """Return the model of a length, loaded for its first text; that of any (0) where the architecture needs it.

        many: whether cores run texts of their own
        """
        with self._loading:
            if (length, many) not in self._models:
                try:
                    model = self._compiled(length, many)
                except (LookupError, RuntimeError) as error:
                    if not length:
                        raise ModelError(
                            "The exported model cannot be loaded.",
                            internal=f"It is in `{self._files.path}`: {error}.",
                            remedy="Delete the folder `models` in KB_DATA_DIR; it is built again.",
                        ) from error
                    model = self._model(0)
                self._models[length, many] = model
            return self._models[length, many]

    def _compiled(self, length: int, many: bool) -> "_Model":
        """Raise LookupError where a length is asked for and the model has no table of words that its texts are looked
        up in, or no mask to hide the padding; RuntimeError where it cannot be compiled.
        """
        layers, words = self._exported.clone(), None
        try:
            words = WordTable(take_words_out(layers, length), self._files.path / EXPORT)
        except LookupError:
            if length:
                raise
        if many and self._files.quantized:
            layers = self._core.read_model(self._files.path / QUANTIZED_LAYERS)
        return _Model(self._core, layers, words, self._files.pooling, _THROUGHPUT if many else LATENCY)

    @cached_property
    def _exported(self) -> openvino.Model:
        """The model as it was exported. What is made of it shares the file in memory."""
        return self._core.read_model(self._files.path / EXPORT)


class _Model:
    """A compiled model, for texts of any length, or for one of at most `length` tokens, padded to that."""

    def __init__(
        self,
        core: openvino.Core,
        layers: openvino.Model,
        words: WordTable | None,
        pooling: str | None,
        hint: Mapping[str, str | int],
    ) -> None:
        """words: where they are looked up, unless the layers do that; hint: how cores share the work"""
        self._words, self._pooling = words, pooling
        with _ONE_AT_A_TIME:
            compiled = core.compile_model(layers, "CPU", dict(hint))
            self._inputs = [port.any_name for port in compiled.inputs]
            count = compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")
            self._requests = [compiled.create_infer_request() for _ in range(count)]

    def vector(self, ids: Sequence[int], room: int, meanwhile: Callable[[], object], tokens: int) -> np.ndarray:
        """Return the vector of one text, shape (dimension,), and so many token vectors behind it.

        room:      tokens to pad it to, where the model has a mask to hide that
        meanwhile: is called while it is made, or before
        """
        request, is_alone = self._requests[0], _ONE_AT_A_TIME.acquire(blocking=False)
        if not is_alone:  # who waits can do it now, and so holds up nobody
            meanwhile()
            _ONE_AT_A_TIME.acquire()
        try:
            self._begin(request, [ids], room)
            try:
                if is_alone:
                    meanwhile()
            finally:
                [vector] = self._ended(request, len(ids), tokens)
        finally:
            _ONE_AT_A_TIME.release()
        return np.asarray(vector)

    def vectors(self, runs: Sequence[Sequence[Sequence[int]]], tokens: int) -> list[np.ndarray]:
        """Return the vectors of the texts of each run, shape (texts, dimension), and so many token vectors behind each.

        runs: ids of tokens, of each text as many
        """
        found, at_once = [], len(self._requests)
        with _ONE_AT_A_TIME:
            for place in range(len(runs) + at_once):
                request = self._requests[place % at_once]
                if place >= at_once:
                    found.append(self._ended(request, len(runs[place - at_once][0]), tokens))
                if place < len(runs):
                    self._begin(request, runs[place])
        return found

    def _begin(self, request: openvino.InferRequest, texts: Sequence[Sequence[int]], room: int = 0) -> None:
        count = len(texts[0])
        length = max(room, count) if "attention_mask" in self._inputs else count
        ids, mask = np.zeros((2, len(texts), length), np.int64)
        ids[:, :count], mask[:, :count] = texts, 1
        inputs: dict[str, np.ndarray] = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        if self._words is not None:
            inputs["embedded"] = self._words.of(ids)
        for name in self._inputs:
            tensor = request.get_tensor(name)
            tensor.shape = inputs[name].shape
            tensor.data[:] = inputs[name]
        request.start_async()

    def _ended(self, request: openvino.InferRequest, count: int, tokens: int) -> np.ndarray:
        """Wait for texts of `count` tokens, and return their vectors, with so many token vectors behind each."""
        request.wait()
        states = request.get_output_tensor(0)
        texts = states.data[:, :count]
        try:
            pooled = texts.mean(axis=1) if self._pooling == "mean" else texts[:, 0].copy()
            behind = [token_vectors(text, tokens).ravel() for text in texts] if tokens else np.empty((len(texts), 0))
        finally:
            for tensor in (*map(request.get_tensor, self._inputs), states):
                tensor.data.fill(0)  # an idle model keeps what went in and came out: nothing of a question
        return np.hstack([pooled / np.linalg.norm(pooled, axis=1, keepdims=True), behind], dtype=np.float32)


def forget_words(tokenizer: Any) -> None:
    """Let a tokenizer cache no words that it has split: they may be a question's."""
    resize = getattr(getattr(tokenizer, "model", None), "_resize_cache", None)
    if resize:
        resize(0)
