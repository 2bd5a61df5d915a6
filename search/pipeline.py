"""The Haystack query pipeline: encode -> understand -> retrieve -> balance -> present. Wires the steps, no more."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from haystack import Pipeline

from ingest.indexing.pipeline import run_pipeline
from kb.encoder.encoders import Encoder
from kb.notes.note import Kind
from kb.text.language_guess import guess_language
from kb.text.languages import Language
from search.filters import in_words, sought_countries
from search.parts import OF_EACH, merged
from search.query import SearchQuery
from search.results import SearchResults
from search.stages import Session
from search.steps import Balancer, Presenter, QueryEncoder, QueryReader, Retriever
from search.understand.encoding import encoded, parts

if TYPE_CHECKING:
    from search.view import IndexView

STEPS = ("encode", "understand", "retrieve", "balance", "present")


@lru_cache(maxsize=1)
def query_pipeline(encoder: Encoder) -> Pipeline:
    """Wire the steps. Every step takes `session`; `present.presented` and `understand.understood` come out."""
    pipeline = Pipeline()
    pipeline.add_component("encode", QueryEncoder(encoder))
    pipeline.add_component("understand", QueryReader())
    pipeline.add_component("retrieve", Retriever())
    pipeline.add_component("balance", Balancer())
    pipeline.add_component("present", Presenter())
    for sender, receiver in (
        ("understand.understood", "retrieve.understood"),
        ("encode.vectors", "retrieve.vectors"),
        ("understand.understood", "present.understood"),
        ("encode.vectors", "present.vectors"),
        ("retrieve.ranked", "balance.ranked"),
        ("retrieve.ranked", "present.ranked"),
        ("balance.lists", "present.lists"),
    ):
        pipeline.connect(sender, receiver)
    return pipeline


def search_all(view: "IndexView", queries: Sequence[SearchQuery]) -> list[SearchResults]:
    """Answer several questions, encoded in one pass."""
    generation = view.generation
    asked = [_parts(query) for query in queries]
    together = [part for pieces in asked for part in pieces]
    if len(together) == 1 and not queries[0].pasted:
        return [_answer(view, queries[0])]
    vectors = iter(encoded(generation.encoder, [generation.spelling.restored(part.text) for part in together]))
    return [
        _merged(view, query, pieces, vectors) if query.pasted else _answer(view, query, next(vectors))
        for query, pieces in zip(queries, asked, strict=True)
    ]


def _merged(
    view: "IndexView", query: SearchQuery, pieces: Sequence[SearchQuery], vectors: Iterator[np.ndarray]
) -> SearchResults:
    started = time.perf_counter()
    answers = [_answer(view, part, next(vectors)) for part in pieces]
    sought = sought_countries(query, view.taxonomy)
    detected = guess_language(query.text, query.reader)
    return replace(merged(answers, query, view.generation.notes, sought, detected), took_ms=_since(started))


def _answer(view: "IndexView", query: SearchQuery, vector: np.ndarray | None = None) -> SearchResults:
    started = time.perf_counter()
    generation = view.generation
    session = Session(
        query, generation.reader, generation.notes, generation.thesaurus, generation.spelling, view.identifiers,
        generation.cache, vector,
    )  # fmt: skip
    pipeline = query_pipeline(generation.encoder)  # type: ignore[arg-type]
    outputs = run_pipeline(pipeline, {step: {"session": session} for step in STEPS}, {"understand"})
    understood = outputs["understand"]["understood"]
    presented = outputs["present"]["presented"]
    return SearchResults(
        text=query.text,
        detected=understood.detected,
        reader=understood.reader,
        filters=in_words(query, view.taxonomy, understood.reader),
        practices=presented.hits.get(Kind.PRACTICE, ()),
        strategies=presented.hits.get(Kind.STRATEGY, ()),
        counts=presented.counts,
        totals=presented.totals,
        took_ms=_since(started),
        more=presented.more,
        moves=presented.moves,
        by_country=presented.by_country,
    )


def _parts(query: SearchQuery) -> list[SearchQuery]:
    """The questions that are asked for one: itself, or one for each part of a pasted text."""
    if not query.pasted:
        return [query]
    one = replace(
        query, reader=query.reader or guess_language(query.text, None) or Language.EN, limit=OF_EACH, offset=0,
        by_date=False, by_country=False,
    )  # fmt: skip
    return [replace(one, text=text) for text in parts(query.text)]


def _since(started: float) -> float:
    """Milliseconds since a time of the performance counter."""
    return round((time.perf_counter() - started) * 1000, 2)
