"""Descriptions of incidents find the practices and strategies that help; other long texts find nothing."""

from pathlib import Path
from statistics import mean

from search.evaluate.collection import read_collection
from tests.relevance.test_thresholds import THRESHOLDS, short_of

INCIDENTS = Path(__file__).parent / "incidents"


def recall(results, wanted, first):
    """The share of the notes with grade 2 that are among the first of the list of their kind."""
    ids = {hit.id for hits in (results.practices, results.strategies) for hit in hits[:first]}
    best = [note_id for note_id, grade in wanted.items() if grade == 2]
    return sum(note_id in ids for note_id in best) / len(best)


def countries_found(results, wanted):
    """Whether the first five have each Benelux country with a practice that was judged relevant and found."""
    named = [set(hit.countries) if hit.id in wanted else set() for hit in results.practices]
    found = set().union(*named) & {"BE", "NL", "LU"}
    return [country in set().union(*named[:5]) for country in found]


def test_incidents_find_what_helps(searcher):
    def ask(query):
        return searcher.view().search(query.text, pasted=True, reader=query.lang, limit=30)

    tests = read_collection(INCIDENTS)
    answers = [(ask(query), tests.qrels[query.id]) for query in tests.queries]
    others = [ask(query) for query in tests.offtopic]
    report = {
        "R@5": mean(recall(*answer, 5) for answer in answers),
        "R@10": mean(recall(*answer, 10) for answer in answers),
        "countries": mean(found for answer in answers for found in countries_found(*answer)),
        "relevant": mean(answer.relevant for answer, _ in answers),
        "offtopic": mean(not answer.relevant for answer in others),
    }
    print(report)
    assert (len(answers), len(others)) == (24, 8)
    assert short_of(report, THRESHOLDS["incidents"]) == {}
