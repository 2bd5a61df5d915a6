"""What a score means: high, medium or low relevance, the same in every language, or nothing relevant at all."""

from dataclasses import dataclass
from enum import StrEnum

from kb.frozen import Frozen


class Level(StrEnum):
    """How far a note answers the question: high answers it, medium helps, low is only the nearest there is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True)
class Calibration(Frozen):
    """The scores from which the notes of one answer are of high and of medium relevance."""

    high: float = 0.55
    medium: float = 0.35

    def level(self, score: float) -> Level:
        """The level of a note with this score."""
        return Level.HIGH if score >= self.high else Level.MEDIUM if score >= self.medium else Level.LOW
