"""The measures, by `ir_measures` (trec_eval): nDCG and recall of each question, and means over questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import R, nDCG

CUT = 10
NDCG = nDCG @ CUT
RECALL = R @ 5
Run = Mapping[str, Sequence[str]]
"""Question id -> ids found, best first."""
Judgements = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Scores:
    """Each judged question's nDCG@10 and R@5, by question id. A question that was answered with nothing scores 0."""

    ndcg: Mapping[str, float]
    recall: Mapping[str, float]


def scores(judged: Judgements, run: Run) -> Scores:
    """Score every question that has a document graded above 0."""
    relevant = {query: dict(grades) for query, grades in judged.items() if any(grade > 0 for grade in grades.values())}
    found = {
        query: {document: -float(place) for place, document in enumerate(run.get(query, ()))} for query in relevant
    }
    by_measure: dict[ir_measures.Measure, dict[str, float]] = {
        measure: dict.fromkeys(relevant, 0.0) for measure in (NDCG, RECALL)
    }
    for metric in ir_measures.iter_calc([NDCG, RECALL], relevant, found):
        by_measure[metric.measure][metric.query_id] = metric.value
    return Scores(by_measure[NDCG], by_measure[RECALL])


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, or None of nothing."""
    return sum(values) / len(values) if values else None
