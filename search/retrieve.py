"""Asks the store: query vectors -> candidates, from every kind and language of notes, so that each is among them.

Nearness is asked for in each cell of kind and language; words in each language. A passage found by its words alone then
gets its nearness too. One found by nearness alone counts as having none of the words: its score for them was too low.
The questions that notes answer are asked for by nearness in each kind; those that hold the words count for more.
Notes that have to do with an identifier in the question are candidates whatever their nearness. What a search turns
out to lack is looked for once more (`complete`); that changes no score of a note found before.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, product
from typing import TypeVar

from kb.notes.note import Kind
from kb.store.protocol import EQUAL, ChunkReader, Found, VectorQuery
from kb.store.records import CELL, CHUNK, QUESTION, RECORD, Where, cell, note_and_language
from kb.text.languages import Language
from search.rank.candidates import BASELINE_OF, Retrieved, baselines, candidates, question_scores
from search.rank.score import QUESTION_LEXICAL_WEIGHT
from search.understand.identifiers import Evidence
from search.understand.question import Question

EXACT = 256
"""Passages retrieved for the identifiers of a question; the same at every depth, so that longer lists begin alike."""
PASSAGES_OF_A_NOTE = 4
"""Passages retrieved of a chosen note. More of them, or its questions, change no figure (docs/relevance.md)."""

Cell = TypeVar("Cell")


def retrieve(reader: ChunkReader, asked: Question, depth: int) -> Retrieved:
    """Return the `depth` passages nearest in each cell, the `depth` with the query's words in each language, those of
    notes about its identifiers or citing them, and the `2 * depth` nearest questions of each kind. Two calls at most.
    """
    where, kinds, vector = asked.where, asked.query.kinds, asked.dense
    cells = list(product(kinds, Language))
    words = [(language, terms) for language, terms in asked.lexical.items() if terms.indices]
    lists = [
        [VectorQuery(_within(where, CHUNK, kinds, (language,)), depth, terms) for language, terms in words],
        [VectorQuery(_within(where, QUESTION, kinds, (language,)), 2 * depth, terms) for language, terms in words],
        [VectorQuery(_within(where, CHUNK, (kind,), (language,)), depth, vector) for kind, language in cells],
        [VectorQuery(narrowed, EXACT, vector) for narrowed in _exact(where, asked.evidence)],
        [VectorQuery(_within(where, QUESTION, (kind,)), 2 * depth, vector) for kind in kinds],
    ]
    answers = iter(reader.query([*chain(*lists)]))
    worded, worded_questions, near, exact, questions = (list(islice(answers, len(queries))) for queries in lists)
    dense = dict(chain(*near, *exact))
    lexical = dict(chain(*(_without_ties(answer, depth) for answer in worded)))
    in_words = dict(chain(*(_without_ties(answer, 2 * depth) for answer in worded_questions)))
    if by_words_alone := [record_id for record_id in lexical if record_id not in dense]:
        [nearness] = reader.query([VectorQuery(where, len(by_words_alone), vector, by_words_alone)])
        dense |= nearness
    of_language = baselines(chain(*(answer[:BASELINE_OF] for answer in near)), lexical)
    gains = dict.fromkeys((record_id for record_id, _ in chain(*exact[:1])), asked.evidence.passage)
    whole = all(terms.indices for terms in asked.lexical.values())
    return Retrieved(
        candidates=tuple(candidates(dense, lexical, of_language, gains)),
        floors=_floors(cells, near, depth),
        questions=question_scores([*chain(*questions)], in_words, QUESTION_LEXICAL_WEIGHT),
        question_floors=_floors(kinds, questions, 2 * depth),
        baselines=of_language,
        worded=frozenset(note_and_language(record_id)[0] for record_id in in_words) if whole else frozenset(),
    )


def complete(
    reader: ChunkReader,
    asked: Question,
    depth: int,
    found: Retrieved,
    note_ids: Collection[str],
    countries: Sequence[str],
) -> Retrieved:
    """Return what was found, and the nearest passages of each of these notes, and the `depth` nearest of the practices
    that name each of these countries. Of notes that passages were found of, none is added. One call.
    """
    practices = _within(asked.where, CHUNK, (Kind.PRACTICE,))
    of_notes = [({**asked.where, "note_id": (note_id,)}, PASSAGES_OF_A_NOTE) for note_id in sorted(note_ids)]
    of_countries = [({**practices, "countries": (country,)}, depth) for country in countries]
    queries = [VectorQuery(narrowed, limit, asked.dense) for narrowed, limit in (*of_notes, *of_countries)]
    known = {candidate.note_id for candidate in found.candidates}
    more = candidates(dict(chain(*reader.query(queries))), {}, found.baselines, {})
    return replace(found, candidates=(*found.candidates, *(each for each in more if each.note_id not in known)))


def nearest_in(reader: ChunkReader, asked: Question, versions: Mapping[str, Language]) -> dict[str, str]:
    """Return note id -> record id of the nearest passage of that version, where it has one that passes the filter."""
    filters = [
        {**asked.where, "note_id": (note_id,), "language": (language,)} for note_id, language in versions.items()
    ]
    answers = reader.query([VectorQuery(narrowed, 1, asked.dense) for narrowed in filters]) if filters else []
    return {note_id: answer[0].record_id for note_id, answer in zip(versions, answers, strict=True) if answer}


def _within(where: Where, record: str, kinds: Sequence[Kind], languages: Iterable[Language] = Language) -> Where:
    """Return the filter, narrowed to records of one sort in these kinds and languages of notes."""
    rest = {field: values for field, values in where.items() if field != RECORD}
    return {CELL: tuple(cell(record, kind, language) for kind, language in product(kinds, languages)), **rest}


def _floors(lists: Sequence[Cell], answers: Sequence[Sequence[Found]], limit: int) -> dict[Cell, float]:
    """Return the least score of each list that was filled, behind which there may be more."""
    return {each: answer[-1].score for each, answer in zip(lists, answers, strict=True) if len(answer) >= limit}


def _without_ties(answer: Sequence[Found], limit: int) -> Sequence[Found]:
    """Return an answer without those at its end that others which it has no room for may equal."""
    if len(answer) < limit:
        return answer
    return [each for each in answer if each.score - answer[-1].score > EQUAL]


def _exact(where: Where, evidence: Evidence) -> list[Where]:
    """Return filters for the passages that hold what was asked for, then those of the notes about it, then of those
    that cite it. Ids of notes narrow the caller's filter; they never stand in for it.
    """
    if not evidence:
        return []
    notes = [tuple(sorted(ids)) for ids in (evidence.notes_about, evidence.notes_citing) if ids]
    among = {"note_id": tuple(sorted(chain(*notes)))} if notes else {}
    holding = {**where, "mentions": tuple(sorted(evidence.passage_keys)), **among}
    return [holding, *({**where, "note_id": ids} for ids in notes)]
