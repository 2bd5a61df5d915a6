"""Query vectors -> candidates, from every kind and language of notes, so that each is always among them.

Nearness is asked for in each cell of kind and language; words in each language. A passage found by its words alone then
gets its nearness too. One found by nearness alone counts as having none of the words: its score for them was too low.
Practices of a country are asked for once more, so that none is missed where others fill the cells; they add notes, and
change the score of none.
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
    countries: Sequence[str] = (),
) -> Retrieved:
    """The `depth` passages nearest in each cell, the `depth` with the query's words in each language, and the `depth`
    nearest in the practices that name each of these countries.
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
    national = [
        VectorQuery({**where, "kind": (Kind.PRACTICE,), "countries": (country,)}, depth, vectors.dense)
        for country in countries
    ]
    answers = reader.query([*near, *worded, *national])
    behind = len(cells) + len(worded)
    dense = {one.record_id: one.score for answer in answers[: len(cells)] for one in answer}
    lexical = {one.record_id: one.score for answer in answers[len(cells) : behind] for one in answer}
    if by_words_alone := [record_id for record_id in lexical if record_id not in dense]:
        [answer] = reader.query([VectorQuery(where, len(by_words_alone), vectors.dense, by_words_alone)])
        dense |= {one.record_id: one.score for one in answer}
    known = {note_and_language(record_id)[0] for record_id in dense}
    dense |= {
        one.record_id: one.score
        for answer in answers[behind:]
        for one in answer
        if note_and_language(one.record_id)[0] not in known
    }
    return Retrieved(
        candidates=tuple(
            Candidate(record_id, *note_and_language(record_id), fused(score, lexical.get(record_id, 0.0)))
            for record_id, score in dense.items()
        ),
        floors={cell: answer[-1].score for cell, answer in zip(cells, answers, strict=False) if len(answer) >= depth},
    )
