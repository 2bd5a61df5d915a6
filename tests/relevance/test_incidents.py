"""Descriptions of incidents find the practices and strategies that help; other long texts find nothing."""

from pathlib import Path
from statistics import mean
from typing import Any

from search.evaluate.collection import read_collection
from search.rank.texts import MARGIN
from tests.relevance.test_thresholds import THRESHOLDS, short_of

INCIDENTS = Path(__file__).parent / "incidents"


def found(searcher, text, lang):
    return searcher.view().search(text, pasted=True, reader=lang, limit=30)


def recall(results, wanted, first):
    """The share of the notes with grade 2 that stand among the first of the list of their kind."""
    ids = {hit.id for hits in (results.practices, results.strategies) for hit in hits[:first]}
    best = [note_id for note_id, grade in wanted.items() if grade == 2]
    return sum(note_id in ids for note_id in best) / len(best)


def countries_found(results, wanted):
    """Whether the first five show each Benelux country with a practice that was judged relevant and found."""
    named = [set(hit.countries) if hit.id in wanted else set() for hit in results.practices]
    return [
        any(country in one for one in named[:5])
        for country in ("BE", "NL", "LU")
        if any(country in one for one in named)
    ]


def test_incidents_find_what_helps(searcher):
    tests = read_collection(INCIDENTS)
    answers = {one.id: found(searcher, one.text, one.lang) for one in tests.queries}
    others = [found(searcher, one.text, one.lang) for one in tests.offtopic]
    report = {
        "R@5": mean(recall(one, tests.qrels[key], 5) for key, one in answers.items()),
        "R@10": mean(recall(one, tests.qrels[key], 10) for key, one in answers.items()),
        "countries": mean(one for key, found in answers.items() for one in countries_found(found, tests.qrels[key])),
        "relevant": mean(one.relevant for one in answers.values()),
        "offtopic": mean(not one.relevant for one in others),
    }
    print(report)
    assert (len(answers), len(others)) == (24, 8)
    assert short_of(report, THRESHOLDS["incidents"]) == {}


def test_what_is_moved_so_that_a_country_is_seen_says_so(searcher):
    first = read_collection(INCIDENTS).queries[0]
    asked: dict[str, Any] = {"pasted": True, "reader": first.lang, "explain": True}
    found = searcher.view().search(first.text, limit=20, **asked)
    (move,) = found.moves
    assert (move.country, move.to_place) == ("LU", 5)
    assert move.from_place > 5
    hit = found.practices[4]
    assert (hit.id, hit.level) == (move.id, "medium")
    assert "LU" in hit.countries
    assert [one.id for one in found.practices if one.explanation and one.explanation.move] == [hit.id]
    assert found.practices[5].score - hit.score <= MARGIN * found.practices[0].score
    chosen = searcher.view().search(first.text, limit=20, country=["BE", "NL", "LU", "FR", "EU", "BNL"], **asked)
    assert not chosen.moves  # who names countries has chosen
    assert searcher.view().search(first.text, limit=4, **asked).moves == ()
    assert searcher.view().search(first.text, limit=20, sort="date", **asked).moves == ()
