"""Reading one generation: nothing of another gets in, and what is cached for one caller never comes out for another."""

import pytest

from ingest.indexing.index import index_content
from kb.errors import NotFound
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from tests.conftest import REPOSITORY

EN = Language.EN
CLEARED = frozenset({"clear", "amber"})
CACHED = {
    "related": lambda view: view.related(view.note("be-a", EN), EN, limit=9),
    "timeline": lambda view: view.timeline("be-a", EN),
    "compare": lambda view: view.compare("phishing", None, EN),
    "objectives": lambda view: view.objectives(EN),
    "map": lambda view: view.practice_map(),
    "coverage": lambda view: view.coverage("2026-11-26"),
    "kinds": lambda view: view.kinds(),
    "search": lambda view: [vars(hit) for hit in view.search("who blocks the sites behind false messages").practices],
}


@pytest.fixture
def guarded(content):
    """Notes for everybody, and some that are not, about the same."""
    content.practice("be-a", implements=["be-plan#o1"])
    content.practice("nl-b", countries=["NL"])
    content.strategy("be-plan", crime_types=["phishing"])
    restricted = {"tlp": "amber", "pap": "amber", "implements": ["be-plan#o1"]}
    content.practice("be-secret", related=[{"id": "be-a", "rel": "replaces"}], **restricted)
    content.practice("lu-secret", countries=["LU"], **restricted)
    return content


@pytest.mark.parametrize("what", CACHED)
def test_what_is_cached_for_the_cleared_is_not_for_a_stranger(guarded, index, what):
    strangers, searcher = CACHED[what](index().view()), index()
    for _ in range(2):
        cleared = CACHED[what](searcher.view(CLEARED))
        assert CACHED[what](searcher.view()) == strangers
    assert "secret" not in repr(strangers)
    assert cleared != strangers
    other = index()
    CACHED[what](other.view())
    assert CACHED[what](other.view(CLEARED)) == cleared


@pytest.mark.parametrize("what", CACHED)
def test_what_is_cached_goes_with_its_generation(guarded, index, what):
    searcher = index()
    before = CACHED[what](searcher.view())
    guarded.practice("be-a", title="Another title")
    guarded.practice("be-new")
    guarded.strategy("be-plan", title="Another plan", crime_types=["phishing"])
    fresh = index()
    assert CACHED[what](searcher.view()) == CACHED[what](fresh.view())
    assert CACHED[what](searcher.view()) != before


def test_of_a_question_nothing_is_cached_but_notes_and_passages(guarded, index):
    def cached_after(*questions):
        searcher = index()
        for question in questions:
            searcher.view(CLEARED).search(question, reader="en", country=["BE"])
            searcher.view().browse(EN, country=["BE"])
        return dict(searcher._current.cache._values)

    first, second = cached_after("zyxwvut behind false messages"), cached_after("how are banks told of qwerasdf")
    assert {what for what, *_ in first} == {"passage", "card", "identifiers"}
    assert first.keys() & second.keys()
    assert all(second.get(key, answer) == answer for key, answer in first.items())
    assert "zyxwvut" not in repr(first)


def test_a_note_withdrawn_under_way_is_read_to_the_end(content, index, settings, fake_encoder):
    content.practice("be-a")
    content.practice("nl-b", countries=["NL"])
    searcher = index()

    def read(view):
        note = view.note("be-a", EN)
        (content.root / "practices" / "be-a" / "en.md").unlink(missing_ok=True)
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
        lists = (view.cards(["be-a"], EN), view.timeline("be-a", EN), view.related(note, EN))
        return tuple([card.id for card in cards] for cards in lists)

    assert read(searcher.view()) == (["be-a"], ["be-a"], ["nl-b"])
    with pytest.raises(NotFound):
        read(searcher.view())


def test_no_surface_reaches_past_a_view():
    reaching = [str(file) for file in (REPOSITORY / "api").rglob("*.py") if ".generation" in file.read_text("utf-8")]
    assert reaching == []
