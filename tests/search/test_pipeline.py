"""Both pipelines: their steps in order, their failures as raised, and nothing copied on the way."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from haystack import Pipeline, component

from ingest.indexing.index import index_content
from ingest.indexing.pipeline import run_pipeline
from kb.errors import ModelError
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from search.pipeline import STEPS, query_pipeline
from search.query import SearchQuery
from search.results import SearchResults
from search.service import Searcher
from search.steps import Lists, Presented, Ranked, Session, Understood, Vectors


def wiring(pipeline: Pipeline) -> tuple[list[str], set[tuple[str, str]]]:
    return list(pipeline.graph.nodes), {(one, other) for one, other, _ in pipeline.graph.edges}


def test_the_steps_of_a_search(fake_encoder: Any) -> None:
    steps, wires = wiring(query_pipeline(fake_encoder))
    assert steps == ["encode", "understand", "retrieve", "balance", "present"] == list(STEPS)
    assert wires == {
        ("understand", "retrieve"), ("understand", "present"), ("encode", "retrieve"), ("retrieve", "balance"),
        ("encode", "present"), ("retrieve", "present"), ("balance", "present"),
    }  # fmt: skip


def test_errors_of_real_steps_reach_both_callers(
    content: Any, settings: Settings, fake_encoder: Any, fake_searcher: Callable[[], Searcher], tmp_path: Path
) -> None:
    raised = ModelError("The model is gone.")

    class Broken(type(fake_encoder)):  # type: ignore[misc]  # the class comes with the fixture
        def _encode(self, role: str, texts: Sequence[str]) -> np.ndarray:
            raise raised

    content.practice("be-a")
    with pytest.raises(ModelError) as caught:
        index_content(settings, EdgeStore(settings.data_dir), Broken())
    assert caught.value is raised
    assert EdgeStore(settings.data_dir).info() is None
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    whole = fake_searcher()
    broken = Searcher(whole._store, Broken(), whole._recipe)
    with pytest.raises(ModelError) as caught:
        broken.view().search("phishing")
    assert caught.value is raised


@component
class Passing:
    """Hands on what it is given, and remembers it."""

    def __init__(self) -> None:
        self.got: object = None

    @component.output_types(value=object)
    def run(self, value: object) -> dict[str, object]:
        self.got = value
        return {"value": value}


CARRIERS: tuple[type[Any], ...] = (
    SearchQuery, Session, Understood, Vectors, Ranked, Lists, Presented, SearchResults,
)  # fmt: skip


@pytest.mark.parametrize("kind", CARRIERS)
def test_what_travels_is_not_copied(kind: type[Any]) -> None:
    carrier = kind(**{field.name: [field.name] for field in fields(kind)})
    assert deepcopy(carrier) is carrier
    first, second = Passing(), Passing()
    pipeline = Pipeline()
    pipeline.add_component("first", first)
    pipeline.add_component("second", second)
    pipeline.connect("first.value", "second.value")
    results = run_pipeline(pipeline, {"first": {"value": carrier}}, {"first"})
    assert first.got is second.got is results["second"]["value"] is carrier
