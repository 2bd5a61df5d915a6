"""`kb lint` and `kb fmt`: what is wrong with notes, also in the forms that other tools read; and their layout."""

import gc
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from difflib import unified_diff
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import typer

from api.cli.console import err, failures, issue_line, out, progress, say
from api.locales.lint_words import forms
from ingest.authoring.history import change
from ingest.authoring.rewrite import fix_files, layout, write_all
from ingest.lint import RULES, check, errors
from kb.collection import Collection
from kb.content.reader import read_collection, read_taxonomy
from kb.errors import QueryError
from kb.issue import Issue, Level, printable_path
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.said import in_words, said
from kb.settings import Settings, load_settings
from kb.text.languages import Language

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_FORM: Final = "Notes are files `<id>/<fr, nl or en>.md`."
_ROUNDS: Final = 5
"""How often slips are put right at most: a field that is named rightly may hold a wrong word."""

_SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


Format = Literal["text", "json", "github", "gitlab", "sarif"]
"""How `kb lint` prints issues."""


def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Only report on these files or folders.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print problems.")] = "text",
    list_rules: Annotated[bool, typer.Option("--list", help="List the rules and stop.")] = False,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only stale translations, each with what has changed in the original.")
    ] = False,
    similar: Annotated[
        bool, typer.Option("--similar", help="Also look for notes that say nearly the same. Needs the encoder.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Put right first what is sure: names, words of vocabularies, days, marks.")
    ] = False,
    language: Annotated[
        Language | None, typer.Option(help="Language of what is told; else KB_LANGUAGE, else that of the terminal.")
    ] = None,
) -> None:
    """Check the notes: fields, vocabulary, language, links, sources, translations."""
    with failures(), ExitStack() as afterwards:
        gc.disable()  # looking for garbage in what is read takes a tenth of the time
        afterwards.callback(gc.enable)
        if list_rules:
            for rule in RULES:
                out.print(f"{rule.code} {rule.name} ({rule.level}): {rule.summary}", markup=False, soft_wrap=True)
            return
        if stale and form != "text":
            raise QueryError("What has changed is shown as text.", field="format", remedy="Leave out `--format`.")
        settings = load_settings()
        words = forms(language or settings.author_language)
        roots = settings.content_dirs
        chosen = ChosenPaths(paths or (), roots)
        taxonomy = read_taxonomy(roots)

        def checked() -> tuple[Collection, tuple[Issue, ...]]:
            collection = read_collection(roots)
            issues = check(collection, taxonomy, date.today().isoformat())
            sources = (path for path, _ in (collection.extracts or {}).values())
            files = (file.where.path for file in collection.files)
            contacts = (entry.path for entry in collection.contacts.values())
            chosen.refuse_empty([*(issue.path for issue in issues), *files, *sources, *contacts])
            return collection, tuple(issue for issue in issues if Path(issue.path) in chosen)

        collection, issues = checked()
        for _ in range(_ROUNDS if fix else 0):
            fixed = False
            for made in fix_files(roots, issues):
                fixed = True
                say(in_words(made, words))
            if not fixed:
                break
            collection, issues = checked()
        if similar:
            near = _similar(settings, collection, taxonomy)
            issues = tuple(sorted([*issues, *(issue for issue in near if Path(issue.path) in chosen)]))
        if stale:
            _show_stale(collection, {issue.path: issue for issue in issues if issue.code == "KB305"}, words)
            return
        _show(issues, collection.to_index(settings.drafts), form, words)
        drafts = [file.where.path for file in collection.files if collection.is_draft(file.where.path)]
        drafts = [path for path in drafts if Path(path) in chosen]
        if drafts and not settings.drafts:
            say(in_words(said("Not indexed, because it is a draft: {files}.", files=", ".join(drafts)), words))
        if errors(issues):
            raise typer.Exit(1)


def _show(issues: Sequence[Issue], collection: Collection, form: Format, words: Mapping[str, str]) -> None:
    """Print issues in a form, and how many there are where people read it. words: of the author's language"""
    wrong = len(errors(issues))
    odd = len(issues) - wrong
    issues = [issue.with_words(words) for issue in issues] if form != "text" else issues
    if form not in ("text", "github"):
        report: Any = [asdict(issue) for issue in issues]
        if form != "json":
            report = _gitlab(issues) if form == "gitlab" else _sarif(issues)
        print(json.dumps(report, ensure_ascii=False))
        return
    for issue in issues:
        print(issue_line(issue, words) if form == "text" else _github(issue))
    counts = {
        "errors": said("{number} error" if wrong == 1 else "{number} errors", number=wrong),
        "warnings": said("{number} warning" if odd == 1 else "{number} warnings", number=odd),
    }
    say(in_words(said("{errors}, {warnings}.", **counts), words))
    if unread := len({issue.path for issue in issues} & {issue.path for issue in collection.issues}):
        more = said("More may be found in {number} of the files, once they can be read as notes.", number=unread)
        say(in_words(more, words))


def _github(issue: Issue) -> str:
    file = re.sub("[%:,]", lambda found: quote(found[0]), issue.path)  # line breaks an issue has none
    message = _message(issue).replace("%", "%25")
    return f"::{issue.level} file={file},line={issue.line},col={issue.column},title={issue.code}::{message}"


def _gitlab(issues: Sequence[Issue]) -> list[dict[str, Any]]:
    """Return a report on code quality (https://docs.gitlab.com/ci/testing/code_quality/).

    A fingerprint holds no line, so that an issue is not a new one when lines above it come or go.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    report = []
    for issue in issues:
        key = (issue.path, issue.code, _message(issue))
        counts[key] += 1
        fingerprint = hashlib.sha256("\0".join((*key, str(counts[key]))).encode()).hexdigest()
        found = {"description": _message(issue), "check_name": issue.code, "fingerprint": fingerprint}
        found["severity"] = "major" if issue.level is Level.ERROR else "minor"
        report.append({**found, "location": {"path": issue.path, "lines": {"begin": issue.line}}})
    return report


def _sarif(issues: Sequence[Issue]) -> dict[str, Any]:
    """Return one run of SARIF, with the rules that were looked at."""
    driver = {
        "name": "kb lint",
        "version": version("benelux-practice-base"),
        "rules": [
            {
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.summary},
                "help": {"text": f"Bad: {rule.bad}\nGood: {rule.good}"},
                "defaultConfiguration": {"level": rule.level.value},
            }
            for rule in RULES
        ],
    }
    places = {rule.code: place for place, rule in enumerate(RULES)}
    results = []
    for issue in issues:
        region = {"startLine": issue.line, "startColumn": issue.column}
        location = {"physicalLocation": {"artifactLocation": {"uri": quote(issue.path)}, "region": region}}
        found = {"ruleId": issue.code, "ruleIndex": places[issue.code], "level": issue.level.value}
        results.append({**found, "message": {"text": _message(issue)}, "locations": [location]})
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _message(issue: Issue) -> str:
    return f"{issue.message} {issue.remedy}".strip()


def _similar(settings: Settings, collection: Collection, taxonomy: Taxonomy) -> Sequence[Issue]:
    from api.compose import encoder
    from ingest.indexing.similar import near_duplicates
    from kb.encoder.vector_cache import cache_path

    model = encoder(settings, say)
    with progress() as step:
        return near_duplicates(collection.notes, taxonomy, model, cache_path(settings.data_dir), step)


def _show_stale(collection: Collection, issues: Mapping[str, Issue], words: Mapping[str, str]) -> None:
    """Show stale translations, by path, with what their originals say now that they do not render."""
    for note in collection.notes:
        for language in note.versions:
            if issue := issues.get(note.versions[language].path):
                print(issue_line(issue, words), *change(note, language), sep="\n")
    count = "{number} stale translation." if len(issues) == 1 else "{number} stale translations."
    say(in_words(said(count, number=len(issues)), words))


def fmt(
    paths: Annotated[list[Path] | None, typer.Argument(help="Only these files or folders.")] = None,
    check_only: Annotated[bool, typer.Option("--check", help="Write nothing: name files that would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing: show what would change.")] = False,
) -> None:
    """Lay notes out: order of fields, line ends, blanks, empty lines. Words and values stay as they are."""
    with failures():
        roots = load_settings().content_dirs
        chosen = ChosenPaths(paths or (), roots)
        files, issues = layout(roots, chosen.__contains__)
        if not files and not issues:
            raise QueryError("There is no note.", field="paths", remedy=_FORM)
        changed = [file for file in files if file.before != file.after]
        kept = [*map(issue_line, issues), *(f"{file.where.path}: {file.blocked}" for file in files if file.blocked)]
        for file in changed if diff or check_only else write_all(changed):
            if diff:
                before, after = (_LINE.findall(text.decode("utf-8")) for text in (file.before, file.after))
                for line in unified_diff(before, after, file.where.path, file.where.path):
                    print(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n", end="")
            else:
                print(file.where.path if check_only else f"{file.where.path}: laid out")
        for line in kept:
            say(f"{line} The file was left as it is.")
        would = "would be " * (diff or check_only)
        err.print(f"{len(changed)} of {len(files)} file{'s' * (len(files) != 1)} {would}laid out anew.")
        if kept or (changed and would):
            raise typer.Exit(1)


class ChosenPaths:
    """The files and folders that somebody names, and whatever lies below these; everything, where nothing is named.

    With a note goes what its sources say, `sources/<id>.yaml` of the same content folder.
    """

    def __init__(self, paths: Sequence[Path], roots: Sequence[Path]) -> None:
        """Raise QueryError for a path that does not exist or lies in none of the content folders."""
        for path in paths:
            if not path.exists():
                remedy = "Name a file or a folder, not the id of a note."
                raise QueryError(f"`{path}` does not exist.", field="paths", remedy=remedy)
            if not any(path.resolve().is_relative_to(root.resolve()) for root in roots):
                message = f"`{path}` lies in none of the content folders ({', '.join(map(str, roots))})."
                remedy = "Run it where the content lies, or set KB_CONTENT_DIRS."
                raise QueryError(message, field="paths", remedy=remedy)
        self._paths = tuple(paths)
        self._names = {name for path in paths for name in _names(path)}

    def __contains__(self, path: Path) -> bool:
        """Return whether a file is chosen. Its path may be that of an issue (`kb.issue.printable_path`)."""
        notes: set[Path] = set()  # the folders of the notes whose sources it is about
        if path.parent.name == "sources":
            notes = {name for kind in Kind for name in _names(path.parent.parent / kind.folder / path.stem)}
        return not self._paths or any(
            name.is_relative_to(chosen) or (name in notes and chosen.is_relative_to(name))
            for name in (*_names(path), *notes)
            for chosen in self._names
        )

    def refuse_empty(self, read: Iterable[str]) -> None:
        """Raise QueryError for a path that none of the files that were read lies below. read: their paths."""
        names = {name for path in read for name in _names(Path(path))} if self._paths else set()
        for path in self._paths:
            if not any(name.is_relative_to(folder) for folder in _names(path) for name in names):
                raise QueryError(f"`{path}` holds no note.", field="paths", remedy=_FORM)


def _names(path: Path) -> set[Path]:
    """Return a path as it is typed and as links lead, both as issues name it."""
    return {Path(printable_path(str(named))) for named in (path.absolute(), path.resolve())}
