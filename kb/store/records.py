"""Records, as ingest writes and search reads them: their kinds, fields, ids, and names of vectors. Values only.

An index has three kinds of record: a `chunk` (a passage with its vectors), a `question` (that a note answers, with its
own) and a `version` (a note in one language, without vectors). All carry every field that filters use, so one filter
rules every path to a note.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any, Final, TypeVar

import numpy as np

from kb.notes.front_matter import FILTERED_CHOICES
from kb.notes.note import Kind
from kb.products import product
from kb.text.languages import Language
from kb.text.terms import Sparse

Value = TypeVar("Value")
_BATCH: Final = 256

DENSE: Final = "dense"
LEXICAL: Final = "lexical"
"""Names of the two vectors of a chunk and of a question: the centred dense one and the BM25 one."""

RECORD: Final = "record"
CHUNK: Final = "chunk"
QUESTION: Final = "question"
VERSION: Final = "version"
CELL: Final = "cell"

FILTER_FIELDS: Final = (
    RECORD,
    CELL,
    "note_id",
    "kind",
    "language",
    "languages",
    "access",
    *FILTERED_CHOICES,
    "countries",
    "reach",
    "crime_types_broad",
    "phases",
    "powers",
    "evidence_level",
    "organisation_keys",
    "about",
    "cites",
    "mentions",
)
"""Payload fields with a keyword index.

access:            the keys that open the note (`kb.access`)
cell:              what a record is, of which kind and language of notes (`cell`): three conditions at the price of one
countries:         the countries and areas that the note names
reach:             the note's countries and every country or area inside them
crime_types_broad: the note's crime types and every broader one
evidence_level:    of practices, in a list; powers: of notes on a power, in a list
languages:         languages the note exists in; `language` is the record's own
organisation_keys: names and abbreviations, folded
about, cites:      keys of the identifiers that the note is about, and of others that it cites (`kb.text.identifiers`)
mentions:          keys of the identifiers that stand in a passage, articles among them; of passages only
"""

OF_EVERY_SEARCH: Final = frozenset({RECORD, CELL, "access", "kind", "language", "countries"})
"""Those of them that searches filter by whatever they are asked: few values, and nothing that somebody typed."""

QUESTION_TOKENS: Final = "question_tokens"
"""Payload field of a version: the token vectors of the questions that it answers (`in_signed_bytes`)."""

LONG: Final = frozenset({"contacts", "fields", "markdown", "questions", QUESTION_TOKENS, "sentences", "text"})
"""Payload fields that are read of few records at a time, the texts; and one that is read by itself."""

Where = Mapping[str, Sequence[str]]
"""A filter: field -> accepted values. Of every field a record must have at least one of the values."""
Span = tuple[int, int]
"""Where a sentence begins and ends in its passage, in characters."""


def cell(record: str, kind: Kind, language: Language) -> str:
    """Return the cell of a record: `chunk/practice/nl`."""
    return f"{record}/{kind}/{language}"


def point_id(record_id: str) -> int:
    """Return the store's id of a record, 64 bits of its hash: stable across runs, machines and stores."""
    return int.from_bytes(hashlib.sha256(record_id.encode()).digest()[:8])


def version_id(note_id: str, language: Language) -> str:
    """Return the record id of a note in one language, e.g. `be-baps/nl`."""
    return f"{note_id}/{language}"


def chunk_id(note_id: str, language: Language, anchor: str, part: int | str) -> str:
    """Return the record id of a passage: `be-baps/nl#approach/0`, or `nl-nlcs/en#objectives/p3` for an objective."""
    return f"{version_id(note_id, language)}#{anchor}/{part}"


def question_id(note_id: str, language: Language, place: int) -> str:
    """Return the record id of a question that a note answers: `be-baps/nl?0`."""
    return f"{version_id(note_id, language)}?{place}"


@lru_cache(100_000)
def note_and_language(record_id: str) -> tuple[str, Language]:
    """Return the note id and language that a record id names."""
    note_id, _, rest = record_id.partition("/")
    return note_id, Language(rest[:2])


@dataclass(frozen=True)
class Point:
    """A record on its way into a store. `dense` has shape (dimension,), float32, unit length."""

    record_id: str
    payload: Mapping[str, Any]
    dense: np.ndarray | None = None
    lexical: Sparse | None = None

    def as_record(self, sparse: Callable[[Sparse], Any]) -> dict[str, Any]:
        """Return id, vectors and payload as engines take them. sparse: makes an engine's own BM25 vector"""
        vectors: dict[str, Any] = {}
        if self.dense is not None:
            vectors[DENSE] = self.dense.tolist()
        if self.lexical is not None:
            vectors[LEXICAL] = sparse(self.lexical)
        payload = {**self.payload, "record_id": self.record_id}
        return {"id": point_id(self.record_id), "vector": vectors, "payload": payload}


def payload_of(record: Any) -> tuple[str, dict[str, Any]]:
    """Return the id and payload of a record as an engine hands it out."""
    payload = dict(record.payload or {})
    return payload.pop("record_id"), payload


def point_of(record: Any) -> Point:
    """Return the point of a record as an engine hands it out."""
    vectors = record.vector if isinstance(record.vector, dict) else {}
    dense, terms = vectors.get(DENSE), vectors.get(LEXICAL)
    return Point(
        *payload_of(record),
        None if dense is None else np.array(dense, np.float32),
        None if terms is None else Sparse(tuple(terms.indices), tuple(terms.values)),
    )


def batches(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Yield as many points, or what becomes points, as a store takes at once."""
    stream = iter(values)
    while batch := list(islice(stream, _BATCH)):
        yield batch


@dataclass(frozen=True)
class SentenceVectors:
    """The sentences of one passage in order, and their centred vectors: shape (sentences, dimension), unit length.

    A record keeps a byte for each dimension: which sentence is nearest hardly ever depends on more, and the record
    grows by half a kilobyte for each sentence instead of two.
    """

    spans: tuple[Span, ...]
    vectors: np.ndarray

    def to_json(self) -> dict[str, Any]:
        """Return lists of spans, and the vectors as `in_bytes` writes them."""
        return {"spans": [list(span) for span in self.spans], "vectors": in_bytes(self.vectors)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "SentenceVectors":
        """Read what `to_json` has written, but for what a byte loses."""
        spans = tuple((start, end) for start, end in data["spans"])
        return cls(spans, of_bytes(data["vectors"], len(spans)))


def in_bytes(vectors: np.ndarray) -> str:
    """Return vectors of shape (n, dimension) as base64 of a signed byte for each dimension, 127 for the largest of a
    vector.
    """
    largest = np.abs(vectors).max(axis=1, keepdims=True).clip(1e-9)
    return base64.b64encode(np.rint(vectors / largest * 127).astype("i1").tobytes()).decode()


def of_bytes(text: str, number: int) -> np.ndarray:
    """Return so many vectors at unit length of what `in_bytes` wrote, shape (number, dimension)."""
    scaled = np.frombuffer(base64.b64decode(text), "i1").reshape(number, -1).astype(np.float32)
    return np.asarray(scaled / np.linalg.norm(scaled, axis=1, keepdims=True).clip(1e-9))


_SCALE: Final = 192
"""What a number of 1 is in a byte of `in_signed_bytes`: those of token vectors, which have 128, are .66 at most."""
_AT_ONCE: Final = 1_024
"""Rows that are read at once: so many that they stay near the processor."""


def in_signed_bytes(vectors: np.ndarray) -> str:
    """Return the directions of vectors of shape (n, dimension) as base64 of a signed byte for each number."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-9)
    return base64.b64encode(np.rint(unit * _SCALE).clip(-127, 127).astype("i1").tobytes()).decode()


def signed_bytes(written: str | memoryview) -> np.ndarray:
    """Return the bytes that `in_signed_bytes` wrote, shape (n × dimension,); no copy where they are kept as such."""
    return np.frombuffer(base64.b64decode(written) if isinstance(written, str) else written, "i1")


def cosines(rows: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return the cosines of rows with vectors, shape (n, vectors), each times the length of the vector.

    rows: what `signed_bytes` returns, a row for each vector, shape (n, dimension); vectors: shape (vectors, dimension)
    """
    others, numbers = (vectors / _SCALE).T, np.empty((_AT_ONCE, rows.shape[1]), np.float32)
    found = np.empty((len(rows), len(vectors)), np.float32)
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        numbers[: len(some)] = some
        product(numbers[: len(some)], others, found[start : start + len(some)])
    return found
