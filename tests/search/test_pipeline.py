"""The recipe of a search: its steps in order, and what a step raises."""

import pytest

from kb.errors import ModelError
from search import pipeline


def test_the_steps_of_a_search(content, index, monkeypatch):
    content.practice("be-a")
    view, called = index().view(), []
    for name in pipeline.STEPS:
        step = getattr(pipeline, name)
        monkeypatch.setattr(
            pipeline, name, lambda *given, _step=step, _name=name: called.append(_name) or _step(*given)
        )
    view.search("who blocks the sites behind false messages")
    assert called == ["encode", "understand", "retrieve", "score", "group_notes", "balance", "present"]
    assert called == list(pipeline.STEPS)


def test_what_a_step_raises_reaches_the_caller(content, index, fake_encoder):
    def broken(texts):
        raise raised

    raised = ModelError("The model is gone.")
    content.practice("be-a")
    view = index().view()
    fake_encoder.encode_queries = broken
    with pytest.raises(ModelError) as caught:
        view.search("phishing")
    assert caught.value is raised
