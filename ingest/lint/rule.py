"""Define what a lint rule is, and run all rules over a collection.

A rule is registered where its check stands. Needs neither model nor index, because it must be quick while an author
types.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import signature
from typing import Any, Final

from ingest.lint.personal import line, without_numbers
from ingest.lint.places import Position
from kb.collection import Collection
from kb.issue import Issue, Level, few
from kb.notes.note import LanguageVersion, Note
from kb.notes.note_file import NoteFile, NotePath, note_file
from kb.notes.plain_yaml import At, place_of, read_data
from kb.notes.taxonomy import Taxonomy
from kb.said import Said, said
from kb.text.languages import NAMES, Language

ERROR, WARNING = Level.ERROR, Level.WARNING


@dataclass(frozen=True)
class Context:
    """What a check may look at: the notes that could be read, the vocabularies, the day (`2026-11-25`).

    note_ids: of the notes that are reported on; None: all
    """

    collection: Collection
    taxonomy: Taxonomy
    today: str
    note_ids: Set[str] | None = None

    @cached_property
    def notes(self) -> Mapping[str, Note]:
        """The notes by id."""
        return {note.id: note for note in self.collection.notes}

    def reported(self) -> Iterator[Note]:
        """Yield the notes that are reported on."""
        return (note for note in self.collection.notes if self.note_ids is None or note.id in self.note_ids)

    def versions(self) -> Iterator[tuple[Note, Language, LanguageVersion]]:
        """Yield every language version of the notes that are reported on."""
        for note in self.reported():
            for language, version in note.versions.items():
                yield note, language, version

    def facts(self, note: Note) -> str | None:
        """Return the facts of a note's source extracts, a line each; None where it has no extract."""
        _, entries = (self.collection.extracts or {}).get(note.id, ("", ()))
        return "\n".join(fact for entry in entries for fact in entry.facts) if entries else None

    def front(self, version: LanguageVersion) -> Mapping[str, Any]:
        """Return the front matter of a version as plain data."""
        return self._files[version.path].parsed.front

    @cached_property
    def channels(self) -> frozenset[str]:
        """The channels of all contacts: mailboxes in lower case, of numbers the line (`ingest.lint.personal`)."""
        values = [
            channel.value or "" for entry in self.collection.contacts.values() for channel in entry.contact.channels
        ]
        return frozenset(value.casefold() if "@" in value else line(value) for value in values)

    def issue(self, rule: "Rule", found: "Found") -> Issue:
        """Return what the check of a rule has found as an issue."""
        subject, at, message, remedy = found
        subject = subject.original_version if isinstance(subject, Note) else subject
        path = subject if isinstance(subject, str) else subject.path
        place = at if isinstance(at, Position) else place_of(at, self._files[path].parsed.positions)
        return Issue(path, *place, rule.code, message, remedy, rule.level)

    @cached_property
    def _files(self) -> Mapping[str, NoteFile]:
        return {file.where.path: file for file in self.collection.files}


Found = tuple[Note | LanguageVersion | str, At | Position, str, str]
"""Where something is wrong (in a note's original, in a version, or in the file of this path), and at which field or
position in it; the message and the remedy, which may be empty.
"""
Check = Callable[..., Iterator[Found]]
"""Yields what is wrong in each `version`, in each `note`, or in all that `context` has: as its parameters are named."""
Fixer = Callable[[list[str], NotePath, Issue], str | None]
"""Takes an issue out of the lines of a file and returns what was done; leaves them where nothing is sure."""


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


REGISTERED: Final[dict[str, Rule]] = {}
"""Code -> rule, in the order of registration."""
for _entry in read_data("found_elsewhere.yaml", "ingest.lint"):
    REGISTERED[_entry["code"]] = Rule(**{**_entry, "level": Level(_entry["level"])})


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

    note_ids: report on the files of these notes, and of contacts, only. Of the other notes only those are looked at
              that they name or that name them.
    """
    reported = {file.where.path for file in collection.files if file.where.id in (note_ids or ())}
    reported |= {path for note_id, (path, _) in (collection.extracts or {}).items() if note_id in (note_ids or ())}
    reported |= {issue.path for issue in collection.issues}
    reported |= {entry.path for entry in collection.contacts.values()}
    if note_ids is not None:
        near = {note.id for note in collection.notes if note.id in note_ids or not note_ids.isdisjoint(note.named)}
        near |= {other for note in collection.notes if note.id in note_ids for other in note.named}
        collection = replace(collection, notes=tuple(note for note in collection.notes if note.id in near))
    context = Context(collection, taxonomy, today, note_ids)
    notes = [{"context": context, "note": note} for note in context.reported()]
    versions = [{"context": context, "note": note, "version": version} for note, _, version in context.versions()]
    found = [replace(issue, level=REGISTERED[issue.code].level) for issue in collection.issues]
    for rule in REGISTERED.values():
        if rule.check is None:
            continue
        names = signature(rule.check).parameters
        subjects = versions if "version" in names else notes if "note" in names else [{"context": context}]
        for subject in subjects:
            arguments = {name: subject[name] for name in names}
            found += [context.issue(rule, each) for each in rule.check(**arguments)]
    kept = (issue for issue in few(found) if note_ids is None or issue.path in reported)
    return tuple(replace(issue, message=_discreet(issue.message)) for issue in kept)


def _discreet(text: str) -> str:
    """Return a sentence without the numbers of persons that it repeats."""
    if not isinstance(text, Said):
        return without_numbers(text)
    values = {name: _discreet(value) if isinstance(value, str) else value for name, value in text.values.items()}
    return said(text.form, **values)


def named(language: Language) -> Said:
    """Return the name of a language, as each language calls it."""
    return said(NAMES[language][Language.EN])


def errors(issues: Sequence[Issue]) -> tuple[Issue, ...]:
    """Return the issues that keep notes from being indexed as they are."""
    return tuple(issue for issue in issues if issue.level is Level.ERROR)


def fixed(text: str, where: NotePath, issues: Iterable[Issue]) -> tuple[str, list[str]]:
    """Return a note's text after the fixes of its issues, and these fixes as messages, from the last line to the first.

    A fix after which the file could not be read is not made, unless it was for this that it could not.
    """
    made: list[str] = []
    for issue in sorted(issues, reverse=True):
        fix = REGISTERED[issue.code].fix
        lines = text.split("\n")
        done = fix(lines, where, issue) if fix else None
        after = "\n".join(lines)
        read = note_file(after.encode(), where)
        if done and after != text and (isinstance(read, NoteFile) or (issue.code == "KB120" and read.code != "KB120")):
            text = after
            fixed = {"path": issue.path, "line": issue.line, "code": issue.code, "done": done}
            made.append(said("{path}:{line}: fixed {code} {done}", **fixed))
    return text, made


def documentation() -> str:
    """Return the rules as a Markdown page, `docs/lint.md`."""
    parts = [
        "# Lint rules\n\nGenerated from `RULES` in `ingest/lint/`. `kb lint` checks all of them; an **error**"
        "\nkeeps its note from being indexed as it is, a **warning** does not. Codes are stable.\n"
    ]

    def as_code(text: str) -> str:
        return f"`` {text} ``" if "`" in text else f"`{text}`"

    titles = ("Front matter and files", "Body", "Across files and notes", "Care for facts, persons and words")
    for place, title in enumerate(titles, 1):
        parts.append(f"## {title}\n")
        parts += [
            f"### {rule.code} {rule.name} ({rule.level})\n\n{rule.summary}\n\n"
            f"- Bad: {as_code(rule.bad)}\n- Good: {as_code(rule.good)}\n"
            for code, rule in sorted(REGISTERED.items())
            if code.startswith(f"KB{place}")
        ]
    return "\n".join(parts)
