"""Define what a lint rule is, and run all rules over a collection.

A rule is registered where its check stands. Needs neither model nor index, because it must be quick while an author
types.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from typing import Final

import yaml

from ingest.lint.places import Position
from kb.collection import Collection
from kb.issue import Issue, Level, few
from kb.notes.note import LanguageVersion, Note
from kb.notes.note_file import NoteFile, NotePath, note_file
from kb.notes.plain_yaml import At, PlainLoader
from kb.notes.source_facts import Extract
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language


@dataclass(frozen=True)
class Context:
    """All that a check may look at: the notes that could be read, the vocabularies, and the day (`2026-11-25`)."""

    collection: Collection
    taxonomy: Taxonomy
    today: str

    def versions(self) -> Iterator[tuple[Note, Language, LanguageVersion]]:
        """Yield every language version of every note."""
        for note in self.collection.notes:
            for language, version in note.versions.items():
                yield note, language, version

    def extracts(self, note: Note) -> tuple[Extract, ...]:
        """Return the source extracts of a note."""
        return (self.collection.extracts or {}).get(note.id, ("", ()))[1]

    def issue(self, version: LanguageVersion, message: str, remedy: str = "", *, at: At | Position = ()) -> Issue:
        """Return an issue of a version, at a field of its front matter or at a position in its file.

        The code and the level are those of the rule whose check yields it.
        """
        if isinstance(at, Position):
            return Issue(version.path, at.line, at.column, "", message, remedy)
        return self._files[version.path].issue("", message, remedy, at)

    @cached_property
    def _files(self) -> Mapping[str, NoteFile]:
        return {file.where.path: file for file in self.collection.files}


Check = Callable[[Context], Iterator[Issue]]
Fixer = Callable[[list[str], NotePath, Issue], tuple[list[str], str] | None]
"""Lines of a file, its path and an issue -> the lines without it and what was done; None where nothing is sure."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    bad, good: a line that breaks the rule and one that keeps it, for the documentation
    check:     None where reading, comparing or indexing notes finds its issues
    """

    code: str
    name: str
    level: Level
    summary: str
    bad: str
    good: str
    check: Check | None = None
    fix: Fixer | None = None


def _found_elsewhere() -> Iterator[Rule]:
    """Yield the rules whose issues are found where notes are read, joined, indexed or compared."""
    for entry in yaml.load(files("ingest.lint").joinpath("found_elsewhere.yaml").read_text("utf-8"), PlainLoader):
        code, name, level, _, summary, bad, good = entry.values()
        yield Rule(code, name, Level(level), summary, bad, good)


REGISTERED: Final[dict[str, Rule]] = {rule.code: rule for rule in _found_elsewhere()}
"""Code -> rule, in the order of registration."""


def rule(code: str, level: Level, *, bad: str, good: str) -> Callable[[Check], Check]:
    """Register a check as a rule. The check's name is the rule's, and its docstring the summary."""

    def register(check: Check) -> Check:
        assert code not in REGISTERED, f"{code} is registered twice"
        name, summary = check.__name__.replace("_", "-"), " ".join((check.__doc__ or "").split())
        REGISTERED[code] = Rule(code, name, level, summary, bad, good, check)
        return check

    return register


def fixes(*codes: str) -> Callable[[Fixer], Fixer]:
    """Register what fixes the issues of rules that are registered above it."""

    def register(fix: Fixer) -> Fixer:
        REGISTERED.update({code: replace(REGISTERED[code], fix=fix) for code in codes})
        return fix

    return register


def check(
    collection: Collection, taxonomy: Taxonomy, today: str, note_ids: Set[str] | None = None
) -> tuple[Issue, ...]:
    """Return all issues in the order of files and lines, each with its rule's level; of very many alike, the first.

    note_ids: report on the files of these notes only. Of the others only those are looked at that they name or that
              name them.
    """
    if note_ids is not None:
        return _check_some(collection, taxonomy, today, note_ids)
    context = Context(collection, taxonomy, today)
    found = [replace(issue, level=REGISTERED[issue.code].level) for issue in collection.issues]
    for rule in REGISTERED.values():
        if rule.check:
            found += [replace(issue, code=rule.code, level=rule.level) for issue in rule.check(context)]
    return few(found)


def _check_some(collection: Collection, taxonomy: Taxonomy, today: str, note_ids: Set[str]) -> tuple[Issue, ...]:
    near = {note.id for note in collection.notes if note.id in note_ids or not note_ids.isdisjoint(note.named)}
    near |= {other for note in collection.notes if note.id in note_ids for other in note.named}
    around = replace(
        collection,
        notes=tuple(note for note in collection.notes if note.id in near),
        files=tuple(file for file in collection.files if file.where.id in near),
    )
    reported = {file.where.path for file in collection.files if file.where.id in note_ids}
    reported |= {issue.path for issue in collection.issues}
    return tuple(issue for issue in check(around, taxonomy, today) if issue.path in reported)


def errors(issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """Return the issues that keep a collection from being indexed."""
    return tuple(issue for issue in issues if issue.level is Level.ERROR)


@dataclass(frozen=True)
class Fix:
    """A fix that was made, of which issue."""

    issue: Issue
    done: str

    def __str__(self) -> str:
        return f"{self.issue.path}:{self.issue.line}: fixed {self.issue.code} {self.done}"


def fixed(text: str, where: NotePath, issues: Iterable[Issue]) -> tuple[str, list[Fix]]:
    """Return a note's text after the fixes of its issues, and these fixes, from the last line to the first.

    A fix after which the file could not be read is not made.
    """
    made: list[Fix] = []
    for issue in sorted(issues, reverse=True):
        fix = REGISTERED[issue.code].fix
        found = fix(text.split("\n"), where, issue) if fix else None
        after = "\n".join(found[0]) if found else text
        if found and after != text and isinstance(note_file(after.encode(), where), NoteFile):
            text = after
            made.append(Fix(issue, found[1]))
    return text, made


def documentation() -> str:
    """Return the rules as a Markdown page, `docs/lint.md`."""
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
            for code, rule in sorted(REGISTERED.items())
            if code.startswith(start)
        ]
    return "\n".join(parts)


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"
