"""`kb`: composition root for the terminal.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 it could not be done (or lint
found errors), 2 asked wrongly. Commands import engines when they run, so that `kb --help` and `kb lint` are quick.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.console import failures, issue_line, out, progress, say
from api.cli.keys import keys
from api.cli.lint import fmt, lint
from api.cli.notes import import_files, new, translate
from api.cli.preview import diff, preview, sweep
from api.cli.watch import watch
from api.models.filters import FILTER_HELP
from kb.errors import IndexMissing, IndexStale, NotAuthenticated, SettingsError, StoreUnavailable
from kb.settings import load_settings
from search.query import reader_language

if TYPE_CHECKING:
    from api.auth.gate import Caller
    from ingest.indexing.index import IndexReport
    from search.view import IndexView

app = typer.Typer(
    name="kb",
    help="Search and maintain the Benelux cybercrime practice base.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"kb {version('benelux-practice-base')}")
        raise typer.Exit


@app.callback()
def main(
    _: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Practices against online crime and the strategies they serve, across languages and borders."""


app.add_typer(keys, name="keys")


@app.command()
def mcp() -> None:
    """Serve an AI assistant over standard input and output (Model Context Protocol), with the key in KB_API_KEY."""
    with failures():
        from api.auth.gate import open_view
        from api.compose import gate, searcher
        from api.mcp.server import assistant_server, serve_stdio

        settings = load_settings()
        entrance = gate(settings)
        credentials = [f"Bearer {settings.api_key.get_secret_value()}"] if settings.api_key else []

        def caller() -> "Caller":
            try:
                return entrance.admit(credentials, "")
            except NotAuthenticated as error:
                remedy = "Set KB_API_KEY to a good one, or to nothing for what is public."
                raise NotAuthenticated(error.message, remedy=remedy) from None

        def views(action: str) -> "IndexView":
            return open_view(answering, caller(), settings.audit_log, f"kb mcp {action}")

        caller()
        answering = searcher(settings, say)
        try:
            answering.warm_up()
        except (IndexMissing, IndexStale, StoreUnavailable) as error:
            say(f"{error} Until then questions are answered with an error.")
        serve_stdio(assistant_server(views, settings.public_url or ""))


app.command()(new)
app.command()(translate)
app.command("import")(import_files)
app.command()(lint)
app.command()(watch)
app.command()(preview)
app.command()(diff)
app.command()(fmt)


@app.command()
def index(
    rebuild: Annotated[bool, typer.Option(help="Write the whole index again, whatever it holds.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be done, and do nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON.")] = False,
) -> None:
    """Bring the index up to date with the content. Only changed texts are encoded; safe to interrupt."""
    with failures():
        from api.compose import encoder, store
        from ingest.indexing.index import index_content

        settings = load_settings()
        sweep(settings.data_dir)
        with progress() as step:
            report = index_content(
                settings, store(settings), encoder(settings, say), rebuild=rebuild, dry_run=dry_run, progress=step
            )
        if as_json:
            print(json.dumps(asdict(report), ensure_ascii=False, default=str))
        else:
            for issue in report.warnings:
                say(issue_line(issue))
            out.print(_summary(report, dry_run), markup=False, soft_wrap=True)


def _summary(done: "IndexReport", dry_run: bool) -> str:
    plan = done.plan
    changes = (
        f"{len(plan.write)} to encode, {len(plan.relabel)} with new fields only, "
        f"{len(plan.keep)} unchanged, {len(plan.delete)} to remove"
    )
    content = f"{done.notes} notes, {done.versions} texts, {done.chunks} passages"
    if dry_run:
        return f"Would index {done.versions} texts of {done.notes} notes: {changes}."
    if not done.written:
        return f"Nothing to do: {content} ({done.seconds:.1f} s)."
    return f"Indexed {content} ({done.seconds:.1f} s): {changes}; {done.encoded} texts encoded."


def _with_filters(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each filter of lists, after `lang`, in place of its `filters`."""
    given = inspect.signature(command)
    question, lang, *others, _ = given.parameters.values()
    options = [
        lang.replace(name=name, annotation=Annotated[list[str] | None, typer.Option(help=words.terminal)])
        for name, words in FILTER_HELP.items()
    ]
    command.__dict__["__signature__"] = given.replace(parameters=[question, lang, *options, *others])
    return command


@app.command()
@_with_filters
def search(
    question: Annotated[str, typer.Argument(help="What you are looking for, in French, Dutch or English.")],
    lang: Annotated[str | None, typer.Option(help="Language to read in: fr, nl or en.")] = None,
    limit: Annotated[int, typer.Option(help="Notes per list.")] = 5,
    sort: Annotated[str, typer.Option(help="relevance, or date: relevant notes only, the latest first.")] = "relevance",
    by_country: Annotated[bool, typer.Option("--by-country", help="Relevant practices, country by country.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each hit why it is one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False,
    **filters: list[str] | None,
) -> None:
    """Search practices and strategies of all countries."""
    with failures():
        from api.cli.terminal_views import show_results
        from api.compose import searcher
        from api.models.answers import SearchResponse

        view = searcher(load_settings(), say).view()
        results = view.search(
            question,
            reader=lang,
            limit=limit,
            sort=sort,
            group_by="country" if by_country else None,
            explain=explain,
            **{name: values or () for name, values in filters.items()},
        )
        if as_json:
            print(SearchResponse.of(results).model_dump_json())
        else:
            show_results(results)


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

        note = searcher(load_settings(), say).view().note(note_id, reader_language(lang))
        if as_json:
            print(NoteResponse.of(note, note_html(note)).model_dump_json())
        else:
            show_note(note)


@app.command()
def stats(as_json: Annotated[bool, typer.Option("--json", help="Answer as the API does.")] = False) -> None:
    """What the indexed notes cover, and what they lack."""
    with failures():
        from api.cli.terminal_views import show_coverage
        from api.compose import searcher
        from api.models.collection import CoverageResponse

        found = searcher(load_settings(), say).view().coverage(date.today().isoformat())
        if as_json:
            print(CoverageResponse.model_validate(found).model_dump_json())
        else:
            show_coverage(found)


@app.command("eval")
def evaluate(
    folder: Annotated[Path | None, typer.Argument(help="Has queries.jsonl, qrels.tsv, perhaps corpus.jsonl.")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds of the scattered runs.")] = "0,1,2",
    language: Annotated[str, typer.Option("--language", help="A question's language: right, none or wrong.")] = "right",
    compare: Annotated[tuple[Path, Path] | None, typer.Option(help="Two reports made with --json.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON, with each question's figures.")] = False,
) -> None:
    """Measure how well the search finds, across languages, on a test collection."""
    with failures():
        from search.evaluate.report import compared, table

        if compare and (folder or as_json):
            raise SettingsError(
                "`--compare` reads two reports and answers in words.", remedy="Leave out the folder and `--json`."
            )
        if compare:
            print("\n".join(compared(*map(_read_report, compare))))
            return
        if folder is None:
            raise SettingsError("No folder is named.", remedy="Name a test collection, or two reports with --compare.")

        from api.compose import encoder, searcher, temporary_index
        from search.evaluate.collection import read_collection
        from search.evaluate.run import Given, evaluate_content, evaluate_corpus

        settings = load_settings()
        if language not in set(Given):
            raise SettingsError(f"`--language {language}` is not known.", remedy=f"Known: {', '.join(Given)}.")
        numbers = seeds.split(",")
        if not all(number.strip().isdecimal() for number in numbers):
            raise SettingsError(
                f"`--seeds {seeds}` is no list of numbers.", remedy="Write for example `--seeds 0,1,2`."
            )
        tests = read_collection(folder)
        if tests.corpus:
            index = temporary_index(settings, encoder(settings, say))
            report = evaluate_corpus(tests, [*map(int, numbers)], Given(language), index, say)
        else:
            report = evaluate_content(tests, Given(language), searcher(settings, say), say)
        print(json.dumps(report) if as_json else "\n".join(table(report)))


def _read_report(path: Path) -> Mapping[str, Any]:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"`{path}` is no report: {error}.", remedy="Make one with `kb eval DIR --json`.") from error
    runs = report.get("per_query") if isinstance(report, dict) else None
    if not isinstance(runs, dict) or not all(map(_is_run, runs.values())):
        raise SettingsError(f"`{path}` is no report of `kb eval --json`.")
    return dict(report)


def _is_run(values: Any) -> bool:
    return isinstance(values, dict) and all(isinstance(value, float | int) for value in values.values())


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
        from api.compose import Services
        from api.http.serving import run

        settings = load_settings(host=host, port=port)
        run(Services(settings, progress=say), say, live=watch_notes)


if __name__ == "__main__":
    app()
