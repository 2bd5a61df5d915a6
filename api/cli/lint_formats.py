"""Problems of notes in the forms that other tools read: workflow commands of GitHub, reports on code quality of GitLab,
and SARIF 2.1.0 (OASIS).
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from ingest.lint import Rule
from kb.issue import Level, Problem

SARIF_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def github(problem: Problem) -> str:
    """A problem as a workflow command that annotates a pull request."""
    level = "error" if problem.level is Level.ERROR else "warning"
    file = problem.path
    for sign, code in (("%", "%25"), (":", "%3A"), (",", "%2C")):  # line breaks a problem has none
        file = file.replace(sign, code)
    message = _message(problem).replace("%", "%25")
    return f"::{level} file={file},line={problem.line},col={problem.column},title={problem.code}::{message}"


def gitlab(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """All problems as a report on code quality (https://docs.gitlab.com/ci/testing/code_quality/).

    A fingerprint holds no line, so that a problem is not a new one when lines above it come or go.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for one in problems:
        said = (one.path, one.code, _message(one))
        seen[said] += 1
        found.append(
            {
                "description": _message(one),
                "check_name": one.code,
                "fingerprint": hashlib.sha256("\0".join((*said, str(seen[said]))).encode()).hexdigest(),
                "severity": "major" if one.level is Level.ERROR else "minor",
                "location": {"path": one.path, "lines": {"begin": one.line}},
            }
        )
    return found


def sarif(problems: Sequence[Problem], rules: Sequence[Rule]) -> dict[str, Any]:
    """All problems as one run of SARIF, with the rules that were looked at."""
    places = {rule.code: place for place, rule in enumerate(rules)}
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
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
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    {
                        "ruleId": one.code,
                        "ruleIndex": places[one.code],
                        "level": one.level.value,
                        "message": {"text": _message(one)},
                        "locations": [
                            {
                                "physicalLocation": {
                                    "artifactLocation": {"uri": quote(one.path)},
                                    "region": {"startLine": one.line, "startColumn": one.column},
                                }
                            }
                        ],
                    }
                    for one in problems
                ],
            }
        ],
    }


def _message(problem: Problem) -> str:
    return f"{problem.message} {problem.remedy}".strip()
