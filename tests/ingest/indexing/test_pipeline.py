"""The indexing pipeline: its steps in order, its failures as raised, and nothing copied on the way."""

import sys
from typing import Any

import pytest
from haystack import Pipeline
from haystack.core.errors import PipelineRuntimeError

from ingest.chunking.chunk import NoteTexts
from ingest.chunking.records import TextVectors
from ingest.indexing.changing import often_handing_over
from ingest.indexing.encode import CachedEncoder
from ingest.indexing.pipeline import Step, indexing_pipeline, run_pipeline
from kb.errors import IndexMissing, KbError
from kb.store.manifest import Manifest


def test_the_steps_of_indexing(store, settings, fake_encoder):
    with CachedEncoder(settings.data_dir / "vectors.sqlite", fake_encoder) as cached:
        pipeline = indexing_pipeline(settings, cached, store, None)
    assert list(pipeline.graph.nodes) == ["chunk", "encode", "fit", "write"]


def run(function, value):
    """Run two steps, the second on what the first returns; they carry types because Haystack reads them."""
    pipeline = Pipeline()
    pipeline.add_component("first", Step(function))
    pipeline.add_component("second", Step(function))
    pipeline.connect("first.result", "second.value")
    return run_pipeline(pipeline, {"first": {"value": value}})["second"]["result"]


def test_our_errors_come_out_as_they_went_in_and_defects_stay_wrapped(capfd):
    def fail(value: Any) -> Any:
        raise value

    raised = IndexMissing("There is none.", remedy="Run it.")
    with pytest.raises(KbError) as caught:
        run(fail, raised)
    assert (str(caught.value), type(caught.value)) == (str(raised), IndexMissing)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(PipelineRuntimeError):
        run(fail, ZeroDivisionError())


@pytest.mark.parametrize("kind", [NoteTexts, TextVectors, Manifest])
def test_what_travels_is_not_copied(kind):
    got = []

    def hand_on(value: Any) -> Any:
        got.append(value)
        return value

    carrier = kind.__new__(kind)
    assert run(hand_on, carrier) is got[0] is got[1] is carrier


def test_threads_hand_over_more_often_until_an_index_is_made_or_is_not():
    before, within = sys.getswitchinterval(), []

    def fail():
        within.append(sys.getswitchinterval())
        raise KeyError

    with pytest.raises(KeyError), often_handing_over():
        fail()
    assert within == pytest.approx([before / 10])
    assert sys.getswitchinterval() == before
