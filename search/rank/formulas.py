"""The formulas that order notes: what passages, questions, subjects and links together are worth.

One good passage can be chance; a note that answers says so in several. The questions that its authors say it answers
are nearer to how readers ask. A question that names a subject, in any language, speaks for the notes about it. And what
is linked with a note that answers is useful beside it. Figures: docs/decisions/0005-note-score.md and 0010.
"""

from collections.abc import Collection, Sequence

from kb.notes.taxonomy import EVERY_CRIME
from search.rank.fusion import LEXICAL_WEIGHT
from search.understand.thesaurus import Named

BEST = 3
"""How many of a note's best texts count besides the very best."""
SUBJECT_WEIGHT = 0.01
"""What a note gains for a crime type that the question names, loses for being about another, gains for a phase or a
country.
"""
SUBJECT_ALONE = 0.5
"""The same for a crime type that is, a country apart, all the question says: notes about it come first, and those near
the best of them answer.
"""
QUESTION_WEIGHT = 0.6
"""The part of its questions in the score of a note that has some; its passages have the rest."""
QUESTION_LEXICAL_WEIGHT = LEXICAL_WEIGHT * (1 - QUESTION_WEIGHT) / QUESTION_WEIGHT
"""What words count for in a question: so much that in the score of a note they weigh alike in both of its parts."""
QUESTIONS_NEARER = 0.07
"""How much nearer than its passages the questions of a note that answers usually are; assumed where it has none."""
LINK_WEIGHT = 0.6
"""How far a note rises towards the best of those it is linked with."""


def strength(scores: Sequence[float], texts: int, unseen: float) -> float:
    """Half the best text, half the mean of the three best.

    scores: of the retrieved passages of one language version, or of a note's questions, best first
    texts:  how many there are, at least one; a note with few is not held against it
    unseen: what a text that was not retrieved counts for

    A sum of the scores, each with its weight: of parts that scores are made of, it gives the parts of the result.
    """
    return ((scores[0] if scores else unseen) + mean_of_best(scores, texts, unseen)) / 2


def mean_of_best(scores: Sequence[float], texts: int, unseen: float) -> float:
    """The mean of the three best texts; see `strength`."""
    counted = min(BEST, texts)
    best = scores[:counted]
    return (sum(best) + unseen * (counted - len(best))) / counted


def by_texts(passages: float, questions: float | None) -> float:
    """What a note is worth by its passages and its questions, of which it may name none."""
    rest = QUESTION_WEIGHT * (QUESTIONS_NEARER if questions is None else questions)
    return passages_share(questions) * passages + rest


def passages_share(questions: float | None) -> float:
    """The part that its passages have in the score of a note with these questions."""
    return 1.0 if questions is None else 1 - QUESTION_WEIGHT


def subject_bonus(
    named: Named, crime_types: Collection[str], phases: Collection[str], countries: Collection[str]
) -> float:
    """The gain or loss of a note about these crime types, phases and countries."""
    bonus = 0.0
    crime = SUBJECT_ALONE if named.whole and not named.phases else SUBJECT_WEIGHT
    if named.crime_types.intersection(crime_types):
        bonus += crime
    elif named.crime_types and EVERY_CRIME not in crime_types:
        bonus -= crime
    if named.phases.intersection(phases):
        bonus += SUBJECT_WEIGHT
    if named.countries.intersection(countries):
        bonus += SUBJECT_WEIGHT
    return bonus
