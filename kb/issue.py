"""What is wrong with a note, where, and how to fix it: the line an author reads.

Knows nothing of the rules that find issues (those are `ingest.lint`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from itertools import groupby
from operator import attrgetter
from typing import Final

from kb.said import ENGLISH, Said, in_words, said

_LONGEST: Final = 800
"""Characters of a message."""
_OF_A_KIND: Final = 50
"""Issues of a code in a file that are listed."""

_HALVES: Final = re.compile("[\ud800-\udfff]")
"""Python's signs for the bytes of a name that is not UTF-8; no text can hold them."""
_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Level(StrEnum):
    """`error` keeps a note from being indexed as it is, `warning` does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Issue:
    """One finding in one file.

    path:    as the author would type it, relative to the working directory where possible; see `printable_path`
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", printable_path(self.path))
        for name in ("message", "remedy"):
            object.__setattr__(self, name, _one_line(getattr(self, name)))

    def __str__(self) -> str:
        return self.line_in()

    def line_in(self, forms: Mapping[str, str] = ENGLISH) -> str:
        """Return the line that an author reads: in English, or with the forms of another language."""
        level = "warning: " if self.level is Level.WARNING else ""  # by which editors know it, as by the code
        issue = self.with_words(forms)
        text = f"{self.path}:{self.line}:{self.column}: {self.code} {level}{issue.message}"
        return f"{text} {issue.remedy}".rstrip()

    def with_words(self, forms: Mapping[str, str]) -> "Issue":
        """Return it with message and remedy in another language."""
        return replace(self, message=in_words(self.message, forms), remedy=in_words(self.remedy, forms))


def printable_path(path: str) -> str:
    """Return a path on one line of text: `\ufffd` for line breaks, controls, and bytes of a name that is not UTF-8."""
    return _NO_TEXT.sub("\ufffd", path)


def _one_line(text: str) -> str:
    """Return a text on one line; of a long text, which repeats a note, its beginning and its end."""
    line = _HALVES.sub("\ufffd", " ".join(text.splitlines()))
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 200]} … {line[-190:]}"
    if isinstance(text, Said):
        one_line = Said(line)
        one_line.form, one_line.values = text.form, text.values
        return one_line
    return line


def few(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Return issues in order, of a code in a file the first 50 only, with how many more there are."""
    kept: list[Issue] = []
    by_kind = attrgetter("path", "code")
    for _, group in groupby(sorted(sorted(issues), key=by_kind), by_kind):
        alike = list(group)
        kept += alike[:_OF_A_KIND]
        if more := alike[_OF_A_KIND:]:
            message = said("{number:,} more like these are in the file.", number=len(more))
            kept.append(replace(more[0], message=message, remedy=""))
    return tuple(sorted(kept))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like another, if any is."""
    spelt = {name.casefold(): name for name in sorted(known, reverse=True)}
    near = get_close_matches(word.casefold(), sorted(spelt), n=1, cutoff=0.6)
    return spelt[near[0]] if near else None


def write_instead(word: str) -> Said:
    """Return the remedy for a word that surely means another, which `--fix` writes."""
    return said("Write `{word}`, as `kb lint --fix` does.", word=word)


def did_you_mean(word: str, known: Iterable[str], *, list_all: bool = True) -> str:
    """Return a sentence with the nearest known word; failing that, all of them if few and wanted; else nothing."""
    known = sorted(known)
    if near := nearest(word, known):
        return said("Did you mean `{word}`?", word=near)
    return said("Known: {words}.", words=", ".join(known)) if list_all and 0 < len(known) <= 40 else ""
