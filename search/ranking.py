"""What a note's passages, questions, subjects and links together are worth: the score that orders notes.

One good passage can be chance; a note that answers says so in several. The questions that its authors say it answers
are nearer to how readers ask. A question that names a subject, in any language, speaks for the notes about it. And what
is linked with a note that answers is useful beside it. Figures: docs/decisions/0005-note-score.md and 0010.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from kb.taxonomy import EVERY_CRIME
from search.understand import Named

BEST = 3
"""How many of a note's best texts count besides the very best."""
SUBJECT_WEIGHT = 0.01
"""What a note gains for a crime type that the question names, loses for being about another, gains for a phase or a
country.
"""
QUESTION_WEIGHT = 0.6
"""The part of its questions in the score of a note that has some; its passages have the rest."""
QUESTIONS_NEARER = 0.04
"""How much nearer than its passages the questions of a note that answers usually are; assumed where it has none."""
LINK_WEIGHT = 0.6
"""How far a note rises towards the best of those it is linked with."""


def strength(scores: Sequence[float], texts: int, floor: float) -> float:
    """Half the best text, half the mean of the three best.

    scores: of the retrieved passages of one language version, or of a note's questions, best first
    texts:  how many there are, at least one; a note with few is not held against it
    floor:  the nearness that a text which was not retrieved can have at most
    """
    counted = min(BEST, texts)
    rest = min(floor, scores[-1]) if scores else floor
    best = [*scores[:counted], *[rest] * (counted - len(scores))]
    return (best[0] + sum(best) / len(best)) / 2


def with_questions(passages: float, questions: float | None) -> float:
    """The score of a note by its passages and its questions, of which it may have none."""
    assumed = passages + QUESTIONS_NEARER if questions is None else questions
    return (1 - QUESTION_WEIGHT) * passages + QUESTION_WEIGHT * assumed


def raised_by_links(scores: Mapping[str, float], linked: Callable[[str], Collection[str]]) -> dict[str, float]:
    """Scores by note id, each drawn up towards the best among the notes linked with it, never above that."""
    return {
        note_id: score + LINK_WEIGHT * max(0.0, *(scores.get(one, score) - score for one in linked(note_id)), 0.0)
        for note_id, score in scores.items()
    }


def subject_bonus(
    named: Named, crime_types: Collection[str], phases: Collection[str], countries: Collection[str]
) -> float:
    """The gain or loss of a note about these crime types, phases and countries."""
    bonus = 0.0
    if named.crime_types.intersection(crime_types):
        bonus += SUBJECT_WEIGHT
    elif named.crime_types and EVERY_CRIME not in crime_types:
        bonus -= SUBJECT_WEIGHT
    if named.phases.intersection(phases):
        bonus += SUBJECT_WEIGHT
    if named.countries.intersection(countries):
        bonus += SUBJECT_WEIGHT
    return bonus
