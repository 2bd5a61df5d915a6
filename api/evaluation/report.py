"""Reports as people read them, and two reports held against each other."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

_SAMPLES = 10_000
_SEED = 20261125


def table(report: Mapping[str, Any]) -> Iterator[str]:
    """A report, a line each."""
    for name in ("mixed", "scattered"):
        if name in report:
            yield f"{name:<16}" + "   ".join(f"{key} {_shown(value)}" for key, value in report[name].items())
    if "directions" in report:
        yield f"{'directions':<16}" + "   ".join(
            f"{key} {_shown(value)}" for key, value in report["directions"].items()
        )
        yield f"{'own language@10':<16}{_shown(report['own_language@10'])}"
    for language, measures in report.get("needs", {}).items():
        yield f"{'needs ' + language:<16}" + "   ".join(f"{key} {_shown(value)}" for key, value in measures.items())
    if "offtopic" in report:
        yield f"{'nothing found':<16}" + "   ".join(
            f"{key} {_shown(value)}" for key, value in report["offtopic"].items()
        )
    if report.get("unknown_ids"):
        yield f"{'unknown ids':<16}{', '.join(report['unknown_ids'])}"
    yield f"{'search, ms':<16}p50 {report['took_ms']['p50']}"


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """For each run that both reports have: the change of its mean, with a paired bootstrap over questions.

    The interval holds 95 % of the resampled means of the differences.
    """
    if not any(values.keys() & after["per_query"].get(name, {}).keys() for name, values in before["per_query"].items()):
        yield "The reports have no question in common."
    chance = np.random.default_rng(_SEED)
    for name, values in before["per_query"].items():
        others = after["per_query"].get(name, {})
        shared = sorted(values.keys() & others.keys())
        if not shared:
            continue
        differences = np.array([others[query] - values[query] for query in shared])
        samples = differences[chance.integers(0, len(shared), (_SAMPLES, len(shared)))].mean(axis=1)
        low, high = np.percentile(samples, (2.5, 97.5))
        verdict = "better" if low > 0 else "worse" if high < 0 else "no difference shown"
        change = f"{differences.mean():+.4f}   95 % {low:+.4f} to {high:+.4f}"
        yield f"{name:<16}{change}   {len(shared)} questions: {verdict}"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
