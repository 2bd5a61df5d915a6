"""What is wrong with a note, where, and how to mend it: the line an author reads.

Knows nothing of the rules that find problems (those are `ingest.rules`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Level(StrEnum):
    """`error` keeps the collection from being indexed, `warning` does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Problem:
    """One finding in one file.

    path:    as the author would type it, relative to the working directory where possible
    line:    1-based line in the file; column: 1-based
    code:    stable rule code, `KB` and three digits
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    remedy: str = ""
    level: Level = Level.ERROR

    def __str__(self) -> str:
        level = "warning: " if self.level is Level.WARNING else ""
        text = f"{self.path}:{self.line}:{self.column}: {self.code} {level}{self.message}"
        return f"{text} {self.remedy}".rstrip()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like a given one, if any is."""
    spelt = {one.casefold(): one for one in sorted(known, reverse=True)}
    near = get_close_matches(word.casefold(), sorted(spelt), n=1, cutoff=0.6)
    return spelt[near[0]] if near else None


def did_you_mean(word: str, known: Iterable[str], *, list_all: bool = True) -> str:
    """A sentence with the nearest known word; failing that, all of them if few and wanted; else nothing."""
    known = sorted(known)
    if near := nearest(word, known):
        return f"Did you mean `{near}`?"
    return f"Known: {', '.join(known)}." if list_all and 0 < len(known) <= 40 else ""
