"""`kb new`, `kb translate` and `kb lint`: what authors begin with, and what is wrong with what they wrote."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.console import err, failures, out, say
from kb.errors import QueryError
from kb.field_words import field_words
from kb.front_matter import SLUG
from kb.languages import Language
from kb.note import Kind
from kb.problem import did_you_mean
from kb.settings import load_settings

if TYPE_CHECKING:
    from kb.content import Collection
    from kb.problem import Problem
    from kb.taxonomy import Scheme, Taxonomy


class Format(StrEnum):
    """How `kb lint` prints problems."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def new(
    kind: Annotated[Kind, typer.Argument(help="`practice`, or `strategy` for a document.")],
    note_id: Annotated[str, typer.Argument(metavar="ID", help="Small letters, digits and hyphens: `be-baps`.")],
    lang: Annotated[Language, typer.Option(help="Language you write in.")],
    title: Annotated[str | None, typer.Option(help="Asked for where it is not given, as the next ones.")] = None,
    country: Annotated[list[str] | None, typer.Option(help="Where it holds. Repeatable.")] = None,
    crime_type: Annotated[list[str] | None, typer.Option(help="Crime it is about. Repeatable.")] = None,
    phase: Annotated[list[str] | None, typer.Option(help="What it does. Repeatable.")] = None,
) -> None:
    """Begin a note: a file with all fields, what belongs into each, and the fixed headings."""
    with failures():
        from ingest.authoring.skeleton import skeleton
        from kb.content import read_collection, read_taxonomy

        roots = load_settings().content_dirs
        if not SLUG.fullmatch(note_id):
            raise QueryError(
                f"`{note_id[:60]}` is no id.", field="id",
                remedy="Write small letters without accents, digits and single hyphens, beginning with the country: "
                "`be-baps`.",
            )  # fmt: skip
        taxonomy = read_taxonomy(roots)
        taken = {one for _, one in read_collection(roots).ids}
        if note_id in taken:
            raise QueryError(
                f"There is a note `{note_id}` already.", field="id",
                remedy=f"Choose another id; to write it in another language: `kb translate {note_id} --to {lang}`.",
            )  # fmt: skip
        beginnings = {code.lower() for code in taxonomy.countries} | {one.partition("-")[0] for one in taken}
        if note_id.partition("-")[0] not in beginnings:
            raise QueryError(
                f"`{note_id[:60]}` does not begin with a country or area.", field="id", allowed=sorted(beginnings),
                remedy="Ids stay for ever: begin with where the note holds, as `be-baps`.",
            )  # fmt: skip
        given = {"title": title, "countries": country, "crime_types": crime_type, "phases": phase}
        known = {name: value for name, value in _asked(given, lang, taxonomy).items() if value}
        _write(roots[0] / kind.folder / note_id / f"{lang}.md", skeleton(kind, lang, known, taxonomy, date.today()))


def translate(
    note_id: Annotated[str, typer.Argument(metavar="ID", help="The note, e.g. `be-baps`.")],
    to: Annotated[Language, typer.Option(help="Language to translate into.")],
) -> None:
    """Begin a translation: a file with its fields, and the original's text to write over."""
    with failures():
        from ingest.authoring.translation import translation
        from kb.content import read_collection

        roots = load_settings().content_dirs
        collection = read_collection(roots)
        notes = {note.id: note for note in collection.notes}
        folders = [root / kind.folder / note_id for root in roots for kind, one in collection.ids if one == note_id]
        for folder in folders:
            _refuse_existing(folder / f"{to}.md")
        note = notes.get(note_id)
        if note is None:
            remedy = did_you_mean(note_id, {one for _, one in collection.ids}, list_all=False)
            raise QueryError(
                f"The note `{note_id[:60]}` has errors." if folders else f"There is no note `{note_id[:60]}`.",
                field="id", remedy=f"See `kb lint {folders[0]}`." if folders else remedy,
            )  # fmt: skip
        _write(Path(note.original_version.path).with_name(f"{to}.md"), translation(note, to))


def lint(
    paths: Annotated[list[Path] | None, typer.Argument(help="Only report on these files or folders.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print problems.")] = Format.TEXT,
    list_rules: Annotated[bool, typer.Option("--list", help="List the rules and stop.")] = False,
) -> None:
    """Check the notes: fields, vocabulary, language, links, sources, translations."""
    with failures():
        from api import lint_formats
        from ingest.lint import check, errors
        from ingest.rules import RULES
        from kb.content import read_collection, read_taxonomy

        if list_rules:
            for rule in RULES:
                out.print(f"{rule.code} {rule.name} ({rule.level}): {rule.summary}", markup=False, soft_wrap=True)
            return
        roots = load_settings().content_dirs
        _refuse_foreign(paths or (), roots)
        collection = read_collection(roots)
        problems = check(collection, read_taxonomy(roots), RULES, date.today().isoformat())
        if paths:
            problems = _below([path.resolve() for path in paths], collection, problems)
        if form is Format.JSON:
            print(json.dumps([asdict(problem) for problem in problems], ensure_ascii=False))
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
        if errors(problems):
            raise typer.Exit(1)


def _refuse_foreign(paths: Iterable[Path], roots: Sequence[Path]) -> None:
    """Raises QueryError for a path that does not exist or lies outside of the content folders."""
    for path in paths:
        if not path.exists():
            raise QueryError(
                f"`{path}` does not exist.", field="paths", remedy="Name a file or a folder, not the id of a note."
            )
        if not any(path.resolve().is_relative_to(root.resolve()) for root in roots):
            raise QueryError(
                f"`{path}` lies in none of the content folders ({', '.join(map(str, roots))}).",
                field="paths",
                remedy="Set KB_CONTENT_DIRS.",
            )


def _below(folders: Sequence[Path], collection: "Collection", problems: Sequence["Problem"]) -> tuple["Problem", ...]:
    """The problems of files below these folders. Raises QueryError for one that nothing was read below."""
    placed = [(Path(problem.path).resolve(), problem) for problem in problems]
    read = {*(path for path, _ in placed), *(Path(file.where.shown).resolve() for file in collection.files)}
    for folder in folders:
        if not any(path.is_relative_to(folder) for path in read):
            raise QueryError(
                f"`{folder}` holds no note.", field="paths", remedy="Notes are files `<id>/<fr, nl or en>.md`."
            )
    return tuple(problem for path, problem in placed if any(path.is_relative_to(folder) for folder in folders))


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise QueryError(f"`{path}` exists.", remedy="Nothing was written: remove it first, or go on writing in it.")


def _write(path: Path, text: str) -> None:
    """Write a file that is not there yet, and say where."""
    _refuse_existing(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    say(f"Fill it in, then run `kb lint {path.parent}`:")
    print(path)


def _asked(given: Mapping[str, Any], language: Language, taxonomy: "Taxonomy") -> dict[str, Any]:
    """What is given, and what is asked for in a terminal. Raises QueryError for what is no word of a vocabulary."""
    found = dict(given)
    for name, value in given.items():
        scheme: Scheme | None = getattr(taxonomy, name, None)
        if value and scheme is not None:
            found[name] = _words(name, ",".join(value), scheme)
        elif not value and sys.stdin.isatty():
            found[name] = _prompt(name, language, scheme)
    return found


def _prompt(name: str, language: Language, scheme: "Scheme | None") -> Any:
    words = field_words()[name][language]
    err.print(f"\n{words.label}: {words.meaning}", markup=False)
    if scheme is None:
        return typer.prompt(words.label, default="", show_default=False, err=True).strip() or None
    for one, concept in scheme.items():
        err.print(f"  {one:<22}{concept.label(language)}", markup=False)
    while True:
        chosen = typer.prompt(words.label, default="", show_default=False, err=True)
        try:
            return _words(name, chosen, scheme)
        except QueryError as error:
            say(str(error))


def _words(field: str, text: str, scheme: "Scheme") -> list[str]:
    """The words of a vocabulary in a text, as the vocabulary writes them. Raises QueryError for one that it lacks."""
    known = {one.casefold(): one for one in scheme}
    found = text.replace(",", " ").split()
    for word in found:
        if word.casefold() not in known:
            raise QueryError(
                f"`{word[:60]}` is not in the vocabulary {scheme.name}.", field=field, allowed=tuple(scheme),
                remedy=did_you_mean(word, scheme, list_all=False),
            )  # fmt: skip
    return list(dict.fromkeys(known[word.casefold()] for word in found))
