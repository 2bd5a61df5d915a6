"""Descriptions of incidents find the practices and strategies that help; other long texts find nothing."""

from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from api.evaluation.collection import read_collection
from search.results import SearchResults
from search.service import Searcher
from tests.relevance.test_thresholds import THRESHOLDS, short_of

INCIDENTS = Path(__file__).parent / "incidents"


def found(searcher: Searcher, text: str, lang: Any) -> SearchResults:
    return searcher.ask(text, pasted=True, reader=lang, limit=10)


def recall(results: SearchResults, wanted: Mapping[str, int], first: int) -> float:
    """The share of the notes with grade 2 that stand among the first of the list of their kind."""
    ids = {hit.id for hits in (results.practices, results.strategies) for hit in hits[:first]}
    best = [note_id for note_id, grade in wanted.items() if grade == 2]
    return sum(note_id in ids for note_id in best) / len(best)


def test_incidents_find_what_helps(searcher: Searcher) -> None:
    tests = read_collection(INCIDENTS)
    answers = {one.id: found(searcher, one.text, one.lang) for one in tests.queries}
    others = [found(searcher, one.text, one.lang) for one in tests.offtopic]
    report = {
        "R@5": mean(recall(one, tests.qrels[key], 5) for key, one in answers.items()),
        "R@10": mean(recall(one, tests.qrels[key], 10) for key, one in answers.items()),
        "relevant": mean(one.relevant for one in answers.values()),
        "offtopic": mean(not one.relevant for one in others),
    }
    print(report)
    assert (len(answers), len(others)) == (24, 8)
    assert short_of(report, THRESHOLDS["incidents"]) == {}
