"""The recipe of a search: its steps in order."""

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
