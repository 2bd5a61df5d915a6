"""Answers to the parts of a text -> one answer to the text: what its parts find, those notes first that many find well.

A text such as the description of an incident speaks of much that no note is about. Each part is a question of its own,
with levels that mean what they mean for questions; a note adds up its scores for each. Figures: docs/relevance.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.text.language_guess import guess_language
from search.catalogue import Catalogue, latest_first
from search.filters import sought_countries
from search.query import SearchQuery
from search.rank.balance import balanced, by_country
from search.results import Level, Move, NoteHit, SearchResults

OF_EACH: Final = 30
"""Notes of each kind that a part is asked for."""
WEIGHTS: Final[Mapping[Level, float]] = {Level.HIGH: 1.0, Level.MEDIUM: 0.6, Level.LOW: 0.2}
HALVED_AT: Final = 10
"""The place, from 0, at which a note scores half of what it scores in the first."""
MARGIN: Final = 0.2
"""The part of the best note's score by which a note that moves up, so that its country is among the first, may score
less than one it passes.
"""


def merged(answers: Sequence[SearchResults], query: SearchQuery, notes: Catalogue, taxonomy: Taxonomy) -> SearchResults:
    """Return one answer to the text of a query. answers: one for each part, with `OF_EACH` notes

    The relevant notes come first, those that most parts find best; a hit is that of the part which it answers best.
    """
    sought = sought_countries(query, taxonomy)
    ranked = {
        Kind.PRACTICE: _ranked([answer.practices for answer in answers]),
        Kind.STRATEGY: _ranked([answer.strategies for answer in answers]),
    }
    relevant = {kind: [hit for hit in hits if hit.level is not Level.LOW] for kind, hits in ranked.items()}
    counted = relevant if any(relevant.values()) else ranked
    if query.by_date and any(relevant.values()):
        for kind, hits in relevant.items():
            by_id = {hit.id: hit for hit in hits}
            ranked[kind] = [by_id[note_id] for note_id in latest_first(by_id, notes)]
    wanted = () if query.countries or query.by_date else sought
    ranked[Kind.PRACTICE], moves = _balanced(ranked[Kind.PRACTICE], wanted)
    end = query.offset + query.limit
    lists = by_country(relevant[Kind.PRACTICE], sought, lambda hit: hit.countries, query.limit)
    return SearchResults(
        text=query.text,
        detected=guess_language(query.text, query.reader),
        reader=answers[0].reader,
        filters=answers[0].filters,
        practices=tuple(ranked[Kind.PRACTICE][query.offset : end]),
        strategies=tuple(ranked[Kind.STRATEGY][query.offset : end]),
        counts={kind: notes.facets(hit.id for hit in hits) for kind, hits in counted.items()},
        totals={kind: len(hits) for kind, hits in relevant.items()},
        took_ms=round(sum(answer.took_ms for answer in answers), 2),
        moves=tuple(move for move in moves if move.to_place <= end),
        more=any(len(hits) > end for hits in ranked.values()),
        by_country=lists if query.by_country else None,
    )


def _ranked(lists: Sequence[Sequence[NoteHit]]) -> list[NoteHit]:
    """Return the notes of several lists, the relevant ones first, each with its mean score in all of them."""
    sums: dict[str, float] = {}
    best: dict[str, tuple[tuple[float, float], NoteHit]] = {}
    for hits in lists:
        for place, hit in enumerate(hits):
            score = WEIGHTS[hit.level] * HALVED_AT / (HALVED_AT + place)
            sums[hit.id] = sums.get(hit.id, 0.0) + score
            rank = WEIGHTS[hit.level], score
            if hit.id not in best or rank > best[hit.id][0]:
                best[hit.id] = rank, hit
    # Places in the list of a part mean nothing in that of the whole text.
    found = [_moved(hit, None, sums[note_id] / len(lists)) for note_id, (_, hit) in best.items()]
    return sorted(found, key=lambda hit: (hit.level is Level.LOW, -hit.score, hit.id))


def _balanced(hits: Sequence[NoteHit], wanted: Sequence[str]) -> tuple[list[NoteHit], tuple[Move, ...]]:
    """Return the practices with each of these countries among the first; the explanations of hits tell their moves."""
    margin = MARGIN * hits[0].score if hits else 0.0
    notes = [(hit.id, hit.score, () if hit.level is Level.LOW else hit.countries) for hit in hits]
    order, moves = balanced(notes, wanted, margin)
    of_note = {move.id: move for move in moves}
    return [_moved(hits[place], of_note.get(hits[place].id), hits[place].score) for place in order], moves


def _moved(hit: NoteHit, move: Move | None, score: float) -> NoteHit:
    return replace(hit, score=score, explanation=hit.explanation and replace(hit.explanation, move=move))
