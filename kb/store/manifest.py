"""The manifest of an index: what made it, the statistics of its epoch, and which notes it holds. A value."""

from collections.abc import Mapping, Set
from functools import cached_property
from typing import Annotated, Any, Final

import numpy as np
from pydantic import PlainSerializer, PlainValidator, TypeAdapter
from pydantic.dataclasses import dataclass

from kb.access import whoever_sees
from kb.arrays import Floats, Halves
from kb.errors import SettingsError
from kb.notes.taxonomy import Taxonomy
from kb.store.journal import NO_JOURNAL, Journal
from kb.text.languages import Language
from kb.text.spelling import NO_SPELLING, Spelling
from kb.text.terms import NO_TERMS, TermCounts
from kb.values import Immutable, digest

SCHEMA_VERSION: Final = 22
"""Raise it when records or the manifest change their shape: older indexes are then stale."""

NAMES: Final = 3
"""Names of subjects that a question is compared with, the nearest: one alone may share a word with it by chance."""
REFIT_SHARE: Final = 0.2
"""The share of passages that may change before the statistics of an epoch no longer describe the collection."""
OF_EPOCH: Final = frozenset(
    {
        *("recipe", "encoder", "dimension", "schema_version", "taxonomy"),
        *("means", "scope", "in_scope", "out_of_scope", "terms", "spelling", "fitted"),
    }
)
"""Members of a manifest that stay the same within an epoch."""


@dataclass(frozen=True)
class Means:
    """The directions that vectors of a language share, subtracted before comparing (shape (dimension,), float32).

    questions: of the questions that notes answer, whose language is known; query: of all that is asked
    """

    passages: Mapping[Language, Floats]
    questions: Mapping[Language, Floats]

    @cached_property
    def query(self) -> np.ndarray:
        """One mean for all languages, because that of a short question is uncertain; each has the same part in it."""
        return np.asarray(np.stack([*self.questions.values()]).mean(axis=0))


@dataclass(frozen=True)
class Subjects:
    """Subjects that a collection is about, or that it is not about.

    vectors:  of their names, centred as questions are, shape (names, dimension), unit length
    baseline: the median of `near` over the collection's own sentences
    """

    vectors: Halves
    baseline: float = 0.0

    def near(self, question: np.ndarray) -> float:
        """Return how near a question is to the `NAMES` nearest of them on average; 0 where there are none.

        question: centred, shape (dimension,)
        """
        if not len(self.vectors):
            return 0.0
        found = np.vecdot(self.vectors, question)  # on one thread, as in `kb.store.embedded.reader`
        nearest = min(NAMES, len(found))
        return float(np.partition(found, -nearest)[-nearest:].mean())

    def above_baseline(self, question: np.ndarray) -> float:
        """Return by how much a question is nearer than the baseline; less than 0 where it is not."""
        return self.near(question) - self.baseline


NO_SUBJECTS: Final = Subjects(np.empty((0, 0), np.float32))

_Vocabularies = Annotated[
    Taxonomy,
    PlainValidator(lambda given: given if isinstance(given, Taxonomy) else Taxonomy.from_data(given)),
    PlainSerializer(Taxonomy.to_data, when_used="json"),
]


@dataclass(frozen=True)
class Manifest(Immutable):
    """What made an index, and what it holds.

    recipe:       hash of schema, encoder, chunking: everything that must agree between writing and reading
    encoder:      name of the encoder, for people
    versions:     version id -> (hash of what is encoded, hash of the payload)
    taxonomy:     the vocabularies its notes use, so that a reader needs no content folder
    scope:        the nearness from which a question is one that the notes are about (`ingest.indexing.statistics`)
    in_scope, out_of_scope: what they are about, and what they are not about
    terms:        how many of its public passages and questions have each term
    journal:      when its notes last changed, and which are gone
    spelling:     the accented words of its public notes and of the vocabularies
    fitted:       how many public passages the statistics of the epoch were estimated on
    changed:      how many were written or removed since; one that was written anew counts once
    """

    recipe: str
    encoder: str
    dimension: int
    means: Means
    versions: Mapping[str, tuple[str, str]]
    notes: int
    chunks: int
    taxonomy: _Vocabularies
    questions: int = 0
    scope: float = -1.0
    in_scope: Subjects = NO_SUBJECTS
    out_of_scope: Subjects = NO_SUBJECTS
    terms: TermCounts = NO_TERMS
    journal: Journal = NO_JOURNAL
    spelling: Spelling = NO_SPELLING
    fitted: int = 0
    changed: int = 0
    schema_version: int = SCHEMA_VERSION

    @property
    def needs_refit(self) -> bool:
        """Whether more than a fifth of the passages that the statistics were estimated on has changed since."""
        return self.changed > REFIT_SHARE * self.fitted

    @property
    def of_epoch(self) -> dict[str, Any]:
        """The members that stay the same within an epoch."""
        return {name: getattr(self, name) for name in OF_EPOCH}

    def is_of_epoch(self, other: "Manifest") -> bool:
        """Return whether it was made of another manifest without fitting anything anew."""
        pairs = zip(self.of_epoch.values(), other.of_epoch.values(), strict=True)
        return all(mine is theirs or (isinstance(mine, str | int | float) and mine == theirs) for mine, theirs in pairs)

    def shows_no_more_than(self, other: "Manifest") -> bool:
        """Return whether nothing of these notes has been withdrawn or restricted in a later state of the index."""
        now = other.journal.notes
        return self.versions.keys() <= other.versions.keys() and all(
            note_id in now and whoever_sees(noted.access, now[note_id].access)
            for note_id, noted in self.journal.notes.items()
        )

    def to_json(self, without: Set[str] = frozenset()) -> dict[str, Any]:
        """Return a plain mapping, fit for a JSON file or a collection's metadata. without: members to leave out"""
        written: dict[str, Any] = _MANIFEST.dump_python(self, mode="json", exclude={*without})
        return written

    @classmethod
    def from_json(cls, data: Any) -> "Manifest":
        """Read what `to_json` has written, also before members were added that have defaults.

        data: members may be values already
        Raises ValueError on anything else, whose text holds nothing of it.
        """
        try:
            return _MANIFEST.validate_python(data)
        except (AttributeError, IndexError, KeyError, SettingsError, TypeError, ValueError) as error:
            raise ValueError(f"no manifest ({type(error).__name__})") from None


_MANIFEST: Final = TypeAdapter(Manifest)


def recipe(encoder_fingerprint: str, chunk_tokens: int, chunk_overlap: int) -> str:
    """Return the identity of an index: two indexes of one recipe hold comparable vectors."""
    return digest([SCHEMA_VERSION, encoder_fingerprint, chunk_tokens, chunk_overlap])
