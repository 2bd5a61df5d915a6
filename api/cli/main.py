"""`kb`: composition root for the terminal.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 it could not be done (or lint
found errors), 2 asked wrongly. Commands import engines when they run, and a module of commands is imported when one of
them is called or listed, so that `kb lint` is as quick as if there were no other.
"""

import gc
import json
from collections import UserDict
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from typer.core import TyperGroup

from api.cli.console import failures, out, say
from kb.errors import IndexMissing, IndexStale, NotAuthenticated, SettingsError, StoreUnavailable
from kb.settings import load_settings

if TYPE_CHECKING:
    from api.auth.gate import Caller
    from search.view import IndexView

_PLACES: Final = {
    "index": "api.cli.index.indexing",
    "new": "api.cli.notes.new",
    "translate": "api.cli.notes.translate",
    "import": "api.cli.notes.import_files",
    "lint": "api.cli.lint.lint",
    "fmt": "api.cli.lint.fmt",
    "watch": "api.cli.watch.watch",
    "preview": "api.cli.preview.preview",
    "diff": "api.cli.preview.diff",
    "search": "api.cli.search.search",
    "show": "api.cli.search.show",
    "stats": "api.cli.search.stats",
    "keys": "api.cli.keys.keys",
    "audit": "api.cli.audit.audit",
    "feedback": "api.cli.feedback.feedback",
    "doctor": "api.cli.upkeep.doctor",
    "backup": "api.cli.upkeep.backup",
    "restore": "api.cli.upkeep.restore",
}
"""Command -> the place of its function, or of its `Typer` with several."""


_SELDOM: Final = 1000
"""Collections of garbage among what is new before one among all that was read, which hardly ever becomes garbage."""


class _Commands(UserDict[str, Any]):
    """Commands by name; one of `_PLACES` is imported when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        found = self.data[name]
        if isinstance(found, str):
            module, _, attribute = found.rpartition(".")
            command = getattr(import_module(module), attribute)
            if not isinstance(command, typer.Typer):
                alone = typer.Typer(add_completion=False, rich_markup_mode=None)
                alone.command(name)(command)
                command = alone
            found = self.data[name] = typer.main.get_command(command)
        return found


class _Group(TyperGroup):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Commands({**_PLACES, **self.commands})

    def get_command(self, _: Any, cmd_name: str) -> Any:
        return self.commands[cmd_name] if cmd_name in self.commands else None  # noqa: SIM401 - `get` would hide a KeyError


app = typer.Typer(
    cls=_Group,
    name="kb",
    help="Search and maintain the Benelux cybercrime practice base.",
    no_args_is_help=True,
    rich_markup_mode=None,
    suggest_commands=False,  # Click does
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
    gc.set_threshold(*gc.get_threshold()[:2], _SELDOM)


@app.command()
def mcp() -> None:
    """Serve an AI assistant over standard input and output (Model Context Protocol), with the key in KB_API_KEY."""
    with failures():
        from api.auth.gate import open_view
        from api.auth.security_log import Asked
        from api.compose import gate, searcher, security_log
        from api.mcp.server import assistant_server, serve_stdio

        settings = load_settings()
        entrance, log = gate(settings), security_log(settings)
        credentials = [f"Bearer {settings.api_key.get_secret_value()}"] if settings.api_key else []

        def caller() -> "Caller":
            try:
                return entrance.admit(credentials, "")
            except NotAuthenticated as error:
                remedy = "Set KB_API_KEY to a good one, or to nothing for what is public."
                raise NotAuthenticated(error.message, remedy=remedy) from None

        def views(action: str) -> "IndexView":
            return open_view(answering, caller(), log, Asked(f"kb mcp {action}"))

        caller()
        answering = searcher(settings, say)
        try:
            answering.warm_up()
        except (IndexMissing, IndexStale, StoreUnavailable) as error:
            say(f"{error} Until then questions are answered with an error.")
        serve_stdio(assistant_server(views, settings.public_url or ""))


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

        from api.compose import encoder, existing_searcher, temporary_index
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
            report = evaluate_content(tests, Given(language), existing_searcher(settings, say), say)
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
    workers: Annotated[int | None, typer.Option(help="Processes that answer, each with the index in memory.")] = None,
    watch_notes: Annotated[
        bool, typer.Option("--watch", help="Index notes as they are saved, and load open pages anew.")
    ] = False,
    worker: Annotated[int | None, typer.Option(hidden=True, help="Which of several processes this is.")] = None,
) -> None:
    """Serve the API and the web pages. A newly built index is picked up without a restart."""
    with failures():
        from api.compose import Services
        from api.http.serving import run

        settings = load_settings(host=host, port=port, workers=workers)
        run(Services(settings, progress=say), say, live=watch_notes, worker=worker)


if __name__ == "__main__":
    app()
