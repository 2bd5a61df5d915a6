"""`kb eval`: measures how well the search finds, or compares two reports."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.console import failures, say
from kb.errors import SettingsError
from kb.settings import Settings, load_settings


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
        report = _evaluation(load_settings(), folder, seeds, language)
        print(json.dumps(report) if as_json else "\n".join(table(report)))


def _evaluation(settings: Settings, folder: Path, seeds: str, language: str) -> dict[str, Any]:
    """Return the report on a test collection: over its own corpus, or else over the indexed notes."""
    from api.compose import encoder, searcher, temporary_index
    from search.evaluate.collection import read_collection
    from search.evaluate.run import Given, evaluate_content, evaluate_corpus

    if language not in set(Given):
        raise SettingsError(f"`--language {language}` is not known.", remedy=f"Known: {', '.join(Given)}.")
    if not all(part.strip().isdecimal() for part in seeds.split(",")):
        raise SettingsError(f"`--seeds {seeds}` is no list of numbers.", remedy="Write for example `--seeds 0,1,2`.")
    tests = read_collection(folder)
    if not tests.corpus:
        return evaluate_content(tests, Given(language), searcher(settings, say), say)
    index = temporary_index(settings, encoder(settings, say))
    return evaluate_corpus(tests, [int(part) for part in seeds.split(",")], Given(language), index, say)


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
