"""Answers to the parts of a text -> one answer to the text: what its parts find, those notes first that many find well.

A text such as the description of an incident says much that no note is about. Each part is a question of its own, with
levels that mean what they mean for questions; a note adds up what it is worth to each. Figures: docs/relevance.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from kb.notes.note import Kind
from kb.text.languages import Language
from search.catalogue import Catalogue
from search.query import SearchQuery
from search.rank.balance import Balanced, balanced
from search.rank.by_country import by_country
from search.results import Level, NoteHit, SearchResults

OF_EACH: Final = 30
"""Notes of each kind that a part is asked for."""
WEIGHTS: Final[Mapping[Level, float]] = {Level.HIGH: 1.0, Level.MEDIUM: 0.6, Level.LOW: 0.2}
HALVED_AT: Final = 10
"""The place, from 0, at which a note is worth half of what it is worth in the first."""
MARGIN: Final = 0.2
"""The part of what the best note is worth by which a note that moves up, so that its country is seen, may be worth less
than one it passes.
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
    """One answer to the text of a query. answers: one for each part, with `OF_EACH` notes.

    sought:   countries that are to be seen among the first practices, and have a list of their own where these are
              listed by country
    detected: the likeliest language of the text

    The relevant notes come first, those that most parts find best; a hit is that of the part which it answers best.
    """
    ranked = {
        Kind.PRACTICE: _ranked([one.practices for one in answers]),
        Kind.STRATEGY: _ranked([one.strategies for one in answers]),
    }
    relevant = {kind: [one for one in hits if one.level is not Level.LOW] for kind, hits in ranked.items()}
    counted = relevant if any(relevant.values()) else ranked
    if query.by_date and any(relevant.values()):
        for kind, hits in relevant.items():
            dated = {one.id: one for one in hits}
            ranked[kind] = [dated[one] for one in notes.latest_first(dated)]
    practices = _balanced(ranked[Kind.PRACTICE], () if query.countries or query.by_date else sought)
    ranked[Kind.PRACTICE] = [one.hit for one in practices.groups]
    end = query.offset + query.limit
    lists = by_country(relevant[Kind.PRACTICE], sought, lambda one: one.countries, query.limit)
    return SearchResults(
        text=query.text,
        detected=detected,
        reader=answers[0].reader,
        filters=answers[0].filters,
        practices=tuple(ranked[Kind.PRACTICE][query.offset : end]),
        strategies=tuple(ranked[Kind.STRATEGY][query.offset : end]),
        counts={kind: notes.facets(one.id for one in hits) for kind, hits in counted.items()},
        totals={kind: len(hits) for kind, hits in relevant.items()},
        took_ms=sum(one.took_ms for one in answers),
        moves=tuple(one for one in practices.moves if one.to_place <= end),
        more=any(len(hits) > end for hits in ranked.values()),
        by_country=lists if query.by_country else None,
    )


def _ranked(lists: Sequence[Sequence[NoteHit]]) -> list[NoteHit]:
    """The notes of several lists, the relevant ones first, each with what it is worth in all of them."""
    worth: dict[str, float] = {}
    best: dict[str, tuple[tuple[float, float], NoteHit]] = {}
    for hits in lists:
        for place, hit in enumerate(hits):
            part = WEIGHTS[hit.level] * HALVED_AT / (HALVED_AT + place)
            worth[hit.id] = worth.get(hit.id, 0.0) + part
            rank = WEIGHTS[hit.level], part
            if hit.id not in best or rank > best[hit.id][0]:
                best[hit.id] = rank, hit
    found = [_of_all(hit, worth[note_id] / len(lists)) for note_id, (_, hit) in best.items()]
    return sorted(found, key=lambda one: (one.level is Level.LOW, -one.score, one.id))


def _balanced(hits: Sequence[NoteHit], sought: Sequence[str]) -> Balanced[_Hit]:
    """The practices with every one of these countries in view (`search.rank.balance`); hits that moved say so."""
    places = [_Hit(one.id, one.score, one) for one in hits]
    countries = {one.id: one.countries for one in hits}
    best = places[0].score if places else 0.0
    found = balanced(places, sought, countries.__getitem__, lambda one: one.hit.level is not Level.LOW, MARGIN * best)
    moves = {one.note_id: one for one in found.moves}
    return replace(found, groups=tuple(
        one._replace(hit=replace(one.hit, explanation=replace(one.hit.explanation, move=moves[one.note_id])))
        if one.note_id in moves and one.hit.explanation else one
        for one in found.groups
    ))  # fmt: skip


def _of_all(hit: NoteHit, score: float) -> NoteHit:
    """A hit of one part as one of the whole text: places in the list of its part mean nothing there."""
    why = hit.explanation and replace(hit.explanation, move=None)
    return replace(hit, score=score, explanation=why)
