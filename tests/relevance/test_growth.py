"""A collection that has doubled hides nothing: among the notes it began with, each need finds what it found before."""

from collections import defaultdict
from pathlib import Path
from statistics import mean

from search.evaluate.collection import read_collection
from tests.relevance.test_thresholds import THRESHOLDS, short_of

NEEDS = Path(__file__).parent / "needs"
FIRST = frozenset((NEEDS / "first_notes.txt").read_text(encoding="utf-8").split())


def test_the_first_notes_are_found_among_themselves_as_before_others_came(searcher):
    tests, kinds = read_collection(NEEDS), searcher.view().kinds()
    shares = defaultdict(list)
    for query in tests.queries:
        judged = {note for note, grade in tests.judged(query).items() if grade > 0} & FIRST
        answer = searcher.view().search(query.text, reader=query.lang, limit=50)
        lists = []
        for kind, hits in answer.lists.items():
            first = [hit.id for hit in hits if hit.id in FIRST][:5]
            of_kind = {note for note in judged if kinds[note] is kind}
            lists += [len(of_kind & {*first}) / len(of_kind)] if of_kind else []
        shares[query.lang.value].append(mean(lists))
    report = {language: mean(found) for language, found in shares.items()}
    print(report)
    assert sum(map(len, shares.values())) == 216
    assert short_of(report, THRESHOLDS["first_notes"]) == {}
