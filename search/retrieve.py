"""Asks the store: query vectors -> candidates, from every kind and language of notes, so that each is among them.

Nearness is asked for in each cell of kind and language; words in each language. A passage found by its words comes
with its nearness. One found by nearness alone counts as having none of the words: its score for them was too low.
The questions that notes answer are asked for by nearness in each kind; those that hold the words count for more.
Notes that have to do with an identifier in the question are candidates whatever their nearness. What a search turns
out to lack is looked for once more (`complete`); that changes no score of a note found before.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from functools import cache
from itertools import chain, islice, product
from typing import Any, Final, TypeVar

import numpy as np

from kb.notes.note import Kind
from kb.store.protocol import EQUAL, ChunkReader, Found, VectorQuery, Wanted
from kb.store.records import CELL, CHUNK, QUESTION, RECORD, Where, cell
from kb.text.languages import Language
from search.catalogue import KINDS, LANGUAGES, Catalogue
from search.present.highlight import PASSAGE_FIELDS
from search.rank.candidates import NOWHERE, Candidates, Retrieved, Texts, candidates, question_scores
from search.rank.score import QUESTION_LEXICAL_WEIGHT
from search.understand.identifiers import Evidence
from search.understand.question import Question

EXACT = 256
"""Passages retrieved for the identifiers of a question; the same at every depth, so that longer lists begin alike."""
PASSAGES_OF_A_NOTE = 4
"""Passages retrieved of a chosen note. More of them, or its questions, change no figure (docs/ablation.md)."""

_CHUNK: Final[Where] = {RECORD: (CHUNK,)}


Value = TypeVar("Value")
Asking = Generator[Sequence[VectorQuery], Sequence[Found], Value]
"""Work that asks the store: yields what it asks, is sent the answers, and returns a value at the end."""


def begin(reader: ChunkReader, works: Sequence[Asking[Value]]) -> Callable[[], list[Value]]:
    """Begin several works, which ask the store in one call whenever they wait for it.

    Returns what ends them, and returns their values; until then vectors of questions may be filled in.
    """
    work, values = together(works), list[Value]()

    def ask(answers: Sequence[Found] | None) -> Callable[[], list[Found]] | None:
        try:
            return reader.begin(work.send(answers))  # type: ignore[arg-type]  # None begins it
        except StopIteration as ended:
            values.extend(ended.value)
            return None

    first = ask(None)

    def end() -> list[Value]:
        begun = first
        while begun:
            begun = ask(begun())
        return values

    return end


def together(works: Sequence[Asking[Value]]) -> Asking[list[Value]]:
    """Return the values of several works, whose questions to the store are asked in one call."""
    values: dict[int, Value] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(works)))
    while answers:
        asked = {}
        for place, answer in answers.items():
            try:
                asked[place] = works[place].send(answer)
            except StopIteration as ended:
                values[place] = ended.value
        found = iter((yield [*chain(*asked.values())])) if asked else iter(())
        answers = {place: [*islice(found, sum(len(each.lists) for each in asked[place]))] for place in asked}
    return [values[place] for place in range(len(works))]


def retrieve(notes: Catalogue, asked: Question, depth: int) -> Asking[Retrieved]:
    """Return the `depth` passages nearest in each cell, the `depth` with the query's words in each language, those of
    notes about its identifiers or citing them, and the `2 * depth` nearest questions of each kind. One call.
    """
    kinds, vector = asked.query.kinds, asked.dense
    cells = [Wanted(_cells(CHUNK, (kind,), (language,)), depth) for kind, language in product(kinds, LANGUAGES)]
    exact = [Wanted(narrowing, EXACT) for narrowing in _exact(asked.evidence)]
    questions = [Wanted(_cells(QUESTION, (kind,)), 2 * depth) for kind in kinds]
    queries = [VectorQuery(vector, asked.where, [*cells, *exact, *questions])]
    for language, terms in asked.lexical.items():
        if terms.indices:
            in_passages = Wanted(_cells(CHUNK, kinds, (language,)), depth, near=vector)
            in_questions = Wanted(_cells(QUESTION, kinds, (language,)), 2 * depth)
            queries.append(VectorQuery(terms, asked.where, [in_passages, in_questions]))
    answers = iter((yield queries))
    of_cells, of_exact, of_questions = ([*islice(answers, len(lists))] for lists in (cells, exact, questions))
    by_words = [*answers]
    passages = _texts(notes, [*of_cells, *of_exact], [_without_ties(found, depth) for found in by_words[::2]])
    worded = [_without_ties(found, 2 * depth) for found in by_words[1::2]]
    gains = asked.evidence.passage * np.isin(passages.records, of_exact[0].records) if of_exact else 0.0
    places = [KINDS.index(kind) for kind in kinds]
    floors = np.full((len(KINDS), len(LANGUAGES)), NOWHERE)
    floors[places] = np.reshape([_floor(found, depth) for found in of_cells], (-1, len(LANGUAGES)))
    question_floors = np.full(len(KINDS), NOWHERE)
    question_floors[places] = [_floor(found, 2 * depth) for found in of_questions]
    near, of_language = candidates(passages, None, gains)
    notes_worded = np.zeros(len(notes), bool)
    if len(worded) == len(asked.lexical):
        for found in worded:
            notes_worded[notes.version_rows[found.versions] // len(LANGUAGES)] = True
    return Retrieved(
        near,
        floors,
        *question_scores(_texts(notes, of_questions, worded), QUESTION_LEXICAL_WEIGHT),
        question_floors,
        of_language,
        notes_worded,
    )


def complete(
    notes: Catalogue,
    asked: Question,
    depth: int,
    found: Retrieved,
    note_ids: Collection[str],
    countries: Sequence[str],
) -> Asking[Candidates]:
    """Return the nearest passages of each of these notes, and the `depth` nearest of the practices that name each of
    these countries, of notes that none was found of before. One call.
    """
    practices = _cells(CHUNK, (Kind.PRACTICE,))
    of_notes = {**_CHUNK, "note_id": tuple(sorted(note_ids))}
    lists = [Wanted(of_notes, PASSAGES_OF_A_NOTE, each_note=True)] if note_ids else []
    lists += [Wanted({**practices, "countries": (country,)}, depth) for country in countries]
    passages = _texts(notes, (yield [VectorQuery(asked.dense, asked.where, lists)]))
    known = np.zeros(len(notes), bool)
    known[found.candidates.notes] = True
    new = ~known[passages.versions // len(LANGUAGES)]
    return candidates(Texts(*(column[new] for column in passages)), found.baselines)[0]


def passages_of(
    notes: Catalogue, asked: Question, versions: Mapping[str, Language], records: Sequence[Any]
) -> Asking[tuple[dict[str, Any], Callable[[Collection[Any]], dict[Any, dict[str, Any]]]]]:
    """Return note id -> record of the nearest passage of that version, where it has one that passes the filter; and
    what hands out `PASSAGE_FIELDS` of these passages, and of those of the records that pass it. One call.
    """
    lists = [
        Wanted({**_CHUNK, "note_id": tuple(sorted(note_ids)), "language": (language,)}, 1, each_note=True)
        for language in LANGUAGES
        if (note_ids := [note_id for note_id, version in versions.items() if version is language])
    ]
    if records:
        lists.append(Wanted(_CHUNK, len(records), among=records))
    found = yield [VectorQuery(asked.dense, asked.where, lists, PASSAGE_FIELDS)]
    nearest = {
        notes.ids[row // len(LANGUAGES)]: record
        for each in (found[:-1] if records else found)
        for row, record in zip(notes.version_rows[each.versions].tolist(), each.records.tolist(), strict=True)
    }

    def payloads(wanted: Collection[Any]) -> dict[Any, dict[str, Any]]:
        return {record: payload for each in found for record, payload in each.payloads(wanted).items()}

    return nearest, payloads


def _texts(notes: Catalogue, near: Sequence[Found], by_words: Sequence[Found] = ()) -> Texts:
    """Return the texts of lists by nearness, with those by words that come with their nearness."""
    lists = [*near, *(found for found in by_words if len(found.nearness))]
    nearness = [*(found.scores for found in near), *(found.nearness for found in lists[len(near) :])]
    records = np.concatenate([found.records for found in lists])
    order = records.argsort(kind="stable")
    ordered = records[order]
    is_first = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(order)]
    records, first = ordered[is_first], order[is_first]
    versions = notes.version_rows[np.concatenate([found.versions for found in lists])[first]]
    lexical, worded = np.zeros(len(records)), np.concatenate([records[:0], *(found.records for found in by_words)])
    places = np.minimum(records.searchsorted(worded), len(records) - 1)
    known = records[places] == worded
    scores = np.concatenate([np.empty(0), *(found.scores for found in by_words)])
    lexical[places[known]] = scores[known]
    return Texts(records, versions, np.concatenate(nearness).astype(float)[first], lexical)


@cache
def _cells(record: str, kinds: tuple[Kind, ...], languages: tuple[Language, ...] = LANGUAGES) -> Where:
    """Return what narrows a filter to records of one sort in these kinds and languages of notes."""
    return {CELL: tuple(cell(record, kind, language) for kind, language in product(kinds, languages))}


def _floor(found: Found, limit: int) -> float:
    """Return the least score of a list that is full, behind which there may be more."""
    return float(found.scores[-1]) if len(found.scores) >= limit else NOWHERE


def _without_ties(found: Found, limit: int) -> Found:
    """Return a list without those at its end that others which it has no room for may equal."""
    if len(found.scores) < limit:
        return found
    kept = found.scores - found.scores[-1] > EQUAL
    records, versions, scores, nearness = (column[kept[: len(column)]] for column in found[:4])
    return found._replace(records=records, versions=versions, scores=scores, nearness=nearness)


def _exact(evidence: Evidence) -> list[Where]:
    """Return what narrows the filter to passages that hold what was asked for, then to those of the notes about it,
    then of those that cite it. Ids of notes narrow the caller's filter; they never stand in for it.
    """
    if not evidence:
        return []
    notes = [tuple(sorted(ids)) for ids in (evidence.notes_about, evidence.notes_citing) if ids]
    among = {"note_id": tuple(sorted(chain(*notes)))} if notes else {}
    holding = {**_CHUNK, "mentions": tuple(sorted(evidence.passage_keys)), **among}
    return [holding, *({**_CHUNK, "note_id": ids} for ids in notes)]
