"""Query vectors -> candidates, from every kind and language of notes, so that each is always among them.

Nearness is asked for in each cell of kind and language; words in each language. A passage found by its words alone then
gets its nearness too. One found by nearness alone counts as having none of the words: its score for them was too low.
Notes that have to do with an identifier in the question are candidates whatever their nearness.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from kb.chunk_schema import Sparse, Where, note_and_language
from kb.engines.store import ChunkReader, VectorQuery
from kb.frozen import Frozen
from kb.languages import Language
from kb.note import Kind
from search.fusion import fused
from search.grouping import Candidate
from search.identifiers import NO_EVIDENCE, Evidence

EXACT = 256
"""Passages retrieved for the identifiers of a question; the same at every depth, so that longer lists begin alike."""


@dataclass(frozen=True)
class Vectors(Frozen):
    """The query's centred dense vector, shape (dimension,), and its BM25 vector for each language of notes."""

    dense: np.ndarray
    lexical: Mapping[Language, Sparse]


@dataclass(frozen=True)
class Retrieved(Frozen):
    """Candidates, and what is known of the passages that are none.

    floors: in each cell that may hold more passages than were retrieved, the nearness that those have at most
    """

    candidates: tuple[Candidate, ...]
    floors: Mapping[tuple[Kind, Language], float]


def retrieve(
    reader: ChunkReader,
    where: Where,
    kinds: Sequence[Kind],
    vectors: Vectors,
    depth: int,
    evidence: Evidence = NO_EVIDENCE,
) -> Retrieved:
    """The `depth` passages nearest in each cell, the `depth` with the query's words in each language, and those of
    notes about its identifiers or citing them.
    """
    cells = list(product(kinds, Language))
    near = [
        VectorQuery({**where, "kind": (kind,), "language": (language,)}, depth, vectors.dense)
        for kind, language in cells
    ]
    worded = [
        VectorQuery({**where, "language": (language,)}, depth, terms)
        for language, terms in vectors.lexical.items()
        if terms.indices
    ]
    exact = _exact(where, vectors, evidence)
    answers = reader.query([*near, *worded, *exact])
    words_end = len(cells) + len(worded)
    dense = {one.record_id: one.score for answer in (*answers[: len(cells)], *answers[words_end:]) for one in answer}
    lexical = {one.record_id: one.score for answer in answers[len(cells) : words_end] for one in answer}
    gains = {one.record_id: evidence.passage for answer in answers[words_end:][:1] for one in answer}
    if by_words_alone := [record_id for record_id in lexical if record_id not in dense]:
        [answer] = reader.query([VectorQuery(where, len(by_words_alone), vectors.dense, by_words_alone)])
        dense |= {one.record_id: one.score for one in answer}
    return Retrieved(
        candidates=tuple(
            Candidate(
                record_id,
                *note_and_language(record_id),
                fused(score, lexical.get(record_id, 0.0)) + gains.get(record_id, 0.0),
                gains.get(record_id, 0.0),
            )
            for record_id, score in dense.items()
        ),
        floors={cell: answer[-1].score for cell, answer in zip(cells, answers, strict=False) if len(answer) >= depth},
    )


def _exact(where: Where, vectors: Vectors, evidence: Evidence) -> list[VectorQuery]:
    """The passages that hold what was asked for, then those of the notes about it, then of those that cite it.

    Ids of notes narrow the caller's filter; they never stand in for it.
    """
    if not evidence:
        return []
    holding = {**where, "mentions": tuple(sorted(evidence.passage_keys))}
    among = sorted(evidence.notes_about | evidence.notes_citing)
    filters = [{**holding, "note_id": tuple(among)} if among else holding]
    filters += [
        {**where, "note_id": tuple(sorted(ids))} for ids in (evidence.notes_about, evidence.notes_citing) if ids
    ]
    return [VectorQuery(one, EXACT, vectors.dense) for one in filters]
