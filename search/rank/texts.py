"""Answers to the parts of a text -> one answer to the text: what its parts find, those notes first that many find well.

A text such as the description of an incident speaks of much that no note is about. Each part is a question of its own,
with levels that mean what they mean for questions; a note adds up its scores for each. Figures: docs/relevance.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from kb.notes.note import Kind
from kb.text.languages import Language
from search.catalogue import Catalogue
from search.query import SearchQuery
from search.rank.balance import Balanced, balanced, by_country
from search.results import Level, NoteHit, SearchResults

OF_EACH: Final = 30
"""Notes of each kind that a part is asked for."""
WEIGHTS: Final[Mapping[Level, float]] = {Level.HIGH: 1.0, Level.MEDIUM: 0.6, Level.LOW: 0.2}
HALVED_AT: Final = 10
"""The place, from 0, at which a note scores half of what it scores in the first."""
MARGIN: Final = 0.2
"""The part of the best note's score by which a note that moves up, so that its country is among the first, may score
less than one it passes.
"""


class _Hit(NamedTuple):
    """A hit as a place in the list for the whole text."""

    note_id: str
    score: float
    hit: NoteHit


def merged(
    answers: Sequence[SearchResults],
    query: SearchQuery,
    notes: Catalogue,
    sought: Sequence[str],
    detected: Language | None,
) -> SearchResults:
    """Return one answer to the text of a query. answers: one for each part, with `OF_EACH` notes

    sought:   countries that are to be among the first practices, and have a list of their own where these are listed
              by country
    detected: the likeliest language of the text

    The relevant notes come first, those that most parts find best; a hit is that of the part which it answers best.
    """
    ranked = {
        Kind.PRACTICE: _ranked([answer.practices for answer in answers]),
        Kind.STRATEGY: _ranked([answer.strategies for answer in answers]),
    }
    relevant = {kind: [hit for hit in hits if hit.level is not Level.LOW] for kind, hits in ranked.items()}
    counted = relevant if any(relevant.values()) else ranked
    if query.by_date and any(relevant.values()):
        for kind, hits in relevant.items():
            by_id = {hit.id: hit for hit in hits}
            ranked[kind] = [by_id[note_id] for note_id in notes.latest_first(by_id)]
    practices = _balanced(ranked[Kind.PRACTICE], () if query.countries or query.by_date else sought)
    ranked[Kind.PRACTICE] = [place.hit for place in practices.groups]
    end = query.offset + query.limit
    lists = by_country(relevant[Kind.PRACTICE], sought, lambda hit: hit.countries, query.limit)
    return SearchResults(
        text=query.text,
        detected=detected,
        reader=answers[0].reader,
        filters=answers[0].filters,
        practices=tuple(ranked[Kind.PRACTICE][query.offset : end]),
        strategies=tuple(ranked[Kind.STRATEGY][query.offset : end]),
        counts={kind: notes.facets(hit.id for hit in hits) for kind, hits in counted.items()},
        totals={kind: len(hits) for kind, hits in relevant.items()},
        took_ms=round(sum(answer.took_ms for answer in answers), 2),
        moves=tuple(move for move in practices.moves if move.to_place <= end),
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
    found = [_of_whole(hit, sums[note_id] / len(lists)) for note_id, (_, hit) in best.items()]
    return sorted(found, key=lambda hit: (hit.level is Level.LOW, -hit.score, hit.id))


def _of_whole(hit: NoteHit, score: float) -> NoteHit:
    """Return a hit of one part as one of the whole text: places in the list of its part mean nothing there."""
    return replace(hit, score=score, explanation=hit.explanation and replace(hit.explanation, move=None))


def _balanced(hits: Sequence[NoteHit], sought: Sequence[str]) -> Balanced[_Hit]:
    """Return the practices with each of these countries among the first; the explanations of hits tell their moves."""
    places = [_Hit(hit.id, hit.score, hit) for hit in hits]
    countries = {hit.id: hit.countries for hit in hits}
    best = places[0].score if places else 0.0
    found = balanced(
        places, sought, countries.__getitem__, lambda place: place.hit.level is not Level.LOW, MARGIN * best
    )
    moves = {move.id: move for move in found.moves}

    def explained(place: _Hit) -> _Hit:
        move, why = moves.get(place.note_id), place.hit.explanation
        return place._replace(hit=replace(place.hit, explanation=replace(why, move=move))) if move and why else place

    return replace(found, groups=tuple(explained(place) for place in found.groups))
