"""`kb new`, `kb translate` and `kb import`: what authors begin with."""

import errno
import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from api.cli.console import err, failures, progress, say
from api.locales.lint_words import forms
from ingest.authoring.drafts import skeleton, translation
from kb.content.reader import read_collection, read_taxonomy
from kb.errors import DocumentError, QueryError, SettingsError
from kb.files import write_file
from kb.issue import did_you_mean
from kb.notes.field_words import field_words
from kb.notes.front_matter import SLUG
from kb.notes.meant import meant_concept, not_in_vocabulary
from kb.notes.note import Kind
from kb.notes.note_file import MAX_NOTE_BYTES
from kb.notes.taxonomy import Scheme, Taxonomy
from kb.said import in_words, said
from kb.settings import load_settings
from kb.text.folding import slug
from kb.text.languages import COLON, Language

_HOW: Final = {
    Language.FR: "plusieurs : séparez-les par des virgules ; Entrée : plus tard",
    Language.NL: "meer dan één: scheid ze met komma's; Enter: later",
    Language.EN: "several: put commas between them; Enter: later",
}
_ID_LENGTH: Final = 40
"""Letters of an id that is made of a title, about."""


def new(
    kind: Annotated[Kind, typer.Argument(help="`practice`, `strategy` (a document), `power` or `playbook`.")],
    note_id: Annotated[str, typer.Argument(metavar="ID", help="Small letters, digits and hyphens: `be-baps`.")],
    lang: Annotated[Language, typer.Option(help="Language you write in.")],
    title: Annotated[str | None, typer.Option(help="Asked for where it is not given, as the next ones.")] = None,
    country: Annotated[list[str] | None, typer.Option(help="Where it holds. Repeatable.")] = None,
    crime_type: Annotated[list[str] | None, typer.Option(help="Crime it is about. Repeatable.")] = None,
    phase: Annotated[list[str] | None, typer.Option(help="What it does. Repeatable.")] = None,
) -> None:
    """Begin a note: a file with all fields, what belongs into each, and the fixed headings."""
    with failures(partial(forms, lang)):
        roots = load_settings().content_dirs
        taxonomy = read_taxonomy(roots)
        ids = read_collection(roots).ids
        _refuse_id(note_id, kind, {taken for _, taken in ids}, _beginnings(taxonomy, ids))
        path = roots[0] / kind.folder / note_id / f"{lang}.md"
        above = next(parent for parent in path.absolute().parents if parent.exists())
        if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):  # before its author has answered
            raise _unwritable(path, os.strerror(errno.EACCES if above.is_dir() else errno.ENOTDIR))
        given = {"title": title, "countries": country, "crime_types": crime_type, "phases": phase}
        known = {name: value for name, value in _asked(given, lang, taxonomy).items() if value}
        _write(path, skeleton(kind, lang, known, taxonomy, date.today()), lang)


def translate(
    note_id: Annotated[str, typer.Argument(metavar="ID", help="The note, e.g. `be-baps`.")],
    to: Annotated[Language, typer.Option(help="Language to translate into.")],
) -> None:
    """Begin a translation: a file with its fields, and the original's text to write over."""
    with failures(partial(forms, to)):
        roots = load_settings().content_dirs
        collection = read_collection(roots)
        folders = [root / kind.folder / note_id for root in roots for kind, taken in collection.ids if taken == note_id]
        for folder in folders:
            _refuse_existing(folder / f"{to}.md")
        note = next((note for note in collection.notes if note.id == note_id), None)
        if note is None and folders:
            see = said("See `kb lint {folder}`.", folder=folders[0])
            raise QueryError(said("The note `{id}` has errors.", id=note_id[:60]), field="id", remedy=see)
        if note is None:
            remedy = did_you_mean(note_id, {taken for _, taken in collection.ids}, list_all=False)
            raise QueryError(said("There is no note `{id}`.", id=note_id[:60]), field="id", remedy=remedy)
        _write(Path(note.original_version.path).with_name(f"{to}.md"), translation(note, to), to)


def import_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="PDF, DOCX, ODT or HTML.")],
    kind: Annotated[Kind, typer.Option(help="What the notes will describe.")] = Kind.PRACTICE,
    note_id: Annotated[
        str | None, typer.Option("--id", help="Id of the note, for one file. Else made of its name or title.")
    ] = None,
    country: Annotated[list[str] | None, typer.Option(help="Where it holds. Repeatable.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of the documents. Else it is guessed.")] = None,
) -> None:
    """Begin notes from documents: a draft for each, with its text under the fixed headings and its source."""
    with failures():
        from ingest.authoring.arrange import arrange
        from ingest.documents.converter import markdown
        from ingest.documents.reading import read_document

        if note_id is not None and len(files) > 1:
            remedy = "Name the files as the notes shall be called (`be-shield.pdf`), or import them one by one."
            raise QueryError("`--id` names one note, and there are several files.", field="id", remedy=remedy)
        roots = load_settings().content_dirs
        taxonomy = read_taxonomy(roots)
        countries = _vocabulary_words("countries", ",".join(country or ()), taxonomy.countries)
        ids = read_collection(roots).ids
        taken, begin = {taken_id for _, taken_id in ids}, _beginnings(taxonomy, ids)
        today = date.today()

        def draft(path: Path, step: Callable[[int, int], None]) -> None:
            document = read_document(path, step)
            found = arrange(document, kind, lang, today)
            name = note_id or _id(path.stem, found.given["title"], countries, begin)
            _refuse_id(name, kind, taken, begin)
            given = {**found.given, **({"countries": countries} if countries else {})}
            body = markdown(found.blocks, document.form)
            text = skeleton(kind, found.language, given, taxonomy, today, body=body, remarks=found.remarks)
            if (size := len(text.encode())) > MAX_NOTE_BYTES:
                remedy = "Take over the part that the note is about into a file of its own."
                raise DocumentError(f"The text has {size:,} bytes, a note at most {MAX_NOTE_BYTES:,}.", remedy=remedy)
            _write(roots[0] / kind.folder / name / f"{found.language}.md", text, found.language)
            taken.add(name)
            for remark in document.remarks:
                say(f"{path}: {remark}")

        failed = 0
        with progress() as step:
            for path in files:
                try:
                    draft(path, partial(step, path.name))
                except (DocumentError, QueryError, SettingsError) as error:
                    say(f"{path}: {error}")
                    failed += 1
        if failed and len(files) > 1:
            say(f"{failed} of {len(files)} files were not imported.")
        if failed:
            raise typer.Exit(1)


def _beginnings(taxonomy: Taxonomy, ids: Iterable[tuple[Kind, str]]) -> set[str]:
    """Return what ids begin with: countries and areas, and what notes begin with already, except playbooks."""
    used = {note_id.partition("-")[0] for kind, note_id in ids if kind is not Kind.PLAYBOOK}
    return {code.lower() for code in taxonomy.countries} | used


def _refuse_id(note_id: str, kind: Kind, taken: Collection[str], begin: Collection[str]) -> None:
    """Raise QueryError for an id that a new note cannot have. A playbook holds for several countries: it names none."""
    refused = partial(QueryError, field="id")
    if not SLUG.fullmatch(note_id):
        remedy = said(
            "Write small letters without accents, digits and single hyphens, beginning with the country: `be-baps`."
        )
        raise refused(said("`{id}` is no id.", id=note_id[:60]), remedy=remedy)
    if note_id in taken:
        form = "Choose another id, or go on with that note; `kb translate {id} --to …` begins a translation."
        raise refused(said("There is a note `{id}` already.", id=note_id), remedy=said(form, id=note_id))
    if kind is not Kind.PLAYBOOK and note_id.partition("-")[0] not in begin:
        message = said("`{id}` does not begin with a country or area.", id=note_id[:60])
        remedy = said("Ids stay for ever: begin with where the note holds, as `be-baps`.")
        raise refused(message, allowed=sorted(begin), remedy=remedy)


def _id(stem: str, title: str, countries: Collection[str], begin: Collection[str]) -> str:
    """Make an id: the file's name where it begins as ids do, else a country and words of the title."""
    named = slug(stem)
    if "-" in named and named.partition("-")[0] in begin:
        return named
    if not countries:
        message = f"What shall the note be called? `{named}` does not begin with a country or area."
        raise QueryError(message, field="id", remedy="Give `--id be-shield`, or `--country BE`.")
    short = slug(title)
    if len(short) > _ID_LENGTH:
        short = short[: _ID_LENGTH + 1].rpartition("-")[0] or short[:_ID_LENGTH]
    return f"{next(iter(countries)).lower()}-{short}".strip("-")


def _write(path: Path, text: str, language: Language) -> None:
    """Write a file that is not there yet, and say where, in a language. Raises QueryError if it is; SettingsError."""
    _refuse_existing(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, text)
    except OSError as error:
        raise _unwritable(path, error.strerror) from error
    next_step = said("Fill it in, run `kb lint {folder}`, and remove `draft: true` at last:", folder=path.parent)
    say(in_words(next_step, forms(language)))
    print(path)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        remedy = said("Nothing was written: go on writing in it.")
        raise QueryError(said("`{path}` exists.", path=path), remedy=remedy)


def _unwritable(path: Path, reason: str | None) -> SettingsError:
    message = said("`{path}` cannot be written: {reason}.", path=path, reason=reason)
    return SettingsError(message, remedy=said("See that this user may write there."))


def _asked(given: Mapping[str, Any], language: Language, taxonomy: Taxonomy) -> dict[str, Any]:
    """Return what is given, and what is asked for in a terminal. Raises QueryError for a word of no vocabulary."""
    found = dict(given)
    for name, value in given.items():
        scheme: Scheme | None = getattr(taxonomy, name, None)
        if value and scheme is not None:
            found[name] = _vocabulary_words(name, ",".join(value), scheme)
        elif not value and sys.stdin.isatty():
            found[name] = _prompt(name, language, scheme)
    return found


def _prompt(name: str, language: Language, scheme: Scheme | None) -> Any:
    words = field_words()[name][language]
    err.print(f"\n{words.label}{COLON[language]}{words.meaning}", markup=False)
    if scheme is None:
        return typer.prompt(words.label, default="", show_default=False, err=True).strip() or None
    err.print(f"({_HOW[language]})", markup=False)
    for code, concept in scheme.items():
        err.print(f"  {code:<22}{concept.label(language)}", markup=False)
    while True:
        chosen = typer.prompt(words.label, default="", show_default=False, err=True)
        try:
            return _vocabulary_words(name, chosen, scheme)
        except QueryError as error:
            theirs = forms(language)
            say(f"{in_words(error.message, theirs)} {in_words(error.remedy, theirs)}".rstrip())


def _vocabulary_words(field: str, text: str, scheme: Scheme) -> list[str]:
    """Return the words of a vocabulary in a text, also where they are written as labels or in other letters.

    Raises QueryError for one that it lacks.
    """
    labels = [concept.label(language) for concept in scheme.values() for language in Language]
    found: list[str] = []
    for part in (" ".join(part.split()) for part in text.split(",")):
        for word in [part] if meant_concept(part, scheme) else part.split():
            meant = meant_concept(word, scheme)
            if meant is None:
                message = not_in_vocabulary(word[:60], field)
                remedy = did_you_mean(word, (*scheme, *labels), list_all=False)
                raise QueryError(message, field=field, allowed=tuple(scheme), remedy=remedy)
            found.append(meant)
    return list(dict.fromkeys(found))
