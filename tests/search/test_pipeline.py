"""The recipe of a search: its steps in order."""

from types import SimpleNamespace

import pytest

from search import pipeline
from search.rank.calibrate import UNLISTED


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


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        (("Which desk refunds a stolen amount?", {}), True),
        (("phishing", {}), False),  # names a subject alone
        (("Which desk refunds a stolen amount? Victims ask us every day.", {"pasted": True}), False),
        (("", {"similar_to": "be-a"}), False),
    ],
)
def test_late_interaction_orders_the_notes_of_a_question(content, index, monkeypatch, asked, counts):
    content.practice("be-a", questions=["Which bank refunds which stolen amount?"])
    content.practice("be-b", questions=["Which desk blocks phishing?"])
    content.practice("be-c", questions=["Who warns the victims of phishing?"])
    monkeypatch.setattr("search.rank.late_interaction.BEHIND", 1.0)  # vectors of the fake encoder lie far apart
    view = index().view()

    def scores():
        [found] = view.search_all([asked])
        return {hit.id: hit.score for hit in found.lists["practice"]}

    with_it = scores()
    monkeypatch.setattr("search.rank.late_interaction.WEIGHT", 0.0)
    assert (scores() != pytest.approx(with_it, abs=1e-6)) is counts


def test_in_a_collection_without_a_list_of_what_is_out_of_scope_every_question_must_come_nearer(content, index):
    for number in range(6):
        content.practice(f"be-{number}")
    (content.root / "taxonomy" / "outside.yaml").unlink()
    view = index().view()
    scope = view.generation.reader.manifest.scope
    assert pipeline.scope_of(view, SimpleNamespace(is_about=True)) == scope + UNLISTED > -1
