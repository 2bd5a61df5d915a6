"""What a note's passages and subjects together are worth: the score that orders notes.

One good passage can be chance; a note that answers says so in several. And a question that names a subject, in any
language, speaks for the notes about it. Figures: docs/decisions/0005-note-score.md.
"""

from collections.abc import Collection, Sequence

from kb.taxonomy import EVERY_CRIME
from search.understand import Named

PASSAGES = 3
"""How many of a version's best passages count besides the very best."""
SUBJECT_WEIGHT = 0.05
"""What a note gains for a crime type that the question names, loses for being about another, gains for a phase."""


def version_score(scores: Sequence[float], passages: int, unseen: float) -> float:
    """Half the best passage, half the mean of the three best.

    scores:   of the retrieved passages of one language version, best first, at least one
    passages: how many the version has; a short note is not held against it
    unseen:   what a passage that was not retrieved counts for

    A sum of the scores, each with its weight: of parts that scores are made of, it gives the parts of the result.
    """
    return (scores[0] + mean_of_best(scores, passages, unseen)) / 2


def mean_of_best(scores: Sequence[float], passages: int, unseen: float) -> float:
    """The mean of the three best passages; see `version_score`."""
    counted = min(PASSAGES, passages)
    best = [*scores[:counted], *[unseen] * (counted - len(scores))]
    return sum(best) / len(best)


def subject_bonus(named: Named, crime_types: Collection[str], phases: Collection[str]) -> float:
    """The gain or loss of a note about these crime types and phases."""
    bonus = 0.0
    if named.crime_types.intersection(crime_types):
        bonus += SUBJECT_WEIGHT
    elif named.crime_types and EVERY_CRIME not in crime_types:
        bonus -= SUBJECT_WEIGHT
    if named.phases.intersection(phases):
        bonus += SUBJECT_WEIGHT
    return bonus
