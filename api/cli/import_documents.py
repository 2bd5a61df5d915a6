"""`kb import`: drafts of notes, begun from documents of others."""

from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import terminal
from api.cli.authors import beginnings, refuse_id, vocabulary_words, write
from api.cli.console import err, failures, say
from kb.errors import DocumentError, QueryError, SettingsError
from kb.notes.note import Kind
from kb.notes.note_file import MAX_NOTE_BYTES
from kb.settings import load_settings
from kb.text.folding import slug
from kb.text.languages import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

_ID_LENGTH = 40
"""Letters of an id that is made of a title, about."""


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
        from ingest.authoring.skeleton import skeleton
        from ingest.documents.converter import markdown
        from ingest.documents.reading import read_document
        from kb.content.reader import read_collection, read_taxonomy

        if note_id is not None and len(files) > 1:
            raise QueryError(
                "`--id` names one note, and there are several files.",
                field="id",
                remedy="Name the files as the notes shall be called (`be-shield.pdf`), or import them one by one.",
            )
        roots = load_settings().content_dirs
        taxonomy = read_taxonomy(roots)
        countries = vocabulary_words("countries", ",".join(country or ()), taxonomy.countries)
        taken = {one for _, one in read_collection(roots).ids}
        begin = beginnings(taxonomy, taken)
        today = date.today()

        def draft(path: Path, step: "Callable[[int, int], None]") -> None:
            document = read_document(path, step)
            found = arrange(document, kind, lang, today)
            called = note_id or _id(path.stem, found.title, countries, begin)
            refuse_id(called, taken, begin)
            given = {**found.given, **({"countries": countries} if countries else {})}
            body = markdown(found.blocks, document.form)
            text = skeleton(kind, found.language, given, taxonomy, today, body=body, remarks=found.remarks)
            if (size := len(text.encode())) > MAX_NOTE_BYTES:
                raise DocumentError(
                    f"The text has {size:,} bytes, a note at most {MAX_NOTE_BYTES:,}.",
                    remedy="Take over the part that the note is about into a file of its own.",
                )
            write(roots[0] / kind.folder / called / f"{found.language}.md", text)
            taken.add(called)
            for remark in document.remarks:
                say(f"{path}: {remark}")

        failed = 0
        with terminal.progress(err) as step:
            for path in files:
                try:
                    draft(path, partial(step, path.name))
                except (DocumentError, QueryError, SettingsError) as error:
                    say(f"{path}: {error}")
                    failed += 1
        if failed:
            if len(files) > 1:
                say(f"{failed} of {len(files)} files were not imported.")
            raise typer.Exit(1)


def _id(stem: str, title: str, countries: "Collection[str]", begin: "Collection[str]") -> str:
    """An id: the file's name where it begins as ids do, else a country and words of the title."""
    named = slug(stem)
    if "-" in named and named.partition("-")[0] in begin:
        return named
    if not countries:
        raise QueryError(
            f"What shall the note be called? `{named}` does not begin with a country or area.",
            field="id",
            remedy="Give `--id be-shield`, or `--country BE`.",
        )
    short = slug(title)
    if len(short) > _ID_LENGTH:
        short = short[: _ID_LENGTH + 1].rpartition("-")[0] or short[:_ID_LENGTH]
    return f"{next(iter(countries)).lower()}-{short}".strip("-")
