"""KB313: notes that say nearly the same, in whatever languages, found by what they mean.

Compares the beginnings of notes only (title, summary, first paragraph), of one kind, that hold in one country. Says
nothing of two notes of which one names the other, or what replaces the other: whoever linked them knows both.
Threshold and figures: docs/decisions/0019-near-duplicates.md.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ingest.indexing.language_means import centred, language_means
from ingest.indexing.plan import Progress
from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import VectorCache
from kb.issue import Level, Problem
from kb.notes.note import LanguageVersion, Note
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import NAMES, Language

NEAR: Final = 0.85
"""Cosine, without what all texts of a language share, from which two notes count as nearly the same."""
Version = tuple[Note, Language]


def near_duplicates(
    notes: Sequence[Note], taxonomy: Taxonomy, encoder: Encoder, cache: Path, progress: Progress
) -> list[Problem]:
    """A problem for each of two notes that are near one another, at the version that is nearest to the other.

    cache: the file where vectors of encoded texts are kept. Raises ModelError, StoreUnavailable.
    """
    versions = [(note, language) for note in notes for language in note.languages]
    with VectorCache(cache, encoder.fingerprint) as known_vectors:
        vectors = beginnings(versions, taxonomy, encoder, known_vectors, progress)
    replaced = {note.id: note.replaces for note in notes}
    known = {
        frozenset((note.id, one)) for note in notes for other in note.named for one in (other, *replaced.get(other, ()))
    }
    places = {note.id: _places(note, taxonomy) for note in notes}
    return [
        problem
        for one, other, cosine in _pairs(versions, vectors, NEAR)
        if one[0].kind is other[0].kind and places[one[0].id] & places[other[0].id]
        if frozenset((one[0].id, other[0].id)) not in known
        for problem in (_problem(one, other, cosine), _problem(other, one, cosine))
    ]


def beginnings(
    versions: Sequence[Version], taxonomy: Taxonomy, encoder: Encoder, cache: VectorCache, progress: Progress
) -> np.ndarray:
    """What the beginning of each version means: vectors at unit length, shape (len(versions), dimension)."""

    def encoded(texts: Sequence[str]) -> np.ndarray:
        found, _ = cache.vectors(
            "passage", texts, encoder.encode_passages,
            progress=lambda done, total: progress("encode beginnings", done, total),
        )  # fmt: skip
        return found

    languages = [language for _, language in versions]
    vectors = encoded([_beginning(note.versions[language]) for note, language in versions])
    terms = {language: encoded(list(taxonomy.terms(language))) for language in Language}
    if not versions:
        return vectors
    return centred(vectors, language_means(vectors, languages, terms, encoder.mean_share), languages)


def _beginning(version: LanguageVersion) -> str:
    first = next((block.text for section in version.sections for block in section.blocks), "")
    return "\n".join((version.title, version.summary, first))


def _places(note: Note, taxonomy: Taxonomy) -> set[str]:
    """Where a note holds, the countries of an area among them."""
    countries = taxonomy.countries
    return {inside for one in note.fields.countries if one in countries for inside in (one, *countries.narrower(one))}


def _pairs(versions: Sequence[Version], vectors: np.ndarray, least: float) -> Iterator[tuple[Version, Version, float]]:
    """Every two notes with versions so near to one another: the nearest two versions, with their cosine."""
    near = vectors @ vectors.T
    seen: set[frozenset[str]] = set()
    for row, column in sorted(np.argwhere(np.triu(near >= least, 1)).tolist(), key=lambda place: -near[*place]):
        one, other = versions[row], versions[column]
        pair = frozenset((one[0].id, other[0].id))
        if len(pair) == 2 and pair not in seen:
            seen.add(pair)
            yield one, other, float(near[row, column])


def _problem(one: Version, other: Version, cosine: float) -> Problem:
    note, language = one
    there, its_language = other
    return Problem(
        note.versions[language].path, 1, 1, "KB313",
        f"the note is much like `{there.id}` ({NAMES[its_language][Language.EN]}): nearness {cosine:.2f} of 1.",
        "If they are about the same, make them one; if not, link one to the other.", Level.WARNING,
    )  # fmt: skip
