"""Issues of notes in the forms that other tools read: workflow commands of GitHub, reports on code quality of GitLab,
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

from api.cli.console import issue_line
from ingest.lint import Rule
from kb.issue import Issue, Level

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Format(StrEnum):
    """How `kb lint` prints issues."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"


def formatted(issues: Sequence[Issue], rules: Sequence[Rule], form: Format) -> Iterable[str]:
    """Return issues as lines of a form."""
    if form is Format.TEXT:
        return map(issue_line, issues)
    if form is Format.GITHUB:
        return map(_github, issues)
    if form is Format.JSON:
        report: Any = [asdict(issue) for issue in issues]
    else:
        report = _gitlab(issues) if form is Format.GITLAB else _sarif(issues, rules)
    return [json.dumps(report, ensure_ascii=False)]


def _github(issue: Issue) -> str:
    """Return a workflow command that annotates a pull request."""
    level = "error" if issue.level is Level.ERROR else "warning"
    file = issue.path
    for sign, code in (("%", "%25"), (":", "%3A"), (",", "%2C")):  # line breaks an issue has none
        file = file.replace(sign, code)
    message = _message(issue).replace("%", "%25")
    return f"::{level} file={file},line={issue.line},col={issue.column},title={issue.code}::{message}"


def _gitlab(issues: Sequence[Issue]) -> list[dict[str, Any]]:
    """Return a report on code quality (https://docs.gitlab.com/ci/testing/code_quality/).

    A fingerprint holds no line, so that an issue is not a new one when lines above it come or go.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    report = []
    for issue in issues:
        key = (issue.path, issue.code, _message(issue))
        counts[key] += 1
        report.append(
            {
                "description": _message(issue),
                "check_name": issue.code,
                "fingerprint": hashlib.sha256("\0".join((*key, str(counts[key]))).encode()).hexdigest(),
                "severity": "major" if issue.level is Level.ERROR else "minor",
                "location": {"path": issue.path, "lines": {"begin": issue.line}},
            }
        )
    return report


def _sarif(issues: Sequence[Issue], rules: Sequence[Rule]) -> dict[str, Any]:
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
            "ruleId": issue.code,
            "ruleIndex": places[issue.code],
            "level": issue.level.value,
            "message": {"text": _message(issue)},
            "locations": [{"physicalLocation": _physical_location(issue)}],
        }
        for issue in issues
    ]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _physical_location(issue: Issue) -> dict[str, Any]:
    region = {"startLine": issue.line, "startColumn": issue.column}
    return {"artifactLocation": {"uri": quote(issue.path)}, "region": region}


def _message(issue: Issue) -> str:
    return f"{issue.message} {issue.remedy}".strip()
