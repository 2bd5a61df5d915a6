"""Runs a test collection: over its own corpus, whole and scattered, or over the configured notes."""

import statistics
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from api.evaluation.collection import Document, OffTopic, Query, TestCollection
from api.evaluation.corpus import notes_of, searcher_over
from api.evaluation.measures import CUT, Judgements, mean, scores
from api.evaluation.remembering import RememberingEncoder
from kb.encoder.encoders import Encoder
from kb.errors import QueryError, SettingsError
from kb.notes.note import Kind
from kb.notes.taxonomy import Taxonomy
from kb.settings import Settings
from kb.text.languages import Language
from search.query import MAX_LIMIT, MAX_OFFSET
from search.results import NoteHit, SearchResults
from search.service import Searcher

Say = Callable[[str], None]


class Given(StrEnum):
    """What the search is told of a question's language."""

    RIGHT = "right"
    NONE = "none"
    WRONG = "wrong"

    def language(self, query: Query | OffTopic) -> str | None:
        """The reader's language that goes with a question; none where the question has none."""
        if query.lang is None:
            return None
        order = list(Language)
        return {
            Given.RIGHT: query.lang.value,
            Given.NONE: None,
            Given.WRONG: order[(order.index(query.lang) + 1) % len(order)].value,
        }[self]


def evaluate_corpus(
    tests: TestCollection,
    seeds: Sequence[int],
    given: Given,
    taxonomy: Taxonomy,
    encoder: Encoder,
    settings: Settings,
    say: Say,
) -> dict[str, Any]:
    """`mixed`, `scattered`, `directions`, `own_language@10`, as README of the collections defines them."""
    remembering = RememberingEncoder(encoder)
    by_id = {document.id: document for document in tests.corpus}
    grades = {query.id: _by_group(tests.judged(query), by_id) for query in tests.queries if tests.judged(query)}
    queries = [query for query in tests.queries if query.id in grades]
    if not any(grade > 0 for found in grades.values() for grade in found.values()):
        raise SettingsError(
            "No judgement with a grade above 0 names a document of the corpus.",
            remedy="The second column of qrels.tsv names `_id` of documents.",
        )
    report: dict[str, Any] = {}
    values: dict[str, dict[str, float]] = {}
    times: list[float] = []
    refused: dict[str, bool] = {}
    with TemporaryDirectory() as folder:

        def ask(documents: Iterable[Document], name: str) -> dict[str, list[str]]:
            notes, groups = notes_of(documents)
            say(f"{name}: {len(notes)} documents, {len(queries)} questions")
            door = searcher_over(notes, taxonomy, remembering, settings, Path(folder) / name)
            run: dict[str, list[str]] = {}
            for query in queries:
                found: dict[str, None] = {}
                for answer in _pages(door, query, given, say):
                    times.append(answer.took_ms)
                    refused.setdefault(query.id, not answer.relevant)
                    found |= dict.fromkeys(groups[hit.id] for hit in answer.practices)
                    if len(found) >= CUT:
                        break
                run[query.id] = [*found][:CUT]
            if name == "mixed" and tests.offtopic:
                report["offtopic"] = _offtopic(tests.offtopic, given, door, list(refused.values()), say)
            return run

        mixed = scores(grades, ask(tests.corpus, "mixed"))
        report["mixed"] = {"nDCG@10": mean([*mixed.ndcg.values()]), "R@5": mean([*mixed.recall.values()])}
        values["mixed"] = dict(mixed.ndcg)
        seeded = []
        for seed in seeds:
            kept = scattered(tests.corpus, seed)
            seeded.append(_scattered(queries, grades, kept, ask(kept.values(), f"scattered-{seed}")))
    report["scattered"] = _mean_of([one["scattered"] for one in seeded])
    report["scattered"]["gap"] = _difference(report["scattered"]["same"], report["scattered"]["other"])
    report["directions"] = _mean_of([one["directions"] for one in seeded])
    report["own_language@10"] = mean([one["own"] for one in seeded if one["own"] is not None])
    for seed, one in zip(seeds, seeded, strict=True):
        values[f"scattered-{seed}"] = one["values"]
    report["unknown_ids"] = sorted({one for query in tests.queries for one in tests.judged(query)} - by_id.keys())
    report["took_ms"] = {"p50": round(statistics.median(times), 2) if times else None}
    report["per_query"] = values
    return report


def _pages(door: Searcher, query: Query | OffTopic, given: Given, say: Say) -> Iterator[SearchResults]:
    """The answer to a question, page after page: one group may have more documents than a page has room for.

    Of a question that the search refuses nothing comes, and it is said which.
    """
    offset, limit = 0, CUT * 2
    while offset <= MAX_OFFSET:
        answer = _asked(door, query, given, say, limit=limit, offset=offset, kind=("practice",))
        if answer is None:
            return
        yield answer
        if len(answer.practices) < limit:
            return
        offset, limit = offset + limit, MAX_LIMIT


def _asked(
    door: Searcher, question: Query | OffTopic, given: Given, say: Say, **parameters: Any
) -> SearchResults | None:
    try:
        return door.view().search(question.text, reader=given.language(question), **parameters)
    except QueryError as error:
        say(f"`{question.id}` counts as answered with nothing: {error}")
        return None


def scattered(corpus: Sequence[Document], seed: int) -> dict[str, Document]:
    """Group -> the one document kept of it, drawn by group and seed."""
    members: dict[str, list[int]] = {}
    for place, document in enumerate(corpus):
        members.setdefault(document.joined, []).append(place)
    return {
        group: corpus[int(np.random.default_rng(zlib.crc32(group.encode()) + seed).choice(places))]
        for group, places in members.items()
    }


def _scattered(
    queries: Sequence[Query], grades: Judgements, kept: Mapping[str, Document], run: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    found = scores(grades, run).ndcg
    same, other = [], []
    directions: dict[str, list[float]] = {f"{one}>{two}": [] for one, two in product(Language, Language)}
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
    own = [sum(kept[group].lang is query.lang for group in run[query.id]) / len(run[query.id])
           for query in queries if run[query.id]]  # fmt: skip
    return {
        "scattered": {"all": mean([*found.values()]), "same": mean(same), "other": mean(other)},
        "directions": {name: mean(values) for name, values in directions.items()},
        "own": mean(own),
        "values": dict(found),
    }


def evaluate_content(tests: TestCollection, given: Given, door: Searcher, say: Say) -> dict[str, Any]:
    """`needs` by language: judgements name notes, practices and strategies, each looked for in its own list.

    P@1 counts the questions for which the first practice or the first strategy is a judged one.
    """
    kinds = door.view().kinds()
    unknown = sorted({note for query in tests.queries for note in tests.judged(query)} - kinds.keys())
    judged: dict[str, dict[str, int]] = {}
    run: dict[str, list[str]] = {}
    first: dict[str, bool] = {}
    refused: list[bool] = []
    times: list[float] = []
    for query in tests.queries:
        grades = {note: grade for note, grade in tests.judged(query).items() if note in kinds}
        if not grades:
            continue
        answer = _asked(door, query, given, say, limit=CUT)
        if answer is not None:
            times.append(answer.took_ms)
            refused.append(not answer.relevant)
        lists = _lists(answer)
        first[query.id] = any(grades.get(hit.id, 0) > 0 for hits in lists.values() for hit in hits[:1])
        for kind, hits in lists.items():
            judged[f"{query.id} {kind}"] = {note: grade for note, grade in grades.items() if kinds[note] is kind}
            run[f"{query.id} {kind}"] = [hit.id for hit in hits]
    found = scores(judged, run)
    by_language = {
        language.value: [query for query in tests.queries if query.lang is language] for language in Language
    }
    values = {"ndcg": _per_query(found.ndcg), "recall": _per_query(found.recall)}
    return {
        "needs": {
            language: {
                "P@1": mean([float(first[query.id]) for query in queries if query.id in first]),
                "R@5": mean([values["recall"][query.id] for query in queries if query.id in values["recall"]]),
                "nDCG@10": mean([values["ndcg"][query.id] for query in queries if query.id in values["ndcg"]]),
            }
            for language, queries in by_language.items()
        },
        **({"offtopic": _offtopic(tests.offtopic, given, door, refused, say)} if tests.offtopic else {}),
        "unknown_ids": unknown,
        "took_ms": {"p50": round(statistics.median(times), 2) if times else None},
        "per_query": {"needs": values["ndcg"], "needs R@5": values["recall"]},
    }


def _offtopic(
    questions: Sequence[OffTopic], given: Given, door: Searcher, refused: Sequence[bool], say: Say
) -> dict[str, float | None]:
    """Shares answered "nothing relevant": of questions that nothing answers, by kind, and of real ones (`refused`)."""
    answered: dict[str, list[bool]] = {"far": [], "near": []}
    for question in questions:
        if (answer := _asked(door, question, given, say, limit=CUT)) is not None:
            answered[question.kind].append(not answer.relevant)
    return {**{kind: _share(found) for kind, found in answered.items()}, "refused": _share(refused)}


def _share(found: Sequence[bool]) -> float | None:
    return mean([float(one) for one in found])


def _lists(answer: SearchResults | None) -> dict[Kind, tuple[NoteHit, ...]]:
    if answer is None:
        return dict.fromkeys(Kind, ())
    return {Kind.PRACTICE: answer.practices, Kind.STRATEGY: answer.strategies}


def _per_query(values: Mapping[str, float]) -> dict[str, float]:
    """The mean over the lists of a question that have something to find."""
    lists: dict[str, list[float]] = {}
    for key, value in values.items():
        lists.setdefault(key.rpartition(" ")[0], []).append(value)
    return {query: sum(found) / len(found) for query, found in lists.items()}


def _by_group(grades: Mapping[str, int], by_id: Mapping[str, Document]) -> dict[str, int]:
    """Grades of groups: the highest among their documents; documents that are not in the corpus count for nothing."""
    found: dict[str, int] = {}
    for document_id, grade in grades.items():
        if (document := by_id.get(document_id)) is not None:
            found[document.joined] = max(grade, found.get(document.joined, 0))
    return found


def _mean_of(reports: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    return {name: mean([value for one in reports if (value := one[name]) is not None]) for name in reports[0]}


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other
