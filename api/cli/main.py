"""`kb`: composition root for the terminal.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 it could not be done (or lint
found errors), 2 asked wrongly. Imports what a command needs when it runs, so that `kb --help` and `kb lint` are quick.
"""

import json
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from api.cli import terminal
from api.cli.authors import new, translate
from api.cli.console import err, failures, out, say
from api.cli.diff import diff
from api.cli.import_documents import import_files
from api.cli.keys import keys
from api.cli.lint import fmt, lint
from api.cli.mcp import mcp
from api.cli.preview import preview
from api.cli.watch import watch
from kb.errors import SettingsError
from kb.settings import load_settings

app = typer.Typer(
    name="kb",
    help="Search and maintain the Benelux cybercrime practice base.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(keys, name="keys")
app.command()(mcp)
app.command()(new)
app.command()(translate)
app.command("import")(import_files)
app.command()(lint)
app.command()(watch)
app.command()(preview)
app.command()(diff)
app.command()(fmt)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"kb {version('benelux-practice-base')}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Practices against online crime and the strategies they serve, across languages and borders."""


@app.command()
def index(
    rebuild: Annotated[bool, typer.Option(help="Write the whole index again, whatever it holds.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Bring the index up to date with the content. Only changed texts are encoded; safe to interrupt."""
    with failures():
        from api.cli.preview_index import sweep
        from api.compose import encoder, store
        from ingest.indexing.index import index_content

        settings = load_settings()
        sweep(settings.data_dir)
        with terminal.progress(err) as step:
            report = index_content(
                settings, store(settings), encoder(settings, say), rebuild=rebuild, dry_run=dry_run, progress=step
            )
        if as_json:
            print(json.dumps(report.to_json(), ensure_ascii=False, default=str))
        else:
            for problem in report.warnings:
                say(terminal.line(problem))
            out.print(terminal.report(report, dry_run), markup=False, soft_wrap=True)


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What you are looking for, in French, Dutch or English.")],
    lang: Annotated[str | None, typer.Option(help="Language to read in: fr, nl or en.")] = None,
    note_lang: Annotated[list[str] | None, typer.Option(help="Only notes that exist in this language.")] = None,
    country: Annotated[list[str] | None, typer.Option(help="Only notes for this country, e.g. BE.")] = None,
    crime_type: Annotated[list[str] | None, typer.Option(help="Only notes on this crime type.")] = None,
    phase: Annotated[list[str] | None, typer.Option(help="Only notes on this phase.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="practice or strategy.")] = None,
    status: Annotated[list[str] | None, typer.Option(help="Only notes of this status.")] = None,
    evidence: Annotated[list[str] | None, typer.Option(help="Only practices of this evidence level.")] = None,
    organisation: Annotated[list[str] | None, typer.Option(help="Only practices of this organisation.")] = None,
    limit: Annotated[int, typer.Option(help="Notes per list.")] = 5,
    sort: Annotated[str, typer.Option(help="relevance, or date: relevant notes only, the latest first.")] = "relevance",
    by_country: Annotated[bool, typer.Option("--by-country", help="Relevant practices, country by country.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each hit why it is one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False,
) -> None:
    """Search practices and strategies of all countries."""
    with failures():
        from api.cli.terminal_views import show_results
        from api.compose import searcher
        from api.models.answers import SearchResponse

        results = searcher(load_settings(), say).ask(
            question,
            reader=lang,
            note_lang=note_lang or (),
            country=country or (),
            crime_type=crime_type or (),
            phase=phase or (),
            kind=kind or (),
            status=status or (),
            evidence=evidence or (),
            organisation=organisation or (),
            limit=limit,
            sort=sort,
            group_by="country" if by_country else None,
            explain=explain,
        )
        if as_json:
            print(SearchResponse.of(results).model_dump_json())
        else:
            show_results(out, results)


@app.command()
def show(
    note_id: Annotated[str, typer.Argument(help="The note's id, e.g. be-baps.")],
    lang: Annotated[str | None, typer.Option(help="Language wanted: fr, nl or en.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False,
) -> None:
    """Show one note."""
    with failures():
        from api.cli.terminal_views import show_note
        from api.compose import searcher
        from api.exports.note_markdown import note_html
        from api.models.answers import NoteResponse
        from search.query import reader_language

        note = searcher(load_settings(), say).note(note_id, reader_language(lang))
        if as_json:
            print(NoteResponse.of(note, note_html(note)).model_dump_json())
        else:
            show_note(out, note)


@app.command()
def stats(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False,
) -> None:
    """What the indexed notes cover, and what they lack."""
    with failures():
        from api.cli.terminal_views import show_coverage
        from api.compose import searcher
        from api.models.collection import CoverageResponse

        found = searcher(load_settings(), say).coverage(date.today().isoformat())
        if as_json:
            print(CoverageResponse.of(found).model_dump_json())
        else:
            show_coverage(out, found)


@app.command(name="eval")
def evaluate(
    folder: Annotated[Path | None, typer.Argument(help="Has queries.jsonl, qrels.tsv, perhaps corpus.jsonl.")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds of the scattered runs.")] = "0,1,2",
    told: Annotated[str, typer.Option("--language", help="A question's language: right, none or wrong.")] = "right",
    compare: Annotated[tuple[Path, Path] | None, typer.Option(help="Two reports made with --json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON, with each question's figures.")] = False,
) -> None:
    """Measure how well the search finds, across languages, on a test collection."""
    with failures():
        from api.cli.evaluate import comparison, evaluation, lines

        if compare:
            if folder or as_json:
                raise SettingsError(
                    "`--compare` reads two reports and answers in words.", remedy="Leave out the folder and `--json`."
                )
            print("\n".join(comparison(*compare)))
        else:
            report = evaluation(load_settings(), folder, seeds, told, say)
            print(json.dumps(report) if as_json else "\n".join(lines(report)))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks a free one.")] = None,
    watch_notes: Annotated[
        bool, typer.Option("--watch", help="Index notes as they are saved, and load open pages anew.")
    ] = False,
) -> None:
    """Serve the API and the web pages. A newly built index is picked up without a restart."""
    with failures():
        from api.http.serving import run

        settings = load_settings(host=host, port=port)
        run(settings, say, live=watch_notes)


if __name__ == "__main__":
    app()
