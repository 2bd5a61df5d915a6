"""The tokenizer of a model whose vocabulary is a list of pieces with scores (Unigram), in a quarter of the memory.

The `tokenizers` library builds a tree of all pieces: 270 MB and half a second for the 250,000 of the built-in model.
Here it is given a text with only those pieces that occur in the text, among which it finds the same ones as among all.
Per text that takes longer (docs/decisions/0023), so it is for questions and for a few notes. Nothing of a text is kept.
"""

import json
import re
from array import array
from collections.abc import Set
from pathlib import Path
from threading import Lock

from tokenizers import Encoding, Tokenizer
from tokenizers.models import Unigram


class PieceTokenizer:
    """Texts to the numbers of their tokens. Safe to share between threads."""

    def __init__(self, path: Path, max_tokens: int) -> None:
        """Read a `tokenizer.json`. Raises LookupError where it is of another kind.

        max_tokens: read of a text, the marks of its ends included
        """
        described = json.loads(path.read_text("utf-8"))
        model, added = described["model"], [token["content"] for token in described["added_tokens"]]
        is_plain = model.get("unk_id") is not None and not model.get("byte_fallback") and described.get("pre_tokenizer")
        if model.get("type") != "Unigram" or not is_plain:
            raise LookupError("no pieces with scores")
        vocabulary = model["vocab"]
        self._ids = {piece: number for number, (piece, _) in enumerate(vocabulary)}
        self._scores = array("d", [score for _, score in vocabulary])
        self._unknown = self._ids[vocabulary[model["unk_id"]][0]]
        self._longest = max(map(len, self._ids))
        # What is unknown scores below the least of all, and what is added stands among the others.
        least = min(range(len(self._scores)), key=self._scores.__getitem__)
        always = [vocabulary[self._unknown][0], vocabulary[least][0], *(each for each in added if each in self._ids)]
        self._always = dict.fromkeys(always)  # the unknown first
        self._added = re.compile("|".join(map(re.escape, added)) or r"(?!)")
        self._none = self._model(frozenset())
        described["model"] = {"type": "Unigram", "unk_id": 0, "vocab": [[each, 0.0] for each in self._always]}
        self._tokenizer = Tokenizer.from_str(json.dumps(described))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()
        self._ids |= {token["content"]: token["id"] for token in described["added_tokens"]}
        self._lock = Lock()

    def encode(self, text: str) -> list[int]:
        """Return the numbers of the tokens of a text, the marks of its ends included."""
        return [self._ids.get(token, self._unknown) for token in self._read(text).tokens]

    def count(self, text: str) -> int:
        """Return how many tokens a text has (`counted`)."""
        return counted(self._read(text))

    def _read(self, text: str) -> Encoding:
        model = self._model(self._occurring(text))
        with self._lock:
            self._tokenizer.model = model
            read = self._tokenizer.encode(text)
            self._tokenizer.model = self._none
        return read

    def _model(self, pieces: Set[str]) -> Unigram:
        known = [*self._always, *(pieces - self._always.keys())]
        return Unigram([(piece, self._scores[self._ids[piece]]) for piece in known], 0, False)

    def _occurring(self, text: str) -> Set[str]:
        """Return the pieces that occur in a text as the model reads it."""
        found, longest, normalizer = set[str](), self._longest, self._tokenizer.normalizer
        for part in self._added.split(text):
            normal = normalizer.normalize_str(part) if normalizer else part
            for word, _ in self._tokenizer.pre_tokenizer.pre_tokenize_str(normal):
                ends = range(1, len(word) + 1)
                found |= self._ids.keys() & {word[at:end] for end in ends for at in range(max(0, end - longest), end)}
        return found


def counted(read: Encoding) -> int:
    """Return how many tokens a text has, also where it has more than were read."""
    more: list[int] = [len(part.ids) - sum(part.special_tokens_mask) for part in read.overflowing]
    return len(read.ids) + sum(more)
