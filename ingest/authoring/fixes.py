"""What can be put right in a note without knowing what its author meant: slips in names, never words or facts.

A name is taken for another only if it differs in case alone, or by one slip in a word of some length. A fix after
which the file could not be read is not made.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from kb.issue import Problem
from kb.notes.note_file import NoteFile, NotePath, note_file

_QUOTED: Final = re.compile(r"`([^`]+)`")
_LEAST: Final = 5
"""Letters of a word that one slip does not make another: `BR` may be `BE` or `FR`."""


@dataclass(frozen=True)
class Fix:
    """A fix made: what of which problem."""

    problem: Problem
    done: str

    def __str__(self) -> str:
        return f"{self.problem.path}:{self.problem.line}: fixed {self.problem.code} {self.done}"


def fixed(text: str, where: NotePath, problems: Iterable[Problem]) -> tuple[str, list[Fix]]:
    """A note's text with its slips put right, and what was done, from the last line to the first."""
    made: list[Fix] = []
    for problem in sorted(problems, reverse=True):
        fixer = FIXERS.get(problem.code)
        found = fixer(text.split("\n"), where, problem) if fixer else None
        after = "\n".join(found[0]) if found else text
        if found and after != text and isinstance(note_file(after.encode(), where), NoteFile):
            text = after
            made.append(Fix(problem, found[1]))
    return text, made


Fixed = tuple[list[str], str] | None
"""The lines after a fix, and what was done; None where nothing is sure."""


def _without_tabs(lines: list[str], where: NotePath, problem: Problem) -> Fixed:
    end = next((number for number, line in enumerate(lines) if number and line.rstrip() == "---"), len(lines))
    after = [_untabbed(line) if 0 < number < end else line for number, line in enumerate(lines)]
    return (after, "tabs before fields are spaces now.") if after != lines else None


def _untabbed(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    return indent.replace("\t", "  ") + line[len(indent) :]


def _without_line(lines: list[str], where: NotePath, problem: Problem) -> Fixed:
    """Remove a field that says no more than the path."""
    place = problem.line - 1
    said = re.fullmatch(r"""\w+[ ]*:[ ]*["']?([\w-]+)["']?[ \t\r]*""", lines[place] if place < len(lines) else "")
    below = lines[place + 1] if place + 1 < len(lines) else ""
    if said is None or (below.startswith((" ", "\t", "-")) and below.rstrip() != "---"):
        return None
    if said[1] not in (where.id, where.kind.value, where.language.value):
        return None
    return [*lines[:place], *lines[place + 1 :]], f"the line `{lines[place].strip()}` is gone."


def _with_name(lines: list[str], where: NotePath, problem: Problem) -> Fixed:
    """Write the name that was meant."""
    written = _QUOTED.search(problem.message)
    meant = re.fullmatch(r"Did you mean `([^`]+)`\?", problem.remedy)
    if written is None or meant is None or problem.line > len(lines):
        return None
    wrong = written[1] if problem.code == "KB111" else written[1].rpartition(".")[2]  # of a field, its path is told
    right = meant[1]
    line = lines[problem.line - 1]
    before, after = line[: problem.column - 1], line[problem.column - 1 :]
    places = re.findall(rf"(?<![\w-]){re.escape(wrong)}(?![\w-])", after)
    if len(places) != 1 or not one_slip(wrong, right):
        return None
    now = re.sub(rf"(?<![\w-]){re.escape(wrong)}(?![\w-])", lambda _: right, after)
    return [*lines[: problem.line - 1], before + now, *lines[problem.line :]], f"`{wrong}` is `{right}` now."


FIXERS: Final[Mapping[str, Callable[[list[str], NotePath, Problem], Fixed]]] = {
    "KB105": _without_tabs,
    "KB106": _without_line,
    "KB107": _with_name,
    "KB111": _with_name,
}
"""Code of a problem -> what puts it right."""


def one_slip(wrong: str, right: str) -> bool:
    """Whether words differ in case alone, or by one letter: missing, too many, another, or swapped with the next."""
    one, other = wrong.casefold(), right.casefold()
    if one == other:
        return True
    if min(len(one), len(other)) < _LEAST:
        return False
    while one[:1] == other[:1]:
        one, other = one[1:], other[1:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return swapped or one[1:] == other[1:] or one[1:] == other or one == other[1:]
