"""Runs a test collection: over its own corpus, whole and scattered, or over the indexed notes.

Measures are those of `ir_measures` (trec_eval).
"""

import statistics
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ir_measures
import numpy as np
from ir_measures import R, nDCG

from kb.errors import QueryError, SettingsError
from kb.notes.note import Kind, Note
from kb.text.languages import Language
from search.evaluate.collection import Document, OffTopic, Query, TestCollection
from search.evaluate.corpus import notes_of
from search.evaluate.report import interval
from search.query import MAX_OFFSET
from search.results import SearchResults
from search.service import Searcher

CUT = 10
MEASURES = (nDCG @ CUT, R @ 5)
Judgements = Mapping[str, Mapping[str, int]]
Run = Mapping[str, Sequence[str]]
"""Question id -> ids found, best first."""
Say = Callable[[str], None]
Ask = Callable[..., SearchResults | None]
"""(question, **parameters) -> its answer; None of a question that the search refuses."""
Index = Callable[[tuple[Note, ...], Path], Searcher]
"""Notes and a folder for their index -> a search over them."""


class Given(StrEnum):
    """The language that the search is given with a question."""

    RIGHT = "right"
    NONE = "none"
    WRONG = "wrong"

    def language(self, query: Query | OffTopic) -> str | None:
        """Return the reader's language that goes with a question; None where the question has none."""
        if query.lang is None or self is Given.NONE:
            return None
        order = list(Language)
        return order[(order.index(query.lang) + (self is Given.WRONG)) % len(order)].value


def evaluate_corpus(
    tests: TestCollection, seeds: Sequence[int], given: Given, index: Index, say: Say
) -> dict[str, Any]:
    """Return `mixed`, `scattered`, `directions`, `own_language@10`, as docs/relevance.md defines them.

    Raises SettingsError if no judgement names a document of the corpus.
    """
    by_id = {document.id: document for document in tests.corpus}
    grades = {query.id: _by_group(tests.judged(query), by_id) for query in tests.queries if tests.judged(query)}
    queries = [query for query in tests.queries if query.id in grades]
    if not any(grade > 0 for found in grades.values() for grade in found.values()):
        raise SettingsError(
            "No judgement with a grade above 0 names a document of the corpus.",
            remedy="The second column of qrels.tsv names `_id` of documents.",
        )
    times: list[float] = []
    report: dict[str, Any] = {}
    with TemporaryDirectory() as folder:

        def run(documents: Iterable[Document], name: str) -> dict[str, list[str]]:
            notes, groups = notes_of(documents)
            say(f"{name}: {len(notes)} documents, {len(queries)} questions")
            ask = _asking(index(notes, Path(folder) / name), given, say)
            ranked: dict[str, list[str]] = {}
            refused: list[bool] = []
            for query in queries:
                ranked[query.id], pages = _groups(ask, query, groups)
                times.extend(page.took_ms for page in pages)
                refused += [not page.relevant for page in pages[:1]]
            if name == "mixed" and tests.offtopic:
                report["offtopic"] = _offtopic(ask, tests.offtopic, refused)
            return ranked

        mixed = scores(grades, run(tests.corpus, "mixed"))
        seeded = {}
        for seed in seeds:
            name, kept = f"scattered-{seed}", scattered(tests.corpus, seed)
            seeded[name] = _scattered(queries, grades, kept, run(kept.values(), name))
    report["mixed"] = {measure: mean([*values.values()]) for measure, values in mixed.items()}
    for part in ("scattered", "directions"):
        report[part] = _means([figures[part] for figures in seeded.values()])
    report["own_language@10"] = report["scattered"].pop("own")
    same, other = report["scattered"]["same"], report["scattered"]["other"]
    report["scattered"]["gap"] = None if same is None or other is None else same - other
    report["unknown_ids"] = sorted({name for query in tests.queries for name in tests.judged(query)} - by_id.keys())
    report["took_ms"] = {"p50": round(statistics.median(times), 2) if times else None}
    report["per_query"] = {"mixed": mixed["nDCG@10"]}
    report["per_query"] |= {name: figures["values"] for name, figures in seeded.items()}
    return report


def _groups(ask: Ask, query: Query, groups: Mapping[str, str]) -> tuple[list[str], list[SearchResults]]:
    """Return the first groups found, and the pages of results they are on.

    One group may have more documents than a page has room for. Of a question that the search refuses nothing comes.
    """
    found: dict[str, None] = {}
    pages: list[SearchResults] = []
    for offset in range(0, MAX_OFFSET + 1, CUT * 2):
        page = ask(query, limit=CUT * 2, offset=offset, kind=("practice",))
        if page is None:
            break
        pages.append(page)
        found |= dict.fromkeys(groups[hit.id] for hit in page.practices)
        if len(found) >= CUT or len(page.practices) < CUT * 2:
            break
    return [*found][:CUT], pages


def _asking(searcher: Searcher, given: Given, say: Say) -> Ask:
    def ask(question: Query | OffTopic, **parameters: Any) -> SearchResults | None:
        try:
            return searcher.view().search(question.text, reader=given.language(question), **parameters)
        except QueryError as error:
            say(f"`{question.id}` counts as answered with nothing: {error}")
            return None

    return ask


def scattered(corpus: Sequence[Document], seed: int) -> dict[str, Document]:
    """Return group -> the one document kept of it, drawn by group and seed."""
    members: dict[str, list[int]] = {}
    for place, document in enumerate(corpus):
        members.setdefault(document.joined, []).append(place)
    return {
        group: corpus[int(np.random.default_rng(zlib.crc32(group.encode()) + seed).choice(places))]
        for group, places in members.items()
    }


def _scattered(queries: Sequence[Query], grades: Judgements, kept: Mapping[str, Document], run: Run) -> dict[str, Any]:
    found = scores(grades, run)["nDCG@10"]
    same, other = [], []
    directions: dict[str, list[float]] = {f"{asked}>{written}": [] for asked, written in product(Language, Language)}
    for query in queries:
        if query.id not in found:
            continue
        languages = {kept[group].lang for group, grade in grades[query.id].items() if grade > 0}
        if languages == {query.lang}:
            same.append(found[query.id])
        elif query.lang not in languages:
            other.append(found[query.id])
        if len(languages) == 1:
            directions[f"{query.lang}>{next(iter(languages))}"].append(found[query.id])
    own = [
        sum(kept[group].lang is query.lang for group in run[query.id]) / len(run[query.id])
        for query in queries
        if run[query.id]
    ]
    return {
        "scattered": {"all": mean([*found.values()]), "same": mean(same), "other": mean(other), "own": mean(own)},
        "directions": {name: mean(values) for name, values in directions.items()},
        "values": found,
    }


def evaluate_content(tests: TestCollection, given: Given, searcher: Searcher, say: Say) -> dict[str, Any]:
    """Return `needs` by language: judgements name notes of any kind, each looked for in the list of its kind.

    P@1 counts the questions for which the first note of a list is a judged one.
    """
    kinds, ask = searcher.view().kinds(), _asking(searcher, given, say)
    judged: dict[str, dict[str, int]] = {}
    run: dict[str, list[str]] = {}
    first: dict[str, float] = {}
    refused: list[bool] = []
    times: list[float] = []
    for query in tests.queries:
        grades = {note: grade for note, grade in tests.judged(query).items() if note in kinds}
        if not grades:
            continue
        answer = ask(query, limit=CUT)
        if answer is not None:
            times.append(answer.took_ms)
            refused.append(not answer.relevant)
        first[query.id] = 0.0
        for kind in Kind:
            hits = () if answer is None else answer.lists.get(kind, ())
            run[f"{query.id} {kind}"] = [hit.id for hit in hits]
            judged[f"{query.id} {kind}"] = {note: grade for note, grade in grades.items() if kinds[note] is kind}
            if any(grades.get(hit.id, 0) > 0 for hit in hits[:1]):
                first[query.id] = 1.0
    found = scores(judged, run)
    measures = {"P@1": first, **{name: _per_query(found[name]) for name in ("R@5", "nDCG@10")}}
    asked_in = {query.id: query.lang for query in tests.queries}
    by_language = {
        language.value: {
            name: [value for query, value in values.items() if asked_in[query] is language]
            for name, values in measures.items()
        }
        for language in Language
    }
    return {
        "needs": {
            language: {**{name: mean(values) for name, values in found.items()}, **_bounds(found["R@5"])}
            for language, found in by_language.items()
        },
        **({"offtopic": _offtopic(ask, tests.offtopic, refused)} if tests.offtopic else {}),
        "unknown_ids": sorted({note for query in tests.queries for note in tests.judged(query)} - kinds.keys()),
        "took_ms": {"p50": round(statistics.median(times), 2) if times else None},
        "per_query": {"needs": measures["nDCG@10"], "needs R@5": measures["R@5"]},
    }


def _bounds(values: Sequence[float]) -> dict[str, float]:
    """Return between what R@5 lies with a certainty of 95 %, as far as chance decides which questions there are."""
    return dict(zip(("R@5_low", "R@5_high"), interval(values), strict=True)) if values else {}


def _offtopic(ask: Ask, questions: Sequence[OffTopic], refused: Sequence[bool]) -> dict[str, float | None]:
    """Return shares answered "nothing relevant", by kind of question that nothing answers, and of real ones."""
    answered: dict[str, Sequence[bool]] = {"far": [], "near": [], "refused": refused}
    for question in questions:
        if (answer := ask(question, limit=CUT)) is not None:
            answered[question.kind] = [*answered[question.kind], not answer.relevant]
    return {kind: mean([float(nothing) for nothing in found]) for kind, found in answered.items()}


def _per_query(values: Mapping[str, float]) -> dict[str, float]:
    """Return the mean over the lists of a question that have something to find."""
    lists: dict[str, list[float]] = {}
    for key, value in values.items():
        lists.setdefault(key.rpartition(" ")[0], []).append(value)
    return {query: sum(found) / len(found) for query, found in lists.items()}


def _by_group(grades: Mapping[str, int], by_id: Mapping[str, Document]) -> dict[str, int]:
    """Return the grade of each group: the highest among its documents that are in the corpus."""
    found: dict[str, int] = {}
    for document_id, grade in grades.items():
        if (document := by_id.get(document_id)) is not None:
            found[document.joined] = max(grade, found.get(document.joined, 0))
    return found


def _means(reports: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """Return the mean of each figure over those reports that have it."""
    return {name: mean([value for report in reports if (value := report[name]) is not None]) for name in reports[0]}


def scores(judged: Judgements, run: Run) -> dict[str, dict[str, float]]:
    """Return `nDCG@10` and `R@5` of each question that has a document graded above 0; 0 where nothing was found."""
    relevant = {query: dict(grades) for query, grades in judged.items() if any(grade > 0 for grade in grades.values())}
    found = {
        query: {document: -float(place) for place, document in enumerate(run.get(query, ()))} for query in relevant
    }
    by_measure = {str(measure): dict.fromkeys(relevant, 0.0) for measure in MEASURES}
    for metric in ir_measures.iter_calc(MEASURES, relevant, found):
        by_measure[str(metric.measure)][metric.query_id] = metric.value
    return by_measure


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, or None of nothing."""
    return sum(values) / len(values) if values else None
