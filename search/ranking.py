"""What a note's passages and subjects together are worth: the score that orders notes.

One good passage can be chance; a note that answers says so in several. And a question that names a subject, in any
language, speaks for the notes about it. Figures: docs/decisions/0005-note-score.md.
"""

from collections.abc import Sequence

PASSAGES = 3
"""How many of a version's best passages count besides the very best."""
SUBJECT_WEIGHT = 0.05
"""What a note gains for a crime type, and again for a phase, that the question names."""


def version_score(scores: Sequence[float], passages: int, floor: float) -> float:
    """Half the best passage, half the mean of the three best.

    scores:   of the retrieved passages of one language version, best first, at least one
    passages: how many the version has; a short note is not held against it
    floor:    what a passage that was not retrieved can have at most
    """
    counted = min(PASSAGES, passages)
    best = [*scores[:counted], *[min(floor, scores[-1])] * (counted - len(scores))]
    return (scores[0] + sum(best) / len(best)) / 2


def subject_bonus(named: Sequence[tuple[frozenset[str], Sequence[str]]]) -> float:
    """The gain for subjects: pairs of what the question names and what the note is about."""
    return SUBJECT_WEIGHT * sum(1 for asked, about in named if asked & frozenset(about))
