"""The indexing pipeline: its steps in order, its failures as raised, and nothing copied on the way."""

from copy import deepcopy
from dataclasses import fields

import pytest
from haystack import Pipeline
from haystack.core.errors import PipelineRuntimeError

from ingest.chunking.texts import NoteTexts
from ingest.indexing.index import cache_path
from ingest.indexing.pipeline import Step, indexing_pipeline, run_pipeline
from ingest.indexing.plan import Target
from ingest.indexing.statistics import EncodedTexts, Statistics
from kb.encoder.vector_cache import VectorCache
from kb.errors import IndexMissing, KbError
from kb.notes.taxonomy import Taxonomy


def test_the_steps_of_indexing(fake_encoder, store, settings):
    with VectorCache(cache_path(settings.data_dir), "e") as cache:
        taxonomy = Taxonomy.__new__(Taxonomy)
        pipeline = indexing_pipeline(settings, fake_encoder, cache, store, taxonomy, lambda *at: None)
    assert list(pipeline.graph.nodes) == ["chunk", "encode", "fit", "write"]
    assert {(sender, receiver) for sender, receiver, _ in pipeline.graph.edges} == {
        ("chunk", "encode"),
        ("chunk", "fit"),
        ("chunk", "write"),
        ("encode", "fit"),
        ("encode", "write"),
        ("fit", "write"),
    }


def failing(error):
    def fail(value):
        raise error

    pipeline = Pipeline()
    pipeline.add_component("fail", Step(fail))
    run_pipeline(pipeline, {"fail": {"value": 1}})


def test_our_errors_come_out_as_they_went_in(capfd):
    raised = IndexMissing("There is none.", remedy="Run it.")
    with pytest.raises(KbError) as caught:
        failing(raised)
    assert caught.value is raised
    assert capfd.readouterr() == ("", "")


def test_a_defect_is_not_dressed_up_as_one_of_our_errors():
    with pytest.raises(PipelineRuntimeError):
        failing(ZeroDivisionError())


@pytest.mark.parametrize("kind", [NoteTexts, EncodedTexts, Statistics, Target])
def test_what_travels_is_not_copied(kind):
    carrier = kind(**{field.name: [field.name] for field in fields(kind)})
    assert deepcopy(carrier) is carrier
    got: list[object] = []

    def hand_on(value):
        got.append(value)
        return value

    pipeline = Pipeline()
    pipeline.add_component("first", Step(hand_on))
    pipeline.add_component("second", Step(hand_on))
    pipeline.connect("first.result", "second.value")
    results = run_pipeline(pipeline, {"first": {"value": carrier}})
    assert got[0] is got[1] is results["second"]["result"] is carrier
