"""The recipe of a search: its steps in order, and what a step raises."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from kb.errors import ModelError
from search import pipeline
from search.service import Searcher


def test_the_steps_of_a_search(content: Any, index: Callable[[], Searcher], monkeypatch: pytest.MonkeyPatch) -> None:
    content.practice("be-a")
    view, called = index().view(), list[str]()
    for name in pipeline.STEPS:
        step = getattr(pipeline, name)
        monkeypatch.setattr(
            pipeline, name, lambda *given, _step=step, _name=name: called.append(_name) or _step(*given)
        )
    view.search("who blocks the sites behind false messages")
    assert called == ["understand", "encode", "retrieve", "score", "group_notes", "balance", "present"]
    assert called == list(pipeline.STEPS)


def test_what_a_step_raises_reaches_the_caller(content: Any, index: Callable[[], Searcher], fake_encoder: Any) -> None:
    class Broken(type(fake_encoder)):  # type: ignore[misc]  # the class comes with the fixture
        def _encode(self, role: str, texts: Sequence[str]) -> np.ndarray:
            raise raised

    raised = ModelError("The model is gone.")
    content.practice("be-a")
    whole = index()
    with pytest.raises(ModelError) as caught:
        Searcher(whole._store, Broken(), whole._recipe).view().search("phishing")
    assert caught.value is raised
