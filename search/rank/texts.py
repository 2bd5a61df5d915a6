"""A long text -> parts as long as questions are; and their answers -> one: those notes first that many parts find well.

A text such as the description of an incident speaks of much that no note is about. Each part is a question of its own,
with levels that mean what they mean for questions; a note adds up its scores for each.
Figures: docs/decisions/0030-texts.md.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final

from kb.notes.front_matter import is_past
from kb.notes.note import Kind
from kb.notes.taxonomy import BENELUX, Taxonomy
from kb.text.question_language import question_language
from search.catalogue import Catalogue, latest_first
from search.filters import sought_countries
from search.query import SearchQuery
from search.rank.balance import balanced, by_country
from search.rank.glance import Found, at_a_glance, countries_told, together
from search.results import Level, Move, NoteHit, SearchResults

PART: Final = 200
"""Characters of a part, at most: as long as questions are, so that levels mean of it what they mean of them."""
_ENDS: Final = re.compile(r"(?<=[.!?:;]) ")
_PIECES: Final = re.compile(rf"\S.{{0,{PART - 1}}}(?!\S)|\S{{{PART}}}")
OF_EACH: Final = 30
"""Notes of each kind that a part is asked for."""
WEIGHTS: Final[Mapping[Level, float]] = {Level.HIGH: 1.0, Level.MEDIUM: 0.6, Level.LOW: 0.2}
HALVED_AT: Final = 10
"""The place, from 0, at which a note scores half of what it scores in the first."""
ANSWERED: Final = 1 / 8
"""The share of its parts that must be answered for a text to be: of many parts, one may come near a note by chance."""
CLEARLY: Final = 0.03
"""How far above the scope the nearest note to one of several parts lies: a few are hardly above it by chance."""
MARGIN: Final = 0.2
"""A note moves up for its country past a better one: by at most this part of the best note's score."""


MOST_UNDERSTOOD: Final = 12
"""Of the concepts and identifiers that parts name, so many are told of: those that most parts name."""


def parts(text: str) -> list[str]:
    """Cut a text after sentences, and where one is too long after words. text: without line breaks"""
    found: list[str] = []
    for sentence in _ENDS.split(text):
        for piece in _PIECES.findall(sentence):
            if found and len(found[-1]) + len(piece) < PART:
                found[-1] += f" {piece}"
            else:
                found.append(piece)
    return found


def merged(answers: Sequence[SearchResults], query: SearchQuery, notes: Catalogue, taxonomy: Taxonomy) -> SearchResults:
    """Return one answer to the text of a query. answers: one for each part, with `OF_EACH` notes

    The relevant notes come first, those that most parts find best; a hit is that of the part which it answers best.
    """
    sought, own = sought_countries(query, taxonomy), taxonomy.countries.narrower(BENELUX)
    margin = max(answer.margin for answer in answers)
    answered = sum(map(_is_answered, answers)) >= ANSWERED * len(answers) and (len(answers) == 1 or margin >= CLEARLY)
    if not answered and not any(map(_is_named, answers)):
        answers = [*map(_unanswered, answers)]
    ranked = {kind: _ranked([answer.lists.get(kind, ()) for answer in answers]) for kind in Kind}
    relevant = {kind: [hit for hit in hits if hit.level is not Level.LOW] for kind, hits in ranked.items()}
    counted = relevant if any(relevant.values()) else ranked
    if query.by_date and any(relevant.values()):
        for kind, hits in relevant.items():
            by_id = {hit.id: hit for hit in hits}
            ranked[kind] = [by_id[note_id] for note_id in latest_first(by_id, notes)]
    wanted = () if query.countries or query.by_date else sought
    practices = ranked[Kind.PRACTICE]
    order, moves = balanced(
        [(hit.id, hit.score, () if hit.level is Level.LOW else hit.countries) for hit in practices],
        wanted,
        MARGIN * practices[0].score if practices else 0.0,
    )
    of_note = {move.id: move for move in moves}
    ranked[Kind.PRACTICE] = [
        _moved(practices[place], of_note.get(practices[place].id), practices[place].score) for place in order
    ]
    lists = by_country(relevant[Kind.PRACTICE], sought, lambda hit: hit.countries, query.limit)
    understood = Counter(chain.from_iterable(answer.understood for answer in answers))
    contacts = together([answer.at_a_glance for answer in answers], math.ceil(ANSWERED * len(answers)))
    told = countries_told(query, own, {each.value for each in understood if each.kind == "country"})

    def found_of(hit: NoteHit) -> Found:  # the level is that of one part, the score that of all
        return Found(hit.id, Level.MEDIUM, hit.score, hit.countries, is_past(hit.status, hit.legal_outcome))

    def counterparts(note_id: str) -> list[Found]:
        glances = (glance for answer in answers for glance in answer.at_a_glance.items())
        linked = ((place, each.note) for place, each in glances if each.counterpart_of == note_id)
        return [Found(other, Level.LOW, 0.0, [place], past=False) for place, other in linked if other]

    found = {kind: map(found_of, hits) for kind, hits in relevant.items()}
    return replace(
        answers[0],
        text=query.text,
        detected=question_language(query.text),
        lists={kind: tuple(ranked[kind][query.offset : query.end]) for kind in query.kinds},
        counts={kind: notes.facets(notes.rows(hit.id for hit in hits)) for kind, hits in counted.items()},
        totals={kind: len(hits) for kind, hits in relevant.items()},
        moves=tuple(move for move in moves if move.to_place <= query.end),
        margin=margin,
        more=any(len(hits) > query.end for hits in ranked.values()),
        by_country=lists if query.by_country else None,
        at_a_glance=at_a_glance(found, contacts, own, told, counterparts),
        understood=tuple(each for each, _ in understood.most_common(MOST_UNDERSTOOD)),
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


def _is_answered(answer: SearchResults) -> bool:
    return any(hit.level is not Level.LOW for hits in answer.lists.values() for hit in hits)


def _is_named(answer: SearchResults) -> bool:
    """Return whether a relevant hit has to do with an identifier in the part."""
    return any(hit.identifier and hit.level is not Level.LOW for hits in answer.lists.values() for hit in hits)


def _unanswered(answer: SearchResults) -> SearchResults:
    """Return an answer with no hit that is relevant."""

    def low(hit: NoteHit) -> NoteHit:
        why = hit.explanation and replace(hit.explanation, level=Level.LOW, thresholds={})
        return replace(hit, level=Level.LOW, explanation=why)

    return replace(answer, lists={kind: tuple(map(low, hits)) for kind, hits in answer.lists.items()}, at_a_glance={})


def _moved(hit: NoteHit, move: Move | None, score: float) -> NoteHit:
    return replace(hit, score=score, explanation=hit.explanation and replace(hit.explanation, move=move))
