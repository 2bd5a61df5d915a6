"""Where the current generation is damaged, the last good one serves, but for what must not be shown any more."""

import pytest

from ingest.indexing.index import index_content
from kb.errors import ModelError, StoreUnavailable
from kb.store.embedded.store import EdgeStore


@pytest.fixture
def searcher(content, index):
    """Has opened an index of two notes."""
    content.practice("be-old", title="Old shield")
    content.practice("be-wall", title="Old wall")
    found = index()
    assert titles(found) == {"Old shield", "Old wall"}
    return found


@pytest.fixture
def damage(settings, fake_encoder):
    """Writes another generation, and damages it."""

    def write():
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder, rebuild=True)
        [tables] = settings.data_dir.glob("index/*/tables")
        tables.write_bytes(tables.read_bytes()[:-2])

    return write


def titles(searcher):
    return {hit.title for hit in searcher.view().search("false messages").practices}


def test_the_last_good_generation_serves_until_the_damage_is_mended(
    searcher, damage, content, settings, fake_encoder, caplog
):
    content.practice("be-new", title="New shield")
    damage()
    assert titles(searcher) == titles(searcher) == {"Old shield", "Old wall"}
    assert caplog.text.count("serves on") == 1
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder, rebuild=True)
    assert titles(searcher) == {"Old shield", "Old wall", "New shield"}


@pytest.mark.parametrize("change", ["withdrawn", "restricted"])
def test_a_generation_with_what_was_withdrawn_or_restricted_since_does_not_serve(searcher, damage, content, change):
    content.practice("be-new")
    damage()
    assert titles(searcher)
    if change == "withdrawn":
        (content.root / "practices" / "be-wall" / "en.md").unlink()
    else:
        content.practice("be-wall", tlp="amber", pap="amber")
    damage()
    with pytest.raises(StoreUnavailable, match="kb index --rebuild"):
        titles(searcher)


def test_nothing_is_answered_where_what_searches_rest_on_is_damaged(searcher):
    searcher.refuse(ModelError("The files of the model are damaged."))
    with pytest.raises(ModelError, match="damaged"):
        titles(searcher)
