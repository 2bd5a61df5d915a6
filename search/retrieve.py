"""Asks the store: query vectors -> candidates, from every kind and language of notes, so that each is among them.

Nearness is asked for in each cell of kind and language; words in each language. A passage found by its words alone then
gets its nearness too. One found by nearness alone counts as having none of the words: its score for them was too low.
The questions that notes answer are asked for by nearness in each kind; those that hold the words count for more.
Notes that have to do with an identifier in the question are candidates whatever their nearness. What a search turns
out to lack is looked for once more (`complete`); that changes no score of a note found before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, product

import numpy as np

from kb.notes.note import Kind
from kb.store.protocol import EQUAL, ChunkReader, Found, VectorQuery
from kb.store.records import CELL, CHUNK, QUESTION, RECORD, Where, cell, note_and_language
from kb.text.languages import Language
from kb.text.terms import Sparse
from search.rank.candidates import BASELINE_OF, Retrieved, baselines, candidates, question_scores
from search.rank.score import QUESTION_LEXICAL_WEIGHT
from search.understand.identifiers import NO_EVIDENCE, Asked, Evidence, evidence_of

EXACT = 256
"""Passages retrieved for the identifiers of a question; the same at every depth, so that longer lists begin alike."""
PASSAGES_OF_A_NOTE = 4
"""Passages retrieved of a chosen note. More of them, or its questions, change no figure (docs/relevance.md)."""


@dataclass(frozen=True)
class Vectors:
    """The query's vectors.

    dense:   centred, shape (dimension,)
    lexical: its BM25 vector for each language of notes
    """

    dense: np.ndarray
    lexical: Mapping[Language, Sparse]


def retrieve(
    reader: ChunkReader,
    where: Where,
    kinds: Sequence[Kind],
    vectors: Vectors,
    depth: int,
    evidence: Evidence = NO_EVIDENCE,
) -> Retrieved:
    """Return the `depth` passages nearest in each cell, the `depth` with the query's words in each language, those of
    notes about its identifiers or citing them, and the `2 * depth` nearest questions of each kind. Two calls at most.
    """
    cells = list(product(kinds, Language))
    words = [(language, terms) for language, terms in vectors.lexical.items() if terms.indices]
    worded, worded_questions, near, exact, questions = _ask(
        reader,
        [VectorQuery(_within(where, CHUNK, kinds, (language,)), depth, terms) for language, terms in words],
        [VectorQuery(_within(where, QUESTION, kinds, (language,)), 2 * depth, terms) for language, terms in words],
        [VectorQuery(_within(where, CHUNK, (kind,), (language,)), depth, vectors.dense) for kind, language in cells],
        _exact(where, vectors, evidence),
        [VectorQuery(_within(where, QUESTION, (kind,)), 2 * depth, vectors.dense) for kind in kinds],
    )
    dense = dict(chain(*near, *exact))
    lexical = dict(chain(*(_without_ties(answer, depth) for answer in worded)))
    in_words = dict(chain(*(_without_ties(answer, 2 * depth) for answer in worded_questions)))
    if by_words_alone := [record_id for record_id in lexical if record_id not in dense]:
        [nearness] = reader.query([VectorQuery(where, len(by_words_alone), vectors.dense, by_words_alone)])
        dense |= nearness
    of_language = baselines(chain(*(answer[:BASELINE_OF] for answer in near)), lexical)
    gains = dict.fromkeys((record_id for record_id, _ in chain(*exact[:1])), evidence.passage)
    whole = all(terms.indices for terms in vectors.lexical.values())
    return Retrieved(
        candidates=tuple(candidates(dense, lexical, of_language, gains)),
        floors={each: answer[-1].score for each, answer in zip(cells, near, strict=True) if len(answer) >= depth},
        questions=question_scores([*chain(*questions)], in_words, QUESTION_LEXICAL_WEIGHT),
        question_floors={
            kind: answer[-1].score for kind, answer in zip(kinds, questions, strict=True) if len(answer) >= 2 * depth
        },
        baselines=of_language,
        worded=frozenset(note_and_language(record_id)[0] for record_id in in_words) if whole else frozenset(),
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
    """Return what was found, and the nearest passages of each of these notes, and the `depth` nearest of the practices
    that name each of these countries. Of notes that passages were found of, none is added. One call.
    """
    practices = _within(where, CHUNK, (Kind.PRACTICE,))
    of_notes = [
        VectorQuery({**where, "note_id": (note_id,)}, PASSAGES_OF_A_NOTE, vectors.dense) for note_id in sorted(note_ids)
    ]
    of_countries = [VectorQuery({**practices, "countries": (country,)}, depth, vectors.dense) for country in countries]
    known = {candidate.note_id for candidate in found.candidates}
    passages = dict(chain(*reader.query([*of_notes, *of_countries])))
    more = (each for each in candidates(passages, {}, found.baselines, {}) if each.note_id not in known)
    return replace(found, candidates=(*found.candidates, *more))


def nearest_in(reader: ChunkReader, where: Where, vectors: Vectors, versions: Mapping[str, Language]) -> dict[str, str]:
    """Return note id -> record id of the nearest passage of that version, where it has one that passes the filter."""
    filters = [{**where, "note_id": (note_id,), "language": (language,)} for note_id, language in versions.items()]
    answers = reader.query([VectorQuery(narrowed, 1, vectors.dense) for narrowed in filters]) if filters else []
    return {note_id: answer[0].record_id for note_id, answer in zip(versions, answers, strict=True) if answer}


def look_up(reader: ChunkReader, versions: Where, asked: Asked) -> Evidence:
    """Return which notes are about the identifiers of a question, and which cite them.

    versions: the versions that the caller may see. An identifier that only other notes have counts for nothing here.
    """

    def notes(field: str) -> dict[str, frozenset[str]]:
        found = {key: frozenset(reader.facet("note_id", {**versions, field: (key,)})) for key in sorted(asked.keys)}
        return {key: note_ids for key, note_ids in found.items() if note_ids}

    return evidence_of(asked, notes("about"), notes("cites")) if asked else NO_EVIDENCE


def _ask(reader: ChunkReader, *asked: Sequence[VectorQuery]) -> Iterable[list[list[Found]]]:
    """Yield the answers to several lists of queries, asked in one call."""
    answers = iter(reader.query([*chain(*asked)]) if any(asked) else ())
    return (list(islice(answers, len(queries))) for queries in asked)


def _within(where: Where, record: str, kinds: Sequence[Kind], languages: Iterable[Language] = Language) -> Where:
    """Return the filter, narrowed to records of one sort in these kinds and languages of notes."""
    rest = {field: values for field, values in where.items() if field != RECORD}
    return {CELL: tuple(cell(record, kind, language) for kind, language in product(kinds, languages)), **rest}


def _without_ties(answer: Sequence[Found], limit: int) -> Sequence[Found]:
    """Return an answer without those at its end that others which it has no room for may equal."""
    if len(answer) < limit:
        return answer
    return [each for each in answer if each.score - answer[-1].score > EQUAL]


def _exact(where: Where, vectors: Vectors, evidence: Evidence) -> list[VectorQuery]:
    """Return queries for the passages that hold what was asked for, then those of the notes about it, then of those
    that cite it. Ids of notes narrow the caller's filter; they never stand in for it.
    """
    if not evidence:
        return []
    holding = {**where, "mentions": tuple(sorted(evidence.passage_keys))}
    among = sorted(evidence.notes_about | evidence.notes_citing)
    filters = [{**holding, "note_id": tuple(among)} if among else holding]
    filters += [
        {**where, "note_id": tuple(sorted(ids))} for ids in (evidence.notes_about, evidence.notes_citing) if ids
    ]
    return [VectorQuery(narrowed, EXACT, vectors.dense) for narrowed in filters]
