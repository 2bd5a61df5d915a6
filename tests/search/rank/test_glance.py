"""The answer at a glance: the best note of each country, and whom to reach there."""

import pytest

from ingest.indexing.index import index_content
from kb.access import ANONYMOUS, clearance
from kb.notes.note import Kind
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from search.rank.glance import OF_A_PLACE, Found, at_a_glance, together
from search.results import BEYOND, AtAGlance, Level, Reached
from tests.conftest import searcher_on

OWN = ("BE", "NL", "LU")
SAME = ("be-power", "lu-ended", "lu-power")


def reached(name, score):
    return Reached({"id": name}, Language.EN, "be-a", "clear", score)


def found(note_id, level, score, countries, *, past=False):
    return Found(note_id, level, score, countries, past)


def alone(note_id):
    """No note has a counterpart."""
    return ()


def test_each_country_has_the_best_note_that_is_of_it_alone():
    relevant = {
        Kind.PRACTICE: [
            found("all", Level.HIGH, 0.9, OWN),
            found("be-nl", Level.MEDIUM, 0.8, ("BE", "NL")),
            found("nl", Level.MEDIUM, 0.7, ("NL",)),
        ],
        Kind.POWER: [found("be", Level.HIGH, 0.6, ("BE",)), found("eu", Level.MEDIUM, 0.9, ("EU",))],
        Kind.STRATEGY: [found("lu", Level.MEDIUM, 0.4, ("LU",)), found("be-plan", Level.HIGH, 0.9, ("BE",))],
        Kind.PLAYBOOK: [found("nl-first", Level.HIGH, 0.9, ("NL",))],
    }
    glance = at_a_glance(relevant, {}, OWN, OWN, alone)
    notes = {place: each.note for place, each in glance.items()}
    assert notes == {"BE": "be", "NL": "be-nl", "LU": "lu", BEYOND: "all"}
    assert list(at_a_glance(relevant, {}, OWN, ("NL", "BE"), alone)) == ["NL", "BE", BEYOND]
    assert at_a_glance({}, {}, OWN, OWN, alone) == {}


def test_what_no_longer_stands_is_the_best_of_a_country_only_where_nothing_else_is_relevant():
    relevant = {
        Kind.PRACTICE: [
            found("be-ended", Level.HIGH, 0.9, ("BE",), past=True),
            found("nl-ended", Level.MEDIUM, 0.8, ("NL",), past=True),
        ],
        Kind.POWER: [found("be", Level.MEDIUM, 0.6, ("BE",))],
    }
    notes = {place: each.note for place, each in at_a_glance(relevant, {}, OWN, OWN, alone).items()}
    assert notes == {"BE": "be", "NL": "nl-ended", "LU": None, BEYOND: None}


def test_where_a_power_answers_best_a_country_without_a_relevant_note_has_its_own_such_power():
    relevant = {
        Kind.PRACTICE: [found("be-practice", Level.MEDIUM, 0.9, ("BE",))],
        Kind.POWER: [found("nl-power", Level.HIGH, 0.8, ("NL",))],
    }
    same = {
        "nl-power": [found(each, Level.LOW, 0, [each[:2].upper()], past=each == "lu-ended") for each in SAME],
        "be-practice": [found("lu-practice", Level.LOW, 0, ("LU",))],
    }
    glance = at_a_glance(relevant, {}, OWN, OWN, lambda note_id: same.get(note_id, ()))
    assert {place: (each.note, each.counterpart_of) for place, each in glance.items()} == {
        "BE": ("be-practice", None),
        "NL": ("nl-power", None),
        "LU": ("lu-power", "nl-power"),
        BEYOND: (None, None),
    }


def test_counterparts_are_those_of_all_powers_that_answer_and_of_none_where_a_practice_answers_best():
    first, second = (found(f"{place.lower()}-power", Level.HIGH, 0.8, (place,)) for place in ("BE", "NL"))
    same = {"nl-power": [found("lu-power", Level.LOW, 0, ("LU",))]}

    def in_luxembourg(*practices):
        relevant = {Kind.POWER: [first, second], Kind.PRACTICE: practices}
        return at_a_glance(relevant, {}, OWN, OWN, lambda note_id: same.get(note_id, ()))["LU"]

    assert in_luxembourg() == AtAGlance("lu-power", (), "nl-power")
    assert in_luxembourg(found("be-practice", Level.HIGH, 0.9, ("BE",))) == AtAGlance(None, ())


@pytest.fixture
def three_powers(content, settings, fake_encoder):
    """A power of each country, that of Luxembourg for its own readers alone, and a practice with a counterpart."""
    links = [{"id": "be-power", "rel": "counterpart-of"}]
    restricted = {"tlp": "amber", "pap": "red", "audience": {"countries": ["LU"]}}
    content.power("be-power", title="Buying under a false name", countries=["BE"])
    content.power("nl-power", title="Acting as a client", countries=["NL"], related=links)
    content.power("lu-power", title="Other words altogether", countries=["LU"], related=links, **restricted)
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    return searcher_on(settings, fake_encoder)


def test_such_a_power_is_shown_only_to_whom_may_see_it_and_where_it_passes_the_filter(three_powers):
    def ask(keys=ANONYMOUS, text="Buying under a false name", **more):
        glance = three_powers.view(keys).search(text, reader="en", **more).at_a_glance
        return {place: each.note for place, each in glance.items() if each.counterpart_of}

    luxembourg = clearance("amber", ["LU"], [])
    pasted = "Buying under a false name. Buying under a false name."
    for some in (ask(), ask(text=pasted, pasted=True)):
        assert some == {"NL": "nl-power"}
    for some in (ask(luxembourg), ask(luxembourg, text=pasted, pasted=True)):
        assert some == {"NL": "nl-power", "LU": "lu-power"}
    assert ask(country=["BE"]) == {}
    assert ask(luxembourg, kind=["practice"]) == {}


def test_what_a_search_leaves_out_is_no_counterpart(content, settings, fake_encoder, three_powers):
    content.power("be-client", title="Acting as a client", countries=["BE"])
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    found = three_powers.view().search(None, reader="en", similar_to="nl-power")
    assert "nl-power" not in found.shown
    assert "be-client" in found.shown


def test_contacts_that_most_parts_of_a_text_find_come_first():
    parts = [
        {"BE": AtAGlance(None, (reached("a", 0.9), reached("b", 0.8)))},
        {
            "BE": AtAGlance(None, (reached("c", 0.7), reached("b", 0.6))),
            "NL": AtAGlance(None, (reached("d", 0.1),)),
        },
    ]

    def contacts(least):
        return {place: [each.contact["id"] for each in some] for place, some in together(parts, least).items()}

    assert contacts(1) == {"BE": ["b", "a"], "NL": ["d"]}
    assert contacts(2) == {"BE": ["b"], "NL": []}
    assert together(parts, 1)["BE"][0].score == 0.8
    assert len(contacts(1)["BE"]) == OF_A_PLACE


@pytest.fixture
def ask(content, settings, fake_encoder):
    """Asks a small collection; returns place -> the ids of contacts and of the notes that say more of them."""
    for country in OWN:
        crimes = ["phishing"] if country == "BE" else ["ransomware"]
        names = [f"Doc Line {country}"]
        content.contact(f"{country.lower()}-docline", known_as=names, countries=[country], crime_types=crimes)
    content.practice("be-a", title="Blocking false sites", contacts=["be-docline"])
    content.practice("nl-b", title="Warning of false sites", countries=["NL"], contacts=["nl-docline"])
    restricted = {"tlp": "amber", "pap": "red", "audience": {"countries": ["LU"]}}
    content.practice("lu-c", title="Hidden false sites", countries=["LU"], contacts=["lu-docline"], **restricted)
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    searcher = searcher_on(settings, fake_encoder)

    def answer(text, keys=ANONYMOUS, **more):
        found = searcher.view(keys).search(text, reader="en", **more).at_a_glance
        return {
            place: [(each.contact["id"], each.note, each.tlp) for each in glance.contacts]
            for place, glance in found.items()
        }

    return answer


def test_a_contact_that_is_called_by_its_name_is_shown_in_its_country(ask):
    assert ask("who answers the doc-line BE for lost papers")["BE"] == [("be-docline", "be-a", "clear")]
    assert ask("doclinenl")["NL"] == [("nl-docline", "nl-b", "clear")]
    assert list(ask("doc line nl", country=["NL"])) == ["NL", BEYOND]
    assert next(iter(ask("doc line be Luxembourg"))) == "LU"
    text = "Who answers the doc line BE? The papers were lost on the train. They were last seen in Luxembourg."
    assert list(ask(text, pasted=True)) == ["LU", "BE", "NL", BEYOND]


def test_a_contact_is_shown_whatever_kind_of_notes_is_asked_for(ask):
    assert ask("doc line be", kind=["power"])["BE"] == [("be-docline", "be-a", "clear")]


@pytest.fixture
def shown(ask, monkeypatch):
    """Asks, where a contact is shown unless it loses 3; returns the places that have contacts."""
    monkeypatch.setattr("search.rank.glance.NEAR", -2.5)
    monkeypatch.setattr("search.rank.glance.BEHIND", (1, 1))
    return lambda text: {place for place, contacts in ask(text).items() if contacts}


def test_contacts_of_another_benelux_country_than_the_question_names_are_farther(ask, shown, monkeypatch):
    monkeypatch.setattr("search.rank.glance.OTHER_COUNTRY", 3)
    assert shown("false sites") == shown("false sites in Germany") == {"BE", "NL"}
    assert shown("false sites in the Netherlands") == {"NL"}
    assert [each[0] for each in ask("false sites in the Netherlands", country=["BE"])["BE"]] == ["be-docline"]


def test_contacts_for_other_crimes_than_the_question_names_are_farther(shown, monkeypatch):
    monkeypatch.setattr("search.rank.glance.OTHER_CRIME", 3)
    assert shown("false sites") == {"BE", "NL"}
    assert shown("phishing and false sites") == {"BE"}


def test_a_contact_that_only_hidden_notes_name_is_hidden(ask):
    assert not any(ask("doc line lu").values())
    assert ask("doc line lu", clearance("amber", ["LU"], []))["LU"] == [("lu-docline", "lu-c", "amber")]
