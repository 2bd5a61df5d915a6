"""KB313: notes that say nearly the same, in whatever languages, found by what they mean.

Compares the beginnings of notes only (title, summary, first paragraph), of one kind, that apply in one country. Says
nothing of two notes of which one names the other, or what replaces the other: whoever linked them knows both.
Threshold and figures: docs/decisions/0019-near-duplicates.md.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ingest.indexing.encode import CachedEncoder
from ingest.indexing.statistics import centred, language_means
from ingest.lint.rule import named
from kb.encoder.encoders import Encoder
from kb.encoder.vector_cache import Progress
from kb.issue import Issue, Level
from kb.notes.note import Note
from kb.notes.taxonomy import Taxonomy
from kb.said import said
from kb.text.languages import Language

NEAR: Final = 0.85
"""Cosine, without what all texts of a language share, from which two notes count as nearly the same."""
Version = tuple[Note, Language]


def near_duplicates(
    notes: Sequence[Note], taxonomy: Taxonomy, encoder: Encoder, cache: Path, progress: Progress
) -> list[Issue]:
    """Return an issue for each of two notes that are near one another, at the version that is nearest to the other.

    cache: the file where vectors of encoded texts are kept. Raises ModelError, StoreUnavailable.
    """
    versions = [(note, language) for note in notes for language in note.languages]
    with CachedEncoder(cache, encoder, progress) as cached:
        vectors = _beginnings(versions, taxonomy, cached)
    replaced = {note.id: note.replaces for note in notes}
    linked = {
        frozenset((note.id, other))
        for note in notes
        for named in note.named
        for other in (named, *replaced.get(named, ()))
    }
    countries = {note.id: taxonomy.reach(note.fields.countries) for note in notes}
    remedy = said("If they are about the same, make them one; if not, link one to the other.")
    issues = []
    for pair, cosine in _pairs(versions, vectors):
        (note, _), (other, _) = pair
        if note.kind is other.kind and countries[note.id] & countries[other.id] and {note.id, other.id} not in linked:
            for (here, language), (there, its_language) in (pair, pair[::-1]):
                like = {"note": there.id, "language": named(its_language), "cosine": cosine}
                message = said("the note is much like `{note}` ({language}): nearness {cosine:.2f} of 1.", **like)
                path = here.versions[language].path
                issues.append(Issue(path, 1, 1, "KB313", message, remedy, Level.WARNING))
    return issues


def _beginnings(versions: Sequence[Version], taxonomy: Taxonomy, encoder: CachedEncoder) -> np.ndarray:
    """Return vectors of the beginning of each version at unit length, shape (len(versions), dimension)."""
    languages = [language for _, language in versions]
    texts = []
    for note, language in versions:
        version = note.versions[language]
        first = next((block.text for section in version.sections for block in section.blocks), "")
        texts.append("\n".join((version.title, version.summary, first)))
    vectors = encoder.vectors("passage", texts, "encode beginnings", [note.id for note, _ in versions])
    means = language_means(vectors, languages, encoder.of_terms("passage", taxonomy), encoder.encoder.mean_share)
    return centred(vectors, means, languages)


def _pairs(versions: Sequence[Version], vectors: np.ndarray) -> Iterator[tuple[tuple[Version, Version], float]]:
    """Yield every two notes with versions near to one another: the nearest two versions, with their cosine."""
    near = vectors @ vectors.T
    found: set[frozenset[str]] = set()
    for row, column in sorted(np.argwhere(np.triu(near >= NEAR, 1)).tolist(), key=lambda place: -near[*place]):
        version, other = versions[row], versions[column]
        pair = frozenset((version[0].id, other[0].id))
        if len(pair) == 2 and pair not in found:
            found.add(pair)
            yield (version, other), float(near[row, column])
