"""What a lint rule is, and how the table of rules is run over a collection.

The rules themselves are `ingest.lint`. Needs neither model nor index: it must be quick while an author types.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from kb.collection import Collection
from kb.issue import Level, Problem, did_you_mean, few
from kb.notes.note import LanguageVersion, Note
from kb.notes.note_file import NoteFile
from kb.notes.source_facts import Extract
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language


@dataclass(frozen=True)
class Reading:
    """All that rules may look at: the notes that could be read, the vocabularies, and the day (`2026-11-25`)."""

    collection: Collection
    taxonomy: Taxonomy
    today: str

    def versions(self) -> Iterator[tuple[Note, Language, LanguageVersion]]:
        """Every language version of every note."""
        for note in self.collection.notes:
            for language, version in note.versions.items():
                yield note, language, version

    def extracts(self, note: Note) -> tuple[Extract, ...]:
        """The source extracts of a note."""
        return (self.collection.extracts or {}).get(note.id, ("", ()))[1]

    def problem(
        self, version: LanguageVersion, code: str, message: str, remedy: str = "", *,
        at: tuple[str | int, ...] = (), line: int | None = None, column: int = 1,
    ) -> Problem:  # fmt: skip
        """A problem of a version: at a field of its front matter, or at a line of its body."""
        if line is not None:
            return Problem(version.path, line, column, code, message, remedy)
        return self._files[version.path].problem(code, message, remedy, at)

    @cached_property
    def _files(self) -> Mapping[str, NoteFile]:
        return {file.where.shown: file for file in self.collection.files}


@dataclass(frozen=True)
class Rule:
    """One rule. `check` yields problems with this rule's code; None where reading the file itself finds them.

    bad, good: a line that breaks the rule and one that keeps it, for the documentation
    """

    code: str
    name: str
    level: Level
    summary: str
    bad: str
    good: str
    check: Callable[[Reading], Iterator[Problem]] | None = None


def check(collection: Collection, taxonomy: Taxonomy, rules: Sequence[Rule], today: str) -> tuple[Problem, ...]:
    """Run all rules. Problems come in the order of files and lines, each with its rule's level; of very many alike,
    the first.
    """
    reading = Reading(collection, taxonomy, today)
    found = [*collection.problems, *(problem for rule in rules if rule.check for problem in rule.check(reading))]
    levels = {rule.code: rule.level for rule in rules}
    return few(replace(problem, level=levels[problem.code]) for problem in found)


def check_some(
    collection: Collection, taxonomy: Taxonomy, rules: Sequence[Rule], today: str, note_ids: Set[str]
) -> tuple[Problem, ...]:
    """`check`, of the files of some notes. Of the others only those are looked at that these name or are named by."""
    near = {note.id for note in collection.notes if note.id in note_ids or not note_ids.isdisjoint(note.named)} | {
        other for note in collection.notes if note.id in note_ids for other in note.named
    }
    around = replace(
        collection,
        notes=tuple(note for note in collection.notes if note.id in near),
        files=tuple(file for file in collection.files if file.where.id in near),
    )
    theirs = {file.where.shown for file in collection.files if file.where.id in note_ids}
    unread = {one.path for one in collection.problems}
    return tuple(one for one in check(around, taxonomy, rules, today) if one.path in theirs | unread)


def documentation(rules: Sequence[Rule]) -> str:
    """The rules as a Markdown page, `docs/lint.md`."""
    parts = [
        "# Lint rules\n\nGenerated from `RULES` in `ingest/lint/`. `kb lint` checks all of them; an **error**"
        "\nkeeps the collection from being indexed, a **warning** does not. Codes are stable.\n"
    ]
    titles = ("Front matter and files", "Body", "Across files and notes", "Care for facts, persons and words")
    for title, start in zip(titles, ("KB1", "KB2", "KB3", "KB4"), strict=True):
        parts.append(f"## {title}\n")
        parts += [
            f"### {rule.code} {rule.name} ({rule.level})\n\n{rule.summary}\n\n"
            f"- Bad: {_code(rule.bad)}\n- Good: {_code(rule.good)}\n"
            for rule in rules
            if rule.code.startswith(start)
        ]
    return "\n".join(parts)


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def near(other: str, ids: Iterable[str]) -> str:
    """The remedy for an id that does not exist, if there is one like it."""
    return did_you_mean(other, ids, list_all=False)


def errors(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems that keep a collection from being indexed."""
    return tuple(problem for problem in problems if problem.level is Level.ERROR)
