"""The steps of a search as Haystack components: understand -> encode -> retrieve -> present.

What travels between them is frozen (`kb.frozen`), so Haystack copies nothing on the way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from haystack import component

from kb.chunk_schema import CHUNK, Sparse, note_and_language
from kb.engines.encoder import Encoder
from kb.engines.lexical import query_terms, stems
from kb.engines.store import ChunkReader, Found, VectorQuery
from kb.frozen import Frozen
from kb.language_guess import guess_language
from kb.languages import Language
from kb.note import Kind
from search.catalogue import Catalogue
from search.filters import applies_through, chunks_where, record_where
from search.fusion import fuse
from search.grouping import Candidate, Group, group
from search.query import SearchQuery
from search.ranking import subject_bonus, version_score
from search.results import NoteHit, Passage
from search.understand import Named, Thesaurus

DEPTH = 48
"""Passages retrieved for each kind and language of notes, whatever the limit: a longer list only goes on."""
_PASSAGE_FIELDS = ("text", "heading", "anchor", "language")


@dataclass(frozen=True)
class Session(Frozen):
    """One search: the question and the generation of the index that answers it."""

    query: SearchQuery
    reader: ChunkReader
    catalogue: Catalogue
    thesaurus: Thesaurus


@dataclass(frozen=True)
class Understood(Frozen):
    """The language the query is probably in, the one its reader reads, and the concepts it names."""

    detected: Language | None
    reader: Language
    named: Named


@dataclass(frozen=True)
class Vectors(Frozen):
    """The query's centred dense vector, shape (dimension,), and its BM25 vector for each language of notes."""

    dense: np.ndarray
    lexical: dict[Language, Sparse]


@dataclass(frozen=True)
class Ranked(Frozen):
    """Notes of each kind, best first, all that were looked at."""

    groups: dict[Kind, tuple[Group, ...]]


@dataclass(frozen=True)
class Presented(Frozen):
    """The lists as shown, and the facet counts."""

    hits: dict[Kind, tuple[NoteHit, ...]]
    facets: dict[str, dict[str, int]]


@component
class QueryReader:
    """Question -> languages and concepts."""

    @component.output_types(understood=Understood)
    def run(self, session: Session) -> dict[str, Understood]:
        """Guess the query's language; a reader who names none reads the language asked in."""
        query = session.query
        detected = guess_language(query.text, query.reader)
        terms = {language: stems(query.text, language) for language in Language}
        named = session.thesaurus.named(query.text, terms)
        return {"understood": Understood(detected, query.reader or detected or Language.EN, named)}


@component
class QueryEncoder:
    """Question -> vectors."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @component.output_types(vectors=Vectors)
    def run(self, session: Session) -> dict[str, Vectors]:
        """Encode once, subtract the mean of queries, and stem the words for each language of notes."""
        text = session.query.text
        shifted = self._encoder.encode_queries([text])[0] - session.reader.manifest.means.query
        dense = np.asarray(shifted / max(float(np.linalg.norm(shifted)), 1e-9), np.float32)
        return {"vectors": Vectors(dense, {language: query_terms(text, language) for language in Language})}


@component
class Retriever:
    """Vectors -> candidates: for every kind and language of notes, so that each is always among them."""

    @component.output_types(ranked=Ranked)
    def run(self, session: Session, understood: Understood, vectors: Vectors) -> dict[str, Ranked]:
        """Retrieve, fuse and group; again and deeper where long notes left too few of them among the passages."""
        depth = DEPTH
        while True:
            groups, cut = _retrieve(session, understood.named, vectors, depth)
            if all(len(groups[kind]) >= session.query.limit for kind in cut):
                return {"ranked": Ranked(groups)}
            depth *= 4


@component
class Presenter:
    """Ranked notes -> hits in the reader's language."""

    @component.output_types(presented=Presented)
    def run(self, session: Session, understood: Understood, ranked: Ranked) -> dict[str, Presented]:
        """Put together what is shown of the best notes; their passages are fetched under the caller's clearance."""
        query, notes = session.query, session.catalogue
        best = {
            kind: [(found, notes[found.note_id].shown(understood.reader)) for found in groups[: query.limit]]
            for kind, groups in ranked.groups.items()
        }
        passages = session.reader.fetch(
            [found.passage(language).chunk_id for rows in best.values() for found, language in rows],
            record_where(query.clearance, CHUNK),
            _PASSAGE_FIELDS,
        )
        hits = {
            kind: tuple(
                _hit(session, found, notes[found.note_id].versions[language], passages[passage])
                for found, language in rows
                if (passage := found.passage(language).chunk_id) in passages
            )
            for kind, rows in best.items()
        }
        everything = (found.note_id for groups in ranked.groups.values() for found in groups)
        return {"presented": Presented(hits, notes.facets(everything))}


def _retrieve(
    session: Session, named: Named, vectors: Vectors, depth: int
) -> tuple[dict[Kind, tuple[Group, ...]], set[Kind]]:
    """Notes of each kind among the `depth` nearest passages in each language; and the kinds that may have more."""
    where = chunks_where(session.query)
    kinds = session.query.kinds or tuple(Kind)
    requests: list[VectorQuery] = []
    for kind, language in (cells := [(kind, language) for kind in kinds for language in Language]):
        cell = {**where, "kind": (kind.value,), "language": (language.value,)}
        lexical = vectors.lexical[language] if vectors.lexical[language].indices else None
        requests.append(VectorQuery(cell, depth, vectors.dense, lexical))
        if lexical:
            requests.append(VectorQuery(cell, depth // 2, None, lexical))
    answers = iter(session.reader.query(requests))
    candidates: dict[Kind, list[Candidate]] = {kind: [] for kind in kinds}
    floors: dict[tuple[Kind, Language], float] = {}
    cut: set[Kind] = set()
    for kind, language in cells:
        dense = next(answers)
        lexical_found = next(answers) if vectors.lexical[language].indices else []
        found = _candidates(dense, lexical_found)
        candidates[kind] += found
        if found:
            floors[kind, language] = min(one.score for one in found)
        if len(dense) >= depth:
            cut.add(kind)

    def score(kind: Kind, found: Sequence[Candidate]) -> float:
        note = session.catalogue[found[0].note_id]
        versions = {one.language for one in found}
        best = max(
            version_score(
                [one.score for one in found if one.language is language],
                note.passages[language],
                floors[kind, language],
            )
            for language in versions
        )
        return best + subject_bonus(named, note.facets["crime_type"], note.facets["phase"])

    return {kind: group(found, partial(score, kind)) for kind, found in candidates.items()}, cut


def _candidates(dense: list[Found], lexical: list[Found]) -> list[Candidate]:
    evidence = fuse(
        ((found.record_id, found.score) for found in dense), {found.record_id: found.score for found in lexical}
    )
    return [Candidate(chunk_id, *note_and_language(chunk_id), one.score) for chunk_id, one in evidence.items()]


def _hit(session: Session, found: Group, version: Mapping[str, Any], passage: Mapping[str, Any]) -> NoteHit:
    countries = tuple(version["countries"])
    return NoteHit(
        id=found.note_id,
        kind=Kind(version["kind"]),
        title=version["title"],
        summary=version["summary"],
        lang=Language(version["language"]),
        available_languages=tuple(Language(one) for one in version["languages"]),
        translation=version["translation"],
        countries=countries,
        applies_through=applies_through(session.query, countries, session.reader.manifest.taxonomy),
        crime_types=tuple(version["crime_types"]),
        phases=tuple(version["phases"]),
        status=version["status"],
        evidence=version["evidence"],
        legal_outcome=version["legal_outcome"],
        reviewed=version["reviewed"],
        review_by=version["review_by"],
        tlp=version["tlp"],
        score=round(found.score, 4),
        passage=Passage(passage["text"], passage["heading"], passage["anchor"], Language(passage["language"])),
        implements=tuple(version["implements"]),
    )
