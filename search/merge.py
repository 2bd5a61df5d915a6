"""Answers to the parts of a text -> one answer to the text: what its parts find, those notes first that many find well.

A text such as the description of an incident says much that no note is about. Each part is a question of its own, with
levels that mean what they mean for questions; a note adds up what it is worth to each. Figures: docs/relevance.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from kb.languages import Language
from kb.note import Kind
from search.by_country import by_country
from search.calibrate import Level
from search.catalogue import Catalogue
from search.query import SearchQuery
from search.results import NoteHit, SearchResults

OF_EACH: Final = 30
"""Notes of each kind that a part is asked for."""
WEIGHTS: Final[Mapping[Level, float]] = {Level.HIGH: 1.0, Level.MEDIUM: 0.6, Level.LOW: 0.2}
HALVED_AT: Final = 10
"""The place, from 0, at which a note is worth half of what it is worth in the first."""


def merged(
    answers: Sequence[SearchResults],
    query: SearchQuery,
    notes: Catalogue,
    sought: Sequence[str],
    detected: Language | None,
) -> SearchResults:
    """One answer to the text of a query. answers: one for each part, with `OF_EACH` notes.

    sought:   countries that have a list of their own where the practices are listed by country
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


def _of_all(hit: NoteHit, score: float) -> NoteHit:
    """A hit of one part as one of the whole text: places in the list of its part mean nothing there."""
    why = hit.explanation and replace(hit.explanation, move=None)
    return replace(hit, score=score, explanation=why)
