"""`kb new` and `kb translate`: what authors begin with."""

import errno
import os
import sys
from collections.abc import Collection, Container, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli.console import err, failures, say
from kb.errors import QueryError, SettingsError
from kb.issue import did_you_mean
from kb.notes.field_words import field_words
from kb.notes.front_matter import SLUG
from kb.notes.note import Kind
from kb.settings import load_settings
from kb.text.languages import COLON, Language

if TYPE_CHECKING:
    from kb.notes.taxonomy import Scheme, Taxonomy

_HOW: Final = {
    Language.FR: "plusieurs : séparez-les par des virgules ; Entrée : plus tard",
    Language.NL: "meer dan één: scheid ze met komma's; Enter: later",
    Language.EN: "several: put commas between them; Enter: later",
}


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
        from kb.content.reader import read_collection, read_taxonomy

        roots = load_settings().content_dirs
        taxonomy = read_taxonomy(roots)
        taken = {one for _, one in read_collection(roots).ids}
        refuse_id(note_id, taken, beginnings(taxonomy, taken))
        path = roots[0] / kind.folder / note_id / f"{lang}.md"
        _refuse_unwritable(path)  # before its author has answered
        given = {"title": title, "countries": country, "crime_types": crime_type, "phases": phase}
        known = {name: value for name, value in _asked(given, lang, taxonomy).items() if value}
        write(path, skeleton(kind, lang, known, taxonomy, date.today()))


def translate(
    note_id: Annotated[str, typer.Argument(metavar="ID", help="The note, e.g. `be-baps`.")],
    to: Annotated[Language, typer.Option(help="Language to translate into.")],
) -> None:
    """Begin a translation: a file with its fields, and the original's text to write over."""
    with failures():
        from ingest.authoring.translation import translation
        from kb.content.reader import read_collection

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
                field="id",
                remedy=f"See `kb lint {folders[0]}`." if folders else remedy,
            )
        write(Path(note.original_version.path).with_name(f"{to}.md"), translation(note, to))


def beginnings(taxonomy: "Taxonomy", taken: Iterable[str]) -> set[str]:
    """What ids begin with: countries and areas, and what notes begin with already."""
    return {code.lower() for code in taxonomy.countries} | {one.partition("-")[0] for one in taken}


def refuse_id(note_id: str, taken: Container[str], begin: Collection[str]) -> None:
    """Raises QueryError for an id that a new note cannot have."""
    if not SLUG.fullmatch(note_id):
        raise QueryError(
            f"`{note_id[:60]}` is no id.",
            field="id",
            remedy="Write small letters without accents, digits and single hyphens, beginning with the country: "
            "`be-baps`.",
        )
    if note_id in taken:
        raise QueryError(
            f"There is a note `{note_id}` already.",
            field="id",
            remedy=f"Choose another id, or go on with that note; `kb translate {note_id} --to …` begins a translation.",
        )
    if note_id.partition("-")[0] not in begin:
        raise QueryError(
            f"`{note_id[:60]}` does not begin with a country or area.",
            field="id",
            allowed=sorted(begin),
            remedy="Ids stay for ever: begin with where the note holds, as `be-baps`.",
        )


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise QueryError(f"`{path}` exists.", remedy="Nothing was written: go on writing in it.")


def _refuse_unwritable(path: Path) -> None:
    """Raises SettingsError where a file cannot be made."""
    above = next(one for one in path.absolute().parents if one.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise _unwritable(path, os.strerror(errno.EACCES if above.is_dir() else errno.ENOTDIR))


def _unwritable(path: Path, reason: str | None) -> SettingsError:
    return SettingsError(f"`{path}` cannot be written: {reason}.", remedy="See that this user may write there.")


def write(path: Path, text: str) -> None:
    """Write a file that is not there yet, and say where. Raises QueryError if it is; SettingsError."""
    _refuse_existing(path)
    begun = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            begun = True
            file.write(text)
    except OSError as error:
        if begun:
            path.unlink(missing_ok=True)  # half a note, on a full disk
        raise _unwritable(path, error.strerror) from error
    say(f"Fill it in, then run `kb lint {path.parent}`:")
    print(path)


def _asked(given: Mapping[str, Any], language: Language, taxonomy: "Taxonomy") -> dict[str, Any]:
    """What is given, and what is asked for in a terminal. Raises QueryError for what is no word of a vocabulary."""
    found = dict(given)
    for name, value in given.items():
        scheme: Scheme | None = getattr(taxonomy, name, None)
        if value and scheme is not None:
            found[name] = vocabulary_words(name, ",".join(value), scheme)
        elif not value and sys.stdin.isatty():
            found[name] = _prompt(name, language, scheme)
    return found


def _prompt(name: str, language: Language, scheme: "Scheme | None") -> Any:
    words = field_words()[name][language]
    err.print(f"\n{words.label}{COLON[language]}{words.meaning}", markup=False)
    if scheme is None:
        return typer.prompt(words.label, default="", show_default=False, err=True).strip() or None
    err.print(f"({_HOW[language]})", markup=False)
    for one, concept in scheme.items():
        err.print(f"  {one:<22}{concept.label(language)}", markup=False)
    while True:
        chosen = typer.prompt(words.label, default="", show_default=False, err=True)
        try:
            return vocabulary_words(name, chosen, scheme)
        except QueryError as error:
            say(str(error))


def vocabulary_words(field: str, text: str, scheme: "Scheme") -> list[str]:
    """The words of a vocabulary in a text, or what they are called, as the vocabulary writes them.

    Raises QueryError for one that it lacks.
    """
    called = {concept.label(language): one for one, concept in scheme.items() for language in Language}
    known = {name.casefold(): one for name, one in (called | {one: one for one in scheme}).items()}
    found: list[str] = []
    for part in (" ".join(part.split()) for part in text.split(",")):
        for word in [part] if part.casefold() in known else part.split():
            if word.casefold() not in known:
                raise QueryError(
                    f"`{word[:60]}` is not in the vocabulary {scheme.name}.",
                    field=field,
                    allowed=tuple(scheme),
                    remedy=did_you_mean(word, (*scheme, *called), list_all=False),
                )
            found.append(known[word.casefold()])
    return list(dict.fromkeys(found))
