"""Reading one generation: nothing of another gets in."""

import pytest

from ingest.indexing.index import index_content
from kb.access import ANONYMOUS, clearance
from kb.errors import NotFound
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from tests.conftest import REPOSITORY
from tests.search.test_equality import WAYS

EN = Language.EN


def test_nothing_that_is_cached_outlives_its_generation(content, index):
    content.practice("be-a", implements=["be-plan#o1"])
    content.practice("nl-b", countries=["NL"], related=[{"id": "be-a", "rel": "replaces"}])
    content.strategy("be-plan", crime_types=["phishing"])
    content.power("be-power")

    def answers(searcher):
        return {name: ask(searcher.view(), ["be-a", "be-plan", "be-none", "nl-b"]) for name, ask in WAYS.items()}

    searcher = index()
    before = answers(searcher)
    content.practice("be-a", title="Another title")
    content.practice("be-new")
    content.strategy("be-plan", title="Another plan", crime_types=["phishing"])
    content.power("be-power", title="Another power")
    fresh = index()
    after = answers(searcher)
    assert after == answers(fresh)
    assert {name for name in WAYS if before[name] == after[name]} == {"taxonomy", "suggest", "sources"}


def test_of_an_id_that_is_nearly_one_only_a_note_that_everybody_may_see_is_named(content, index):
    content.practice("be-open")
    content.practice("be-amber", tlp="amber", pap="amber")
    searcher = index()

    def remedy(note_id, keys):
        with pytest.raises(NotFound) as refused:
            searcher.view(keys).note(note_id, EN)
        return refused.value.remedy

    for keys in (ANONYMOUS, clearance("amber", ["BE"], [])):
        assert remedy("BE-OPN", keys) == "Did you mean `be-open`? Else search for it by its subject."
        assert remedy("be-ambr", keys) == "Search for it by its subject."


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
