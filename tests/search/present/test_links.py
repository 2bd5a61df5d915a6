"""Links: read in both directions, in the reader's language, and never beyond the caller's clearance."""

from dataclasses import replace

import pytest

from ingest.indexing.index import index_content
from kb.access import ANONYMOUS
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from search.results import LinkedNote, Links

FR, NL, EN = Language.FR, Language.NL, Language.EN
AMBER = frozenset({"clear", "amber"})
DUTCH = "## Doel\n\nMinder misdaad.\n\n## Doelstellingen en maatregelen\n\n- Blokkeren. {#o1}\n- Helpen. {#o2}\n"


@pytest.fixture
def searcher(content, index):
    """Two counterparts linked by one of them, a plan in two languages, and restricted notes that link to both."""
    content.strategy("be-plan", title="Plan", status="replaced")
    content.translation("be-plan", "nl", "en", DUTCH, folder="strategies", title="Plan in het Nederlands")
    content.practice(
        "be-shield",
        title="Shield",
        implements=["be-plan#o2", "be-plan#o1"],
        related=[{"id": "nl-shield", "rel": "counterpart-of"}, {"id": "be-other", "rel": "see-also"}],
    )
    content.practice(
        "nl-shield", title="Schild", countries=["NL"], implements=["be-plan"], status="ended", legal_outcome="annulled"
    )
    content.practice("be-other")
    content.practice(
        "lu-secret",
        title="Secret",
        tlp="amber",
        pap="amber",
        countries=["LU"],
        implements=["be-plan#o1", "lu-plan"],
        related=[{"id": "be-shield", "rel": "counterpart-of"}, {"id": "be-other", "rel": "see-also"}],
    )
    content.strategy("lu-plan", title="Secret plan", tlp="amber", pap="amber", countries=["LU"])
    return index()


def linked(searcher, note_id, language=EN, clearance=ANONYMOUS):
    return searcher.view(clearance).note(note_id, language).links


def test_counterparts_are_known_on_both_sides_though_one_names_the_other(searcher):
    assert linked(searcher, "be-shield").counterparts == (
        LinkedNote("nl-shield", "Schild", EN, ("NL",), "ended", "annulled"),
    )
    assert linked(searcher, "nl-shield").counterparts == (
        LinkedNote("be-shield", "Shield", EN, ("BE",), "operational"),
    )
    shield = LinkedNote("be-shield", "Shield", EN, ("BE",), "operational")
    assert linked(searcher, "be-other") == Links(see_also=(shield,))
    assert [link.id for link in linked(searcher, "be-shield").see_also] == ["be-other"]


def test_a_practice_names_its_strategies_and_they_their_practices_with_the_objectives(searcher):
    plan = LinkedNote("be-plan", "Plan", EN, ("BE",), "replaced", objectives=("o2", "o1"))
    dutch = replace(plan, title="Plan in het Nederlands", lang=NL)
    for reader, link in ((EN, plan), (FR, plan), (NL, dutch)):
        assert linked(searcher, "be-shield", reader).implements == (link,)
    assert linked(searcher, "be-plan").implemented_by == (
        LinkedNote("be-shield", "Shield", EN, ("BE",), "operational", objectives=("o2", "o1")),
        LinkedNote("nl-shield", "Schild", EN, ("NL",), "ended", "annulled"),
    )


def test_hits_carry_the_links_of_their_notes(searcher):
    answer = searcher.view(AMBER).search("false sites", reader="nl")
    hits = (*answer.practices, *answer.strategies)
    assert len(hits) == 6
    for hit in hits:
        assert hit.links == replace(linked(searcher, hit.id, NL, AMBER), see_also=())


def test_who_may_see_a_note_sees_its_links(searcher):
    secret = LinkedNote("lu-secret", "Secret", EN, ("LU",), "operational")
    assert secret in linked(searcher, "be-shield", clearance=AMBER).counterparts
    assert "lu-secret" in {link.id for link in linked(searcher, "be-plan", clearance=AMBER).implemented_by}
    assert secret in linked(searcher, "be-other", clearance=AMBER).see_also


def test_a_link_to_a_note_withdrawn_since_is_left_out(content, settings, fake_encoder, searcher):
    """A withdrawn note leaves at once, also while the one that names it has errors for naming it."""
    (content.root / "practices" / "nl-shield" / "en.md").unlink()
    assert not index_content(settings, EdgeStore(settings.data_dir), fake_encoder).complete
    assert linked(searcher, "be-shield").counterparts == ()
    assert [link.id for link in linked(searcher, "be-plan").implemented_by] == ["be-shield"]
