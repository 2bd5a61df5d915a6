"""What `kb eval` does with its arguments: reads, runs, compares."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from api.compose import encoder, searcher
from api.evaluation.collection import read_collection
from api.evaluation.report import compared, table
from api.evaluation.run import Given, evaluate_content, evaluate_corpus
from kb.content.reader import read_taxonomy
from kb.errors import SettingsError
from kb.settings import Settings

lines = table


def evaluation(
    settings: Settings, folder: Path | None, seeds: str, told: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """The report on a test collection: over its own corpus, or else over the indexed notes."""
    if folder is None:
        raise SettingsError("No folder is named.", remedy="Name a test collection, or two reports with --compare.")
    if told not in set(Given):
        raise SettingsError(f"`--language {told}` is not known.", remedy=f"Known: {', '.join(Given)}.")
    if not all(part.strip().isdecimal() for part in seeds.split(",")):
        raise SettingsError(f"`--seeds {seeds}` is no list of numbers.", remedy="Write for example `--seeds 0,1,2`.")
    tests = read_collection(folder)
    if not tests.corpus:
        return evaluate_content(tests, Given(told), searcher(settings, say), say)
    return evaluate_corpus(
        tests,
        [int(part) for part in seeds.split(",")],
        Given(told),
        read_taxonomy(settings.content_dirs),
        encoder(settings, say),
        settings,
        say,
    )


def comparison(before: Path, after: Path) -> Iterator[str]:
    """Two reports of `kb eval --json`, held against each other."""
    return compared(_report(before), _report(after))


def _report(path: Path) -> Mapping[str, Any]:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"`{path}` is no report: {error}.", remedy="Make one with `kb eval DIR --json`.") from error
    runs = report.get("per_query") if isinstance(report, dict) else None
    if (
        not isinstance(report, dict)
        or not isinstance(runs, dict)
        or not all(
            isinstance(values, dict) and all(isinstance(value, float | int) for value in values.values())
            for values in runs.values()
        )
    ):
        raise SettingsError(f"`{path}` is no report of `kb eval --json`.")
    return report
