"""`kb lint` and `kb fmt`: what is wrong with notes, and their layout."""

import gc
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from difflib import unified_diff
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli import terminal
from api.cli.chosen_paths import ChosenPaths
from api.cli.console import err, failures, out, say
from kb.errors import QueryError
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from ingest.authoring.rewrite import Rewriting
    from kb.collection import Collection
    from kb.issue import Problem
    from kb.notes.taxonomy import Taxonomy

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_ROUNDS: Final = 5
"""How often slips are put right at most: a field that is named rightly may hold a wrong word."""


class Format(StrEnum):
    """How `kb lint` prints problems."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"


def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Only report on these files or folders.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print problems.")] = Format.TEXT,
    list_rules: Annotated[bool, typer.Option("--list", help="List the rules and stop.")] = False,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only stale translations, each with what has changed in the original.")
    ] = False,
    similar: Annotated[
        bool, typer.Option("--similar", help="Also look for notes that say nearly the same. Needs the encoder.")
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Put slips right first: names of fields and words of vocabularies, tabs.")
    ] = False,
) -> None:
    """Check the notes: fields, vocabulary, language, links, sources, translations."""
    with failures(), _keeping():
        from ingest.authoring.rewrite import mend
        from ingest.lint import RULES, check, errors
        from kb.collection import Collection
        from kb.content.reader import read_collection, read_taxonomy
        from kb.issue import Problem

        if list_rules:
            for rule in RULES:
                out.print(f"{rule.code} {rule.name} ({rule.level}): {rule.summary}", markup=False, soft_wrap=True)
            return
        if stale and form is not Format.TEXT:
            raise QueryError("What has changed is shown as text.", field="format", remedy="Leave out `--format`.")
        settings = load_settings()
        roots = settings.content_dirs
        chosen = ChosenPaths(paths or (), roots)
        taxonomy = read_taxonomy(roots)

        def found() -> tuple[Collection, tuple[Problem, ...]]:
            collection = read_collection(roots)
            problems = check(collection, taxonomy, date.today().isoformat())
            sources = (path for path, _ in (collection.extracts or {}).values())
            files = (one.where.shown for one in collection.files)
            chosen.refuse_empty([*(one.path for one in problems), *files, *sources])
            return collection, tuple(one for one in problems if Path(one.path) in chosen)

        collection, problems = found()
        for _ in range(_ROUNDS if fix else 0):
            made = False
            for one in mend(roots, problems):
                made = True
                say(str(one))
            if not made:
                break
            collection, problems = found()
        if similar:
            near = _similar(settings, collection, taxonomy)
            problems = tuple(sorted([*problems, *(one for one in near if Path(one.path) in chosen)]))
        if stale:
            _show_stale(collection, {problem.path: problem for problem in problems if problem.code == "KB305"})
            return
        _show(problems, collection, form)
        if errors(problems):
            raise typer.Exit(1)


@contextmanager
def _keeping() -> Iterator[None]:
    """What is read is kept to the end: looking for garbage in it takes a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _show(problems: Sequence["Problem"], collection: "Collection", form: Format) -> None:
    from api.cli import lint_formats
    from ingest.lint import RULES, errors

    if form is Format.JSON:
        print(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False))
    elif form is Format.GITLAB:
        print(json.dumps(lint_formats.gitlab(problems), ensure_ascii=False))
    elif form is Format.SARIF:
        print(json.dumps(lint_formats.sarif(problems, RULES), ensure_ascii=False))
    else:
        for problem in problems:
            print(lint_formats.github(problem) if form is Format.GITHUB else terminal.line(problem))
        wrong = len(errors(problems))
        odd = len(problems) - wrong
        err.print(f"{wrong} error{'s' * (wrong != 1)}, {odd} warning{'s' * (odd != 1)}.")
        if unread := len({problem.path for problem in problems} & {one.path for one in collection.problems}):
            err.print(f"More may be found in {unread} of the files, once they can be read as notes.")


def _similar(settings: Settings, collection: "Collection", taxonomy: "Taxonomy") -> Sequence["Problem"]:
    """The problems of notes that say nearly the same."""
    from api.compose import encoder
    from ingest.indexing.index import cache_path
    from ingest.indexing.similar import near_duplicates

    model = encoder(settings, say)
    with terminal.progress(err) as step:
        return near_duplicates(collection.notes, taxonomy, model, cache_path(settings.data_dir), step)


def _show_stale(collection: "Collection", problems: Mapping[str, "Problem"]) -> None:
    """Show stale translations, by path, with what their originals say now that they do not render."""
    from ingest.authoring.history import change

    for note in collection.notes:
        for language, version in note.versions.items():
            if (problem := problems.get(version.path)) is None:
                continue
            print(terminal.line(problem))
            found = change(note, language)
            told = f"Changed since: {', '.join(found.parts)}."
            print(f"What has changed cannot be told: {found.unknown}." if found.unknown else told)
            print("".join(f"{line}\n" for line in found.diff), end="")
    err.print(f"{len(problems)} stale translation{'s' * (len(problems) != 1)}.")


def fmt(
    paths: Annotated[list[Path] | None, typer.Argument(help="Only these files or folders.")] = None,
    check_only: Annotated[bool, typer.Option("--check", help="Write nothing: name files that would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing: show what would change.")] = False,
) -> None:
    """Lay notes out: order of fields, line ends, blanks, empty lines. Words and values stay as they are."""
    with failures():
        from ingest.authoring.rewrite import layout, write_all

        roots = load_settings().content_dirs
        chosen = ChosenPaths(paths or (), roots)
        files, problems = layout(roots, chosen.__contains__)
        if not files and not problems:
            raise QueryError("There is no note.", field="paths", remedy="Notes are files `<id>/<fr, nl or en>.md`.")
        changed = [one for one in files if one.changes]
        held = [one for one in files if one.held]
        for one in changed if diff or check_only else write_all(changed):
            if diff:
                print("".join(_diff(one)), end="")
            else:
                print(one.where.shown if check_only else f"{one.where.shown}: laid out")
        for problem in problems:
            say(f"{terminal.line(problem)} The file was left as it is.")
        for one in held:
            say(f"{one.where.shown}: {one.held} The file was left as it is.")
        would = "would be " * (diff or check_only)
        err.print(f"{len(changed)} of {len(files)} file{'s' * (len(files) != 1)} {would}laid out anew.")
        if problems or held or (changed and would):
            raise typer.Exit(1)


def _diff(one: "Rewriting") -> Iterable[str]:
    before, after = (_LINE.findall(text.decode("utf-8")) for text in (one.before, one.after))
    for line in unified_diff(before, after, one.where.shown, one.where.shown):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
