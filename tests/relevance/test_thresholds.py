"""Relevance does not fall: measured as `kb eval` does, by the real encoder over the real collection."""

import tomllib
from functools import reduce
from pathlib import Path

import pytest

from api.compose import temporary_index
from search.evaluate.collection import read_collection
from search.evaluate.run import Given, evaluate_content, evaluate_corpus
from tests.depth import depth

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "eval"
THRESHOLDS = tomllib.loads((HERE / "thresholds.toml").read_text(encoding="utf-8"))
TOLERANCE = THRESHOLDS["tolerance"]


def short_of(report, wanted):
    """Measure -> (found, wanted), of those that are worse than they may be."""
    found = {name: reduce(lambda part, key: part[key], name.split("."), report) for name in wanted}
    return {
        name: (round(found[name], 4), value)
        for name, value in wanted.items()
        if (found[name] - value) * (-1 if name.endswith("refused") else 1) < -TOLERANCE
    }


@pytest.mark.parametrize("name", ["needs", "levels", "identifiers", "powers/choosing"])
def test_own_questions_are_answered_as_well_as_ever(searcher, name):
    report = evaluate_content(read_collection(HERE / name), Given.RIGHT, searcher, print)
    assert report["unknown_ids"] == []
    assert short_of(report, THRESHOLDS[name]) == {}


@pytest.mark.parametrize("given", [Given.NONE, Given.WRONG])
def test_the_language_of_a_question_need_not_be_known(searcher, given):
    report = evaluate_content(read_collection(HERE / "needs"), given, searcher, print)
    assert short_of(report, THRESHOLDS["needs"]) == {}


@pytest.mark.deep
@pytest.mark.timeout(900)
@pytest.mark.skipif(not SHARED.is_dir(), reason="the collections of ../shared/eval are not here")
@pytest.mark.parametrize("name", depth(["faq3"], ["faq3", "gdpr"]))
def test_collections_that_are_not_ours_are_searched_as_well_as_ever(encoder, settings, name):
    tests = read_collection(SHARED / name)
    report = evaluate_corpus(tests, (0,), Given.NONE, temporary_index(settings, encoder), lambda line: None)
    assert short_of(report, THRESHOLDS[name]) == {}


def test_a_figure_that_falls_is_found():
    report = {"scattered": {"all": 0.7}, "offtopic": {"refused": 0.1}}
    assert short_of(report, {"scattered.all": 0.71}) == {}
    fallen = {"scattered.all": (0.7, 0.72), "offtopic.refused": (0.1, 0.01)}
    assert short_of(report, {name: wanted for name, (_, wanted) in fallen.items()}) == fallen
