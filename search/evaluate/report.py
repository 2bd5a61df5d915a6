"""Reports as people read them, and two reports compared."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

_SAMPLES = 10_000
_SEED = 20261125


def table(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a report."""
    for name in ("mixed", "scattered", "directions"):
        if name in report:
            yield _row(name, report[name])
    if "own_language@10" in report:
        yield f"{'own language@10':<16}{_figure(report['own_language@10'])}"
    for language, measures in report.get("needs", {}).items():
        yield _row(f"needs {language}", measures)
    if "offtopic" in report:
        yield _row("nothing found", report["offtopic"])
    if report.get("unknown_ids"):
        yield f"{'unknown ids':<16}{', '.join(report['unknown_ids'])}"
    yield f"{'search, ms':<16}p50 {report['took_ms']['p50']}"


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield, for each run that both reports have, the change of its mean, with a paired bootstrap over questions.

    The interval holds 95 % of the resampled means of the differences.
    """
    chance = np.random.default_rng(_SEED)
    runs = {name: (values, after["per_query"].get(name, {})) for name, values in before["per_query"].items()}
    differences = {
        name: np.array([others[query] - values[query] for query in sorted(values.keys() & others)])
        for name, (values, others) in runs.items()
    }
    for name, found in differences.items():
        if number := len(found):
            low, high = interval(found, chance)
            verdict = "better" if low > 0 else "worse" if high < 0 else "no difference shown"
            change = f"{found.mean():+.4f}   95 % {low:+.4f} to {high:+.4f}"
            yield f"{name:<16}{change}   {number} questions: {verdict}"
    if not any(map(len, differences.values())):
        yield "The reports have no question in common."


def interval(values: Sequence[float] | np.ndarray, chance: np.random.Generator | None = None) -> tuple[float, float]:
    """Return the bounds between which 95 % of the means of resampled values lie (bootstrap). values: at least one"""
    found, drawn = np.asarray(values), chance or np.random.default_rng(_SEED)
    samples = found[drawn.integers(0, len(found), (_SAMPLES, len(found)))].mean(axis=1)
    low, high = np.percentile(samples, (2.5, 97.5))
    return float(low), float(high)


def _row(name: str, figures: Mapping[str, float | None]) -> str:
    return f"{name:<16}" + "   ".join(f"{key} {_figure(value)}" for key, value in figures.items())


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
