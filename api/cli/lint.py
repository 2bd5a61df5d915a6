"""`kb lint` and `kb fmt`: what is wrong with notes, and their layout."""

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Final

import typer

from api.cli.console import err, failures, issue_line, out, progress, say
from api.cli.lint_formats import Format, formatted
from ingest.authoring.history import change
from ingest.authoring.rewrite import Rewriting, fix_files, layout, write_all
from ingest.lint import RULES, check, errors
from kb.collection import Collection
from kb.content.reader import read_collection, read_taxonomy
from kb.errors import QueryError
from kb.issue import Issue, printable_path
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.settings import Settings, load_settings

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_ROUNDS: Final = 5
"""How often slips are put right at most: a field that is named rightly may hold a wrong word."""


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

        def checked() -> tuple[Collection, tuple[Issue, ...]]:
            collection = read_collection(roots)
            issues = check(collection, taxonomy, date.today().isoformat())
            sources = (path for path, _ in (collection.extracts or {}).values())
            files = (file.where.path for file in collection.files)
            chosen.refuse_empty([*(issue.path for issue in issues), *files, *sources])
            return collection, tuple(issue for issue in issues if Path(issue.path) in chosen)

        collection, issues = checked()
        for _ in range(_ROUNDS if fix else 0):
            fixed = False
            for made in fix_files(roots, issues):
                fixed = True
                say(str(made))
            if not fixed:
                break
            collection, issues = checked()
        if similar:
            near = _similar(settings, collection, taxonomy)
            issues = tuple(sorted([*issues, *(issue for issue in near if Path(issue.path) in chosen)]))
        if stale:
            _show_stale(collection, {issue.path: issue for issue in issues if issue.code == "KB305"})
            return
        _show(issues, collection, form)
        if errors(issues):
            raise typer.Exit(1)


@contextmanager
def _keeping() -> Iterator[None]:
    """Keep what is read to the end: looking for garbage in it takes a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _show(issues: Sequence[Issue], collection: Collection, form: Format) -> None:
    for line in formatted(issues, RULES, form):
        print(line)
    if form in (Format.TEXT, Format.GITHUB):
        wrong = len(errors(issues))
        odd = len(issues) - wrong
        err.print(f"{wrong} error{'s' * (wrong != 1)}, {odd} warning{'s' * (odd != 1)}.")
        if unread := len({issue.path for issue in issues} & {issue.path for issue in collection.issues}):
            err.print(f"More may be found in {unread} of the files, once they can be read as notes.")


def _similar(settings: Settings, collection: Collection, taxonomy: Taxonomy) -> Sequence[Issue]:
    """Return the issues of notes that say nearly the same."""
    from api.compose import encoder
    from ingest.indexing.index import cache_path
    from ingest.indexing.similar import near_duplicates

    model = encoder(settings, say)
    with progress() as step:
        return near_duplicates(collection.notes, taxonomy, model, cache_path(settings.data_dir), step)


def _show_stale(collection: Collection, issues: Mapping[str, Issue]) -> None:
    """Show stale translations, by path, with what their originals say now that they do not render."""
    for note in collection.notes:
        for language, version in note.versions.items():
            if (issue := issues.get(version.path)) is None:
                continue
            print(issue_line(issue))
            found = change(note, language)
            changed = f"Changed since: {', '.join(found.parts)}."
            print(f"What has changed cannot be told: {found.unknown}." if found.unknown else changed)
            print("".join(f"{line}\n" for line in found.diff), end="")
    err.print(f"{len(issues)} stale translation{'s' * (len(issues) != 1)}.")


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
            raise QueryError("There is no note.", field="paths", remedy="Notes are files `<id>/<fr, nl or en>.md`.")
        changed = [file for file in files if file.changes]
        kept = [file for file in files if file.blocked]
        for file in changed if diff or check_only else write_all(changed):
            if diff:
                print("".join(_diff(file)), end="")
            else:
                print(file.where.path if check_only else f"{file.where.path}: laid out")
        for issue in issues:
            say(f"{issue_line(issue)} The file was left as it is.")
        for file in kept:
            say(f"{file.where.path}: {file.blocked} The file was left as it is.")
        would = "would be " * (diff or check_only)
        err.print(f"{len(changed)} of {len(files)} file{'s' * (len(files) != 1)} {would}laid out anew.")
        if issues or kept or (changed and would):
            raise typer.Exit(1)


def _diff(file: Rewriting) -> Iterable[str]:
    before, after = (_LINE.findall(text.decode("utf-8")) for text in (file.before, file.after))
    for line in unified_diff(before, after, file.where.path, file.where.path):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


class ChosenPaths:
    """The files and folders that somebody names, and whatever lies below these; everything, where nothing is named.

    With a note goes what its sources say, `sources/<id>.yaml` of the same content folder.
    """

    def __init__(self, paths: Sequence[Path], roots: Sequence[Path]) -> None:
        """Raise QueryError for a path that does not exist or lies outside of the content folders."""
        for path in paths:
            if not path.exists():
                raise QueryError(
                    f"`{path}` does not exist.", field="paths", remedy="Name a file or a folder, not the id of a note."
                )
            if not any(path.resolve().is_relative_to(root.resolve()) for root in roots):
                raise QueryError(
                    f"`{path}` lies in none of the content folders ({', '.join(map(str, roots))}).",
                    field="paths",
                    remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
                )
        self._paths = tuple(paths)
        self._names = {name for path in paths for name in _names(path)}

    def __contains__(self, path: Path) -> bool:
        """Return whether a file is chosen. Its path may be one of an issue (`kb.issue.printable_path`)."""
        return not self._paths or self._below(path) or any(map(self._touches, _notes(path)))

    def refuse_empty(self, read: Iterable[str]) -> None:
        """Raise QueryError for a path that none of the files that were read lies below. read: their paths."""
        names = {name for path in read for name in _names(Path(path))} if self._paths else set()
        for path in self._paths:
            if not any(name.is_relative_to(folder) for folder in _names(path) for name in names):
                raise QueryError(
                    f"`{path}` holds no note.", field="paths", remedy="Notes are files `<id>/<fr, nl or en>.md`."
                )

    def _below(self, path: Path) -> bool:
        return any(name.is_relative_to(folder) for name in _names(path) for folder in self._names)

    def _touches(self, folder: Path) -> bool:
        """Return whether a folder is chosen, or something in it."""
        return self._below(folder) or any(name.is_relative_to(path) for path in _names(folder) for name in self._names)


def _names(path: Path) -> set[Path]:
    """Return a path as it is typed and as links lead, both as issues name it."""
    return {Path(printable_path(str(named))) for named in (path.absolute(), path.resolve())}


def _notes(path: Path) -> Iterator[Path]:
    """Yield the folders of the notes that a file is about which records what sources say."""
    if path.parent.name == "sources":
        yield from (path.parent.parent / kind.folder / path.stem for kind in Kind)
