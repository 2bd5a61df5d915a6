"""Query vectors -> candidates, from every kind and language of notes, so that each is always among them.

Nearness is asked for in each cell of kind and language; words in each language. A passage found by its words alone then
gets its nearness too. One found by nearness alone counts as having none of the words: its score for them was too low.
The questions that notes answer are asked for by nearness in each kind; those that hold the words count for more.
Notes that have to do with an identifier in the question are candidates whatever their nearness. What a search turns
out to lack is looked for once more (`complete`); that changes no score of a note found before.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, product

import numpy as np

from kb.frozen import Frozen
from kb.notes.note import Kind
from kb.store.protocol import EQUAL, ChunkReader, Found, VectorQuery
from kb.store.records import CELL, CHUNK, QUESTION, RECORD, Where, cell, note_and_language
from kb.text.languages import Language
from kb.text.terms import Sparse
from search.rank.formulas import QUESTION_LEXICAL_WEIGHT
from search.rank.fusion import LEXICAL_WEIGHT, USUAL, fused, usual_words
from search.rank.group import Candidate
from search.understand.identifiers import NO_EVIDENCE, Evidence

EXACT = 256
"""Passages retrieved for the identifiers of a question; the same at every depth, so that longer lists begin alike."""
PASSAGES_OF_A_NOTE = 4
"""Passages retrieved of a chosen note. More of them, or its questions, change no figure (docs/relevance.md)."""


@dataclass(frozen=True)
class Vectors(Frozen):
    """The query's vectors.

    dense:   centred, shape (dimension,)
    lexical: its BM25 vector for each language of notes
    """

    dense: np.ndarray
    lexical: Mapping[Language, Sparse]


@dataclass(frozen=True)
class Retrieved(Frozen):
    """Candidates, and what is known of the passages that are none.

    floors: in each cell that may hold more passages than were retrieved, the nearness that those have at most
    asked:  note id -> scores of its questions, best first
    asked_floors: the same as `floors`, of the questions of each kind of notes
    usual:  `search.rank.fusion.usual_words` of the passages of each language
    worded: notes that answer a question with words of this one, of the best such questions in each language; none where
            it has only words that some language leaves out
    """

    candidates: tuple[Candidate, ...]
    floors: Mapping[tuple[Kind, Language], float]
    asked: Mapping[str, tuple[float, ...]]
    asked_floors: Mapping[Kind, float]
    usual: Mapping[Language, float]
    worded: frozenset[str]


def retrieve(
    reader: ChunkReader,
    where: Where,
    kinds: Sequence[Kind],
    vectors: Vectors,
    depth: int,
    evidence: Evidence = NO_EVIDENCE,
) -> Retrieved:
    """The `depth` passages nearest in each cell, the `depth` with the query's words in each language, those of notes
    about its identifiers or citing them, and the `2 * depth` nearest questions of each kind.
    """
    cells = list(product(kinds, Language))
    words = [(language, terms) for language, terms in vectors.lexical.items() if terms.indices]
    worded, worded_questions, near, exact, questions = _each(
        reader,
        [VectorQuery(_held_to(where, CHUNK, kinds, (language,)), depth, terms) for language, terms in words],
        [VectorQuery(_held_to(where, QUESTION, kinds, (language,)), 2 * depth, terms) for language, terms in words],
        [VectorQuery(_held_to(where, CHUNK, (kind,), (language,)), depth, vectors.dense) for kind, language in cells],
        _exact(where, vectors, evidence),
        [VectorQuery(_held_to(where, QUESTION, (kind,)), 2 * depth, vectors.dense) for kind in kinds],
    )
    dense = dict(_scores(*near, *exact))
    lexical = dict(_scores(*(_sure(answer, depth) for answer in worded)))
    gains = dict.fromkeys((record_id for record_id, _ in _scores(*exact[:1])), evidence.passage)
    if by_words_alone := [record_id for record_id in lexical if record_id not in dense]:
        dense |= _scores(*reader.query([VectorQuery(where, len(by_words_alone), vectors.dense, by_words_alone)]))
    usual = _usual([hit for answer in near for hit in answer[:USUAL]], lexical)

    asked_in_words = dict(_scores(*(_sure(answer, 2 * depth) for answer in worded_questions)))
    return Retrieved(
        candidates=tuple(_candidates(dense, lexical, usual, gains)),
        floors={one: answer[-1].score for one, answer in zip(cells, near, strict=True) if len(answer) >= depth},
        asked=_asked([*chain(*questions)], asked_in_words),
        asked_floors={
            kind: found[-1].score for kind, found in zip(kinds, questions, strict=True) if len(found) >= 2 * depth
        },
        usual=usual,
        worded=frozenset(note_and_language(record_id)[0] for record_id in asked_in_words)
        if all(terms.indices for terms in vectors.lexical.values())
        else frozenset(),
    )


def complete(
    reader: ChunkReader,
    where: Where,
    vectors: Vectors,
    depth: int,
    found: Retrieved,
    note_ids: Collection[str],
    countries: Sequence[str] = (),
) -> Retrieved:
    """What was found, and the nearest passages of each of these notes, and the `depth` nearest of the practices that
    name each of these countries. Of notes that passages were found of, none is added.
    """
    practices = _held_to(where, CHUNK, (Kind.PRACTICE,))
    answers = reader.query([
        *(VectorQuery({**where, "note_id": (one,)}, PASSAGES_OF_A_NOTE, vectors.dense) for one in sorted(note_ids)),
        *(VectorQuery({**practices, "countries": (one,)}, depth, vectors.dense) for one in countries),
    ])  # fmt: skip
    known = {one.note_id for one in found.candidates}
    passages = dict(_scores(*answers))
    more = (one for one in _candidates(passages, {}, found.usual, {}) if one.note_id not in known)
    return replace(found, candidates=(*found.candidates, *more))


def nearest_in(reader: ChunkReader, where: Where, vectors: Vectors, versions: Mapping[str, Language]) -> dict[str, str]:
    """Note id -> record id of the nearest passage of that language version, where it has one that passes the filter."""
    filters = [{**where, "note_id": (one,), "language": (language,)} for one, language in versions.items()]
    answers = reader.query([VectorQuery(one, 1, vectors.dense) for one in filters]) if filters else []
    return {note_id: answer[0].record_id for note_id, answer in zip(versions, answers, strict=True) if answer}


def _each(reader: ChunkReader, *asked: Sequence[VectorQuery]) -> Iterator[list[list[Found]]]:
    """The answers to several lists of queries, asked in one call."""
    answers = iter(reader.query([*chain(*asked)]) if any(asked) else ())
    return (list(islice(answers, len(queries))) for queries in asked)


def _held_to(where: Where, record: str, kinds: Sequence[Kind], languages: Iterable[Language] = Language) -> Where:
    """The filter, held to records of one sort in these kinds and languages of notes."""
    rest = {field: values for field, values in where.items() if field != RECORD}
    return {CELL: tuple(cell(record, kind, language) for kind, language in product(kinds, languages)), **rest}


def _candidates(
    dense: Mapping[str, float],
    lexical: Mapping[str, float],
    usual: Mapping[Language, float],
    gains: Mapping[str, float],
) -> Iterator[Candidate]:
    for record_id, nearness in dense.items():
        note_id, language = note_and_language(record_id)
        score = fused(nearness, lexical.get(record_id, 0.0), usual[language], LEXICAL_WEIGHT)
        gain = gains.get(record_id, 0.0)
        yield Candidate(record_id, note_id, language, score + gain, score - nearness, gain)


def _asked(questions: Sequence[Found], lexical: Mapping[str, float]) -> dict[str, tuple[float, ...]]:
    """Note id -> the scores of its questions, best first."""
    usual = _usual(questions, lexical)
    scores: dict[str, list[float]] = {}
    for record_id, dense in questions:
        note_id, language = note_and_language(record_id)
        score = fused(dense, lexical.get(record_id, 0.0), usual[language], QUESTION_LEXICAL_WEIGHT)
        scores.setdefault(note_id, []).append(score)
    return {note_id: tuple(sorted(found, reverse=True)) for note_id, found in scores.items()}


def _usual(nearest: Iterable[Found], lexical: Mapping[str, float]) -> dict[Language, float]:
    """What is usual in each language, by its nearest passages or questions."""
    found: dict[Language, list[tuple[float, float]]] = {language: [] for language in Language}
    for record_id, dense in nearest:
        found[note_and_language(record_id)[1]].append((dense, lexical.get(record_id, 0.0)))
    return {language: usual_words(scores) for language, scores in found.items()}


def _sure(answer: Sequence[Found], limit: int) -> Sequence[Found]:
    """An answer without those at its end that others which it has no room for may equal: who is in it is chance."""
    if len(answer) < limit:
        return answer
    return [one for one in answer if one.score - answer[-1].score > EQUAL]


def _scores(*answers: Sequence[Found]) -> Iterator[tuple[str, float]]:
    return ((one.record_id, one.score) for answer in answers for one in answer)


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
