"""What ingest writes and search reads: records, their fields, ids, vector names, and the manifest of an index.

Three kinds of record stand in one index: a `chunk` (a passage with its vectors), a `question` (that a note answers,
with its own) and a `version` (a note in one language, without vectors). All carry every field that filters
use, so one filter rules every path to a note.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np

from kb.errors import SettingsError
from kb.notes.front_matter import CHOICES, FILTERED_CHOICES
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.store.journal import NO_JOURNAL, Journal
from kb.text.languages import Language
from kb.text.terms import NO_TERMS, Sparse, TermCounts

SCHEMA_VERSION: Final = 14
"""Raise it when records change their shape: older indexes are then stale."""

DENSE: Final = "dense"
LEXICAL: Final = "lexical"
"""Names of the two vectors of a chunk and of a question: the centred dense one and the BM25 one."""

RECORD: Final = "record"
CHUNK: Final = "chunk"
QUESTION: Final = "question"
VERSION: Final = "version"
CELL: Final = "cell"

FILTER_FIELDS: Final = (
    RECORD, CELL, "note_id", "kind", "language", "languages", "access", *FILTERED_CHOICES, "countries",
    "reach", "crime_types_broad", "phases", "evidence_level", "organisation_keys", "about", "cites", "mentions",
)  # fmt: skip
"""Payload fields with a keyword index.

access:            the keys that open the note (`kb.access`)
cell:              what a record is, of which kind and language of notes (`cell`): three conditions at the price of one
countries:         the countries and areas that the note names
reach:             the note's countries and every country or area inside them
crime_types_broad: the note's crime types and every broader one
evidence_level:    of practices, in a list
languages:         languages the note exists in; `language` is the record's own
organisation_keys: names and abbreviations, folded
about, cites:      keys of the identifiers that the note is about, and of others that it cites (`kb.text.identifiers`)
mentions:          keys of the identifiers that stand in a passage, articles among them; of passages only
"""

OF_EVERY_SEARCH: Final = frozenset({RECORD, CELL, "access", "kind", "language"})
"""Those of them that searches filter by whatever they are asked: few values, and nothing that somebody typed."""

Where = Mapping[str, Sequence[str]]
"""A filter: field -> accepted values. Every field must hold at least one of its values."""


def cell(record: str, kind: Kind, language: Language) -> str:
    """The cell of a record: `chunk/practice/nl`."""
    return f"{record}/{kind}/{language}"


def point_id(record_id: str) -> int:
    """The store's id of a record, 64 bits of its hash: stable across runs, machines and stores."""
    return int.from_bytes(hashlib.sha256(record_id.encode()).digest()[:8])


def version_id(note_id: str, language: Language) -> str:
    """The record id of a note in one language, e.g. `be-baps/nl`."""
    return f"{note_id}/{language}"


def chunk_id(note_id: str, language: Language, anchor: str, part: int | str) -> str:
    """The record id of a passage: `be-baps/nl#approach/0`, or `nl-nlcs/en#objectives/p3` for an objective."""
    return f"{version_id(note_id, language)}#{anchor}/{part}"


def question_id(note_id: str, language: Language, place: int) -> str:
    """The record id of a question that a note answers: `be-baps/nl?0`."""
    return f"{version_id(note_id, language)}?{place}"


@lru_cache(100_000)
def note_and_language(record_id: str) -> tuple[str, Language]:
    """Note id and language of a record, as its id says them."""
    note_id, _, rest = record_id.partition("/")
    return note_id, Language(rest[:2])


@dataclass(frozen=True)
class Point:
    """A record on its way into a store. `dense` has shape (dimension,), float32, unit length."""

    record_id: str
    payload: Mapping[str, Any]
    dense: np.ndarray | None = None
    lexical: Sparse | None = None


@dataclass(frozen=True)
class Means:
    """The directions that vectors of a language share, subtracted before comparing (shape (dimension,), float32).

    questions: of the questions that notes answer, whose language is known; query: of all that is asked
    """

    passages: Mapping[Language, np.ndarray]
    questions: Mapping[Language, np.ndarray]

    @cached_property
    def query(self) -> np.ndarray:
        """One mean for all languages, because that of a short question is uncertain; each has the same part in it."""
        return np.asarray(np.stack([*self.questions.values()]).mean(axis=0))

    def to_json(self) -> dict[str, str]:
        """Base64 of little-endian float32, keyed by what it is of, and language."""
        arrays = {
            f"{name}/{language}": mean
            for name, means in (("passages", self.passages), ("questions", self.questions))
            for language, mean in means.items()
        }
        return {key: base64.b64encode(mean.astype("<f4").tobytes()).decode() for key, mean in arrays.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> "Means":
        """The inverse of `to_json`, to the last bit."""
        arrays = {key: np.frombuffer(base64.b64decode(text), dtype="<f4") for key, text in data.items()}
        kinds: dict[str, dict[Language, np.ndarray]] = {"passages": {}, "questions": {}}
        for key, mean in arrays.items():
            kind, _, language = key.partition("/")
            if language:  # an older manifest had other keys
                kinds[kind][Language(language)] = mean
        return cls(kinds["passages"], kinds["questions"])


@dataclass(frozen=True)
class Outside:
    """Subjects that a collection is not about.

    vectors: of their names, centred as questions are, shape (names, dimension), unit length
    usual:   how `near` the collection's own sentences come to them, in the middle
    """

    vectors: np.ndarray
    usual: float = 0.0

    def near(self, question: np.ndarray) -> float:
        """How much nearer a question is to the nearest of them than to all on average; 0 where there are none.

        question: centred, shape (dimension,)
        """
        if not len(self.vectors):
            return 0.0
        found = np.vecdot(self.vectors, question)  # on one thread, as in `kb.store.embedded.record_table`
        return float(found.max() - found.mean())

    def beyond_usual(self, question: np.ndarray) -> float:
        """How much nearer than usual a question is; less than 0 where it is not."""
        return self.near(question) - self.usual

    def to_json(self) -> dict[str, Any]:
        """Base64 of little-endian float16."""
        names, dimension = self.vectors.shape
        vectors = base64.b64encode(self.vectors.astype("<f2").tobytes()).decode()
        return {"usual": self.usual, "shape": [names, dimension], "vectors": vectors}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Outside":
        """The inverse of `to_json`, but for what a float16 loses."""
        vectors = np.frombuffer(base64.b64decode(data["vectors"]), "<f2").reshape(data["shape"])
        return cls(vectors.astype(np.float32), data["usual"])


NOWHERE: Final = Outside(np.empty((0, 0), np.float32))
"""For a collection that is not said to be about anything in particular."""


@dataclass(frozen=True)
class Manifest:
    """What made an index, and what it holds.

    recipe:   hash of schema, encoder, chunking: everything that must agree between writing and reading
    encoder:  name of the encoder, for people
    versions: version id -> (hash of what is encoded, hash of the payload)
    taxonomy: the vocabularies its notes use, so that a reader needs no content folder
    scope:    the nearness from which a question is one that the notes are about (`ingest.indexing.scope`)
    outside:  what they are not about
    terms:    how many of its passages and questions that everybody may see have each term
    journal:  when its notes last changed, and which are gone
    amended:  whether notes were written since the last whole run: what is made of all notes is as it was then
    """

    recipe: str
    encoder: str
    dimension: int
    means: Means
    versions: Mapping[str, tuple[str, str]]
    notes: int
    chunks: int
    taxonomy: Taxonomy
    questions: int = 0
    scope: float = -1.0
    outside: Outside = NOWHERE
    terms: TermCounts = NO_TERMS
    journal: Journal = NO_JOURNAL
    amended: bool = False

    def to_json(self) -> dict[str, Any]:
        """A plain mapping, fit for a JSON file or a collection's metadata."""
        return {
            "recipe": self.recipe,
            "encoder": self.encoder,
            "dimension": self.dimension,
            "means": self.means.to_json(),
            "versions": {key: list(hashes) for key, hashes in sorted(self.versions.items())},
            "notes": self.notes,
            "chunks": self.chunks,
            "questions": self.questions,
            "scope": self.scope,
            "outside": self.outside.to_json(),
            "terms": self.terms.to_json(),
            "journal": self.journal.to_json(),
            "amended": self.amended,
            "taxonomy": self.taxonomy.to_data(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Manifest":
        """The inverse of `to_json`; an older manifest can be read, so that it is seen to be stale.

        Raises ValueError on anything else, whose text holds nothing of it.
        """
        try:
            return cls._read(data)
        except (AttributeError, IndexError, KeyError, SettingsError, TypeError, ValueError) as error:
            raise ValueError(f"no manifest ({type(error).__name__})") from None

    @classmethod
    def _read(cls, data: Mapping[str, Any]) -> "Manifest":
        counts = (data["dimension"], data["notes"], data["chunks"], data.get("questions", 0))
        if not all(type(count) is int for count in counts) or not isinstance(data["encoder"], str):
            raise TypeError
        return cls(
            recipe=data["recipe"],
            encoder=data["encoder"],
            dimension=data["dimension"],
            means=Means.from_json(data["means"]),
            versions={key: (hashes[0], hashes[1]) for key, hashes in data["versions"].items()},
            notes=data["notes"],
            chunks=data["chunks"],
            questions=data.get("questions", 0),
            scope=data.get("scope", -1.0),
            outside=Outside.from_json(data["outside"]) if "outside" in data else NOWHERE,
            terms=TermCounts.from_json(data["terms"]) if "terms" in data else NO_TERMS,
            journal=Journal.from_json(data["journal"]) if "journal" in data else NO_JOURNAL,
            amended=data.get("amended", False),
            taxonomy=Taxonomy.from_data(data["taxonomy"]),
        )


def digest(value: Any) -> str:
    """16 hex digits of the sha256 of a plain value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def recipe(encoder_fingerprint: str, chunk_tokens: int, chunk_overlap: int) -> str:
    """The identity of an index: two indexes of one recipe hold comparable vectors."""
    return digest([SCHEMA_VERSION, *CHOICES, *FILTERED_CHOICES, encoder_fingerprint, chunk_tokens, chunk_overlap])
