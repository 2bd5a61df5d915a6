"""What a score means: high, medium or low relevance, the same in every language, or nothing relevant at all.

Two things tell whether a note answers. How near the best note of the answer is to the question, against the scope of
the collection (`ingest.indexing.statistics`): that says whether there is an answer at all. And how far the note lies
behind that best one. `make levels` fits the constants anew. Figures: docs/relevance.md.
"""

import math
from dataclasses import dataclass

import numpy as np

from search.catalogue import Numbers, Rows
from search.results import Level

NEAR = 0.0
"""How far from the scope up the nearest note is where anything is relevant."""
HIGH = 0.1
"""How far from the scope up a note answers."""
MEDIUM = -1.09
"""How far from the scope up a note helps, where late interaction lays scores farther apart."""
MEDIUM_ALONE = -0.66
"""The same without it."""
OWN = 0.3
"""The fall of the scope for a question nearer than the notes are to their own subjects; a rise for one farther off."""
FOREIGN = 1.0
"""The same for subjects out of scope: its rise for a question nearer than the notes are, a fall for one farther off."""
UNLISTED = 0.045
"""The rise of the scope, instead of both, in a collection that lists no subjects out of scope."""
BEHIND = 24.0
"""The weight of lying behind the best note, against the same nearness."""
IN_DOUBT = 0.06
"""How far from the scope up the nearest note is where names of places in a question may have brought it near."""
_ROUNDING = 1e-7
"""How far within the scope a question is set that is so whatever its nearness: more than scores lose by rounding."""
LEVELS = (Level.LOW, Level.MEDIUM, Level.HIGH)


def scope_for(scope: float, own: float, foreign: float) -> float:
    """Return the nearness from which a question is one that a collection is about.

    own, foreign: how much nearer it is than the notes are to their subjects, and to those out of scope
                  (`kb.store.manifest.Subjects`)
    """
    return scope - OWN * own + FOREIGN * foreign


@dataclass(frozen=True)
class Calibration:
    """What the scores of one answer mean.

    scope: nearness from which a question is one that the collection is about
    best:  the highest score in it that owes nothing to identifiers, of all kinds of notes
    margin: how far the nearest note lies from the scope up, in whatever country
    any:   whether a note answers, by its nearness or by an identifier; if none does, all are of low relevance, the
           nearest there are
    spread: whether late interaction has laid the scores farther apart since
    """

    scope: float
    best: float
    margin: float
    any: bool
    spread: bool = False

    @classmethod
    def of(
        cls,
        scores: Numbers,
        exact: Numbers,
        countries: Numbers | float,
        scope: float,
        *,
        languages: Numbers | float = 0.0,
        within: bool = False,
    ) -> "Calibration":
        """Return the calibration of an answer with notes of these scores.

        exact:     the part of each that the note owes to identifiers
        countries: that which it owes to the countries asked about, zero or less
        languages: that which it owes to languages, zero or more; neither carries a question into the scope or out of it
        within:    the question is within the scope whatever its nearness, so that the best note answers
        """
        if not len(scores):
            return cls(scope, scope, -math.inf, any=False)
        without = scores - languages
        best, nearest = float((scores - exact).max()), float((without - exact - countries).max())
        if within:
            scope = min(scope, best - max(HIGH, NEAR) - _ROUNDING)
        margin = nearest - scope
        named = _distance(without, float((without - exact).max()), scope) >= NEAR
        return cls(scope, best, margin, margin >= NEAR or bool((named & (scores > best)).any()))

    @property
    def near(self) -> bool:
        """Whether a note comes near enough to answer."""
        return self.margin >= NEAR

    @property
    def medium(self) -> float:
        """How far from the scope up a note helps."""
        return MEDIUM if self.spread else MEDIUM_ALONE

    @property
    def least(self) -> float:
        """The score above which a note can be relevant: where meaning answers nothing, only identifiers do."""
        return -math.inf if self.near else self.best

    @property
    def thresholds(self) -> dict[str, float]:
        """The scores from which a note has a level; none where no note answers."""
        if not self.any:
            return {}
        return {
            level.value: max(self.scope + from_, (self.scope + from_ + BEHIND * self.best) / (1 + BEHIND), self.least)
            for level, from_ in ((Level.HIGH, HIGH), (Level.MEDIUM, self.medium))
        }

    def levels(self, scores: Numbers) -> Rows:
        """Return the levels of notes with these scores, by their places in `LEVELS`."""
        distance = _distance(scores, self.best, self.scope)
        relevant = (distance >= self.medium) & (scores > self.least) & self.any
        return np.where(relevant, 1 + (distance >= HIGH), 0)


def _distance(scores: Numbers, best: float, scope: float) -> Numbers:
    """Return how far scores lie above the scope, less what lying behind the best note counts for."""
    return scores - scope - BEHIND * np.maximum(0.0, best - scores)
