"""Problems of notes in the forms that other tools read: workflow commands of GitHub, reports on code quality of GitLab,
and SARIF 2.1.0 (OASIS).
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from enum import StrEnum
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from api.cli.console import problem_line
from ingest.lint import Rule
from kb.issue import Level, Problem

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Format(StrEnum):
    """How `kb lint` prints problems."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"


def formatted(problems: Sequence[Problem], rules: Sequence[Rule], form: Format) -> Iterable[str]:
    """Return problems as lines of a form."""
    if form is Format.TEXT:
        return map(problem_line, problems)
    if form is Format.GITHUB:
        return map(_github, problems)
    if form is Format.JSON:
        report: Any = [asdict(problem) for problem in problems]
    else:
        report = _gitlab(problems) if form is Format.GITLAB else _sarif(problems, rules)
    return [json.dumps(report, ensure_ascii=False)]


def _github(problem: Problem) -> str:
    """Return a workflow command that annotates a pull request."""
    level = "error" if problem.level is Level.ERROR else "warning"
    file = problem.path
    for sign, code in (("%", "%25"), (":", "%3A"), (",", "%2C")):  # line breaks a problem has none
        file = file.replace(sign, code)
    message = _message(problem).replace("%", "%25")
    return f"::{level} file={file},line={problem.line},col={problem.column},title={problem.code}::{message}"


def _gitlab(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return a report on code quality (https://docs.gitlab.com/ci/testing/code_quality/).

    A fingerprint holds no line, so that a problem is not a new one when lines above it come or go.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    report = []
    for problem in problems:
        key = (problem.path, problem.code, _message(problem))
        counts[key] += 1
        report.append(
            {
                "description": _message(problem),
                "check_name": problem.code,
                "fingerprint": hashlib.sha256("\0".join((*key, str(counts[key]))).encode()).hexdigest(),
                "severity": "major" if problem.level is Level.ERROR else "minor",
                "location": {"path": problem.path, "lines": {"begin": problem.line}},
            }
        )
    return report


def _sarif(problems: Sequence[Problem], rules: Sequence[Rule]) -> dict[str, Any]:
    """Return one run of SARIF, with the rules that were looked at."""
    driver = {
        "name": "kb lint",
        "version": version("benelux-practice-base"),
        "rules": [
            {
                "id": rule.code,
                "name": rule.name,
                "shortDescription": {"text": rule.summary},
                "help": {"text": f"Bad: {rule.bad}\nGood: {rule.good}"},
                "defaultConfiguration": {"level": rule.level.value},
            }
            for rule in rules
        ],
    }
    places = {rule.code: place for place, rule in enumerate(rules)}
    results = [
        {
            "ruleId": problem.code,
            "ruleIndex": places[problem.code],
            "level": problem.level.value,
            "message": {"text": _message(problem)},
            "locations": [{"physicalLocation": _physical_location(problem)}],
        }
        for problem in problems
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _physical_location(problem: Problem) -> dict[str, Any]:
    region = {"startLine": problem.line, "startColumn": problem.column}
    return {"artifactLocation": {"uri": quote(problem.path)}, "region": region}


def _message(problem: Problem) -> str:
    return f"{problem.message} {problem.remedy}".strip()
