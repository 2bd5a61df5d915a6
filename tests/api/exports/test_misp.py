"""Events of MISP: of the whole collection, as PyMISP reads them, and of made-up notes under several labels."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pymisp
import pytest
from pytaxonomies import Taxonomies

from api.exports.misp import event
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.results import NoteVersion
from search.service import Searcher
from tests.api.exports.given import ADDRESS, RSIT, given, whole

Given = Callable[..., tuple[list[NoteVersion], Taxonomy]]
__all__ = ["given"]

DATA = Path(pymisp.__file__).parent / "data"
TYPES = json.loads((DATA / "describeTypes.json").read_text())["result"]["category_type_mappings"]
TEMPLATE = json.loads((DATA / "misp-objects" / "objects" / "report" / "definition.json").read_text())
RELATIONSHIPS = json.loads((DATA / "misp-objects" / "relationships" / "definition.json").read_text())["values"]


@pytest.fixture(scope="module")
def taxonomies() -> Taxonomies:
    return Taxonomies()


def checked(made: dict[str, Any], taxonomies: Taxonomies) -> dict[str, Any]:
    """The event, once PyMISP and its templates, types and taxonomies have passed it."""
    loaded = pymisp.MISPEvent(strict_validation=True)
    loaded.load(json.dumps(made))
    for one in loaded.objects:
        assert one.to_dict(strict=True)
    again = pymisp.MISPEvent()
    again.load(loaded.to_json())
    assert json.loads(again.to_json()) == json.loads(loaded.to_json())
    assert _within(made["Event"], json.loads(loaded.to_json()))
    assert _within(_without_distribution(made["Event"]), json.loads(json.dumps(loaded.to_feed()["Event"])))
    attributes = [one for each in made["Event"]["Object"] for one in each["Attribute"]]
    uuids = [made["Event"]["uuid"], *(one["uuid"] for one in (*made["Event"]["Object"], *attributes))]
    assert len(uuids) == len(set(uuids))
    for one in attributes:
        assert one["type"] in TYPES[one["category"]]
        assert one["type"] == TEMPLATE["attributes"][one["object_relation"]]["misp-attribute"]
        assert (one["to_ids"], one["disable_correlation"]) == (False, True)
        _known(one["Tag"], taxonomies)
    for one in made["Event"]["Object"]:
        assert (one["template_uuid"], int(one["template_version"])) == (TEMPLATE["uuid"], TEMPLATE["version"])
        assert (one["meta-category"], one["description"]) == (TEMPLATE["meta-category"], TEMPLATE["description"])
        for link in one["ObjectReference"]:
            assert {link["object_uuid"], link["referenced_uuid"]} <= set(uuids)
            assert link["relationship_type"] in {known["name"] for known in RELATIONSHIPS}
    _known(made["Event"].get("Tag", []), taxonomies)
    return made["Event"]


def _known(tags: list[dict[str, str]], taxonomies: Taxonomies) -> None:
    for tag in tags:
        assert taxonomies.revert_machinetag(tag["name"])


def _within(ours: Any, theirs: Any) -> bool:
    """Whether all we said is there, whatever else is; numbers may have lost their quotes."""
    if isinstance(ours, dict):
        return all(name in theirs and _within(value, theirs[name]) for name, value in ours.items() if value != [])
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(_within(one, other) for one, other in zip(ours, theirs, strict=True))
    return str(ours) == str(theirs)


def _without_distribution(ours: Any) -> Any:
    """As in a feed, which leaves to the receiver how far it is passed on."""
    if isinstance(ours, dict):
        return {name: _without_distribution(value) for name, value in ours.items() if name != "distribution"}
    return [_without_distribution(one) for one in ours] if isinstance(ours, list) else ours


def tags(of: dict[str, Any]) -> list[str]:
    return [tag["name"] for tag in of["Tag"]]


def values(report: dict[str, Any], relation: str) -> list[str]:
    return [one["value"] for one in report["Attribute"] if one["object_relation"] == relation]


@pytest.mark.parametrize("language", Language)
def test_the_whole_collection_is_an_event(searcher: Searcher, language: Language, taxonomies: Taxonomies) -> None:
    notes, taxonomy = whole(searcher, language)
    made = checked(event(notes, taxonomy, ADDRESS), taxonomies)
    assert [values(one, "title") for one in made["Object"]] == [[note.payload["title"]] for note in notes]
    for note, report in zip(notes, made["Object"], strict=True):
        assert values(report, "link")[0] == f"{ADDRESS}/notes/{note.id}?lang={language}"
        assert len(values(report, "link")) > len({one["url"] for one in note.payload["fields"]["sources"]})
    assert tags(made)[0] == "tlp:clear"
    assert set(tags(made)[1:]) == {tag for note in notes for tag in note.payload["fields"].get("tags", ())}
    assert {link["relationship_type"] for one in made["Object"] for link in one["ObjectReference"]} == {
        "implements",
        "related-to",
    }


def test_what_the_receiver_is_told_to_do_with_an_event(given: Given, taxonomies: Taxonomies) -> None:
    made = checked(event(*given("be-open"), ADDRESS), taxonomies)
    assert {name: made[name] for name in ("distribution", "published", "threat_level_id", "analysis")} == {
        "distribution": "0",
        "published": False,
        "threat_level_id": "4",
        "analysis": "2",
    }
    assert (made["info"], made["date"], made["timestamp"]) == ("A practice", "2026-01-01", "1796083200")
    assert tags(made) == ["tlp:clear", RSIT]


def test_a_note_says_what_is_known_of_it(given: Given, taxonomies: Taxonomies) -> None:
    [report] = checked(event(*given("be-open"), ADDRESS), taxonomies)["Object"]
    assert [(one["object_relation"], one["value"], one["comment"], tags(one)[1:]) for one in report["Attribute"]] == [
        ("title", "A practice", "", [RSIT]),
        ("summary", "What it is, in a sentence.", "", []),
        ("link", "https://kb.example/notes/be-open?lang=en", "Benelux cybercrime practice base", []),
        (
            "link",
            "https://example.org/r%C3%A9sum%C3%A9?a=%5B1%5D%7C2#%C3%A9",
            "An issuer: A page (read on 2026-01-01)",
            ['admiralty-scale:source-reliability="b"', 'admiralty-scale:information-credibility="2"'],
        ),
        ("link", "https://example.org/study", "example.org: Evidence, 2024: Survey. Fewer victims", []),
        ("link", "https://attack.mitre.org/techniques/T1566/002", "MITRE ATT&CK T1566.002", []),
    ]
    assert report["comment"].split("\n")[:2] == ["be-open (en)", "Practice"]
    assert "Evidence: evaluated locally; effect: positive" in report["comment"].split("\n")


def test_attributes_have_the_label_of_their_note_and_the_event_the_strictest(
    given: Given, taxonomies: Taxonomies
) -> None:
    def handling(of: dict[str, Any]) -> list[str]:
        return [tag for tag in tags(of) if tag.lower().startswith(("tlp:", "pap:"))]

    made = checked(event(*given("be-open", "nl-amber", "lu-strict"), ADDRESS), taxonomies)
    assert tags(made) == ["tlp:amber+strict", "PAP:RED", RSIT, 'circl:incident-classification="scam"']
    expected = (["tlp:clear"], ["tlp:amber", "PAP:GREEN"], ["tlp:amber+strict", "PAP:RED"])
    for report, labels in zip(made["Object"], expected, strict=True):
        assert {tuple(handling(one)) for one in report["Attribute"]} == {tuple(labels)}
    assert "For: Belgium" in made["Object"][1]["comment"].split("\n")
    assert "Owner of the note: Alphadienst" in made["Object"][2]["comment"].split("\n")
    assert made["Object"][2]["comment"].startswith("This practice was annulled: do not take it over as it is.\n")
    laxer = checked(event(*given("be-open", "nl-amber"), ADDRESS), taxonomies)
    assert tags(laxer) == ["tlp:amber", "PAP:GREEN", RSIT]


def test_links_are_told_where_both_ends_are_given(given: Given, taxonomies: Taxonomies) -> None:
    def links(*ids: str) -> list[tuple[str, str, str, str]]:
        made = checked(event(*given(*ids), ADDRESS), taxonomies)
        named = dict(zip([one["uuid"] for one in made["Object"]], ids, strict=True))
        return [
            (named[one["uuid"]], link["relationship_type"], link["comment"], named[link["referenced_uuid"]])
            for one in made["Object"]
            for link in one["ObjectReference"]
        ]

    served = ("be-open", "implements", "o1, o2", "be-plan")
    assert links("be-open") == []
    assert links("be-plan", "be-open") == links("be-open", "be-plan") == [served]
    assert links("nl-amber", "be-open") == [("be-open", "related-to", "counterpart in another country", "nl-amber")]


def test_an_event_is_the_same_each_time_and_shares_no_object_with_another(given: Given) -> None:
    one, other = (event(*given(*ids), ADDRESS)["Event"] for ids in (("be-open", "be-plan"), ("be-plan", "be-open")))
    assert one["uuid"] == other["uuid"]
    assert one["Object"] == other["Object"][::-1]
    alone = event(*given("be-open"), ADDRESS)["Event"]
    assert alone["uuid"] != one["uuid"]
    assert alone["Object"][0]["uuid"] != one["Object"][0]["uuid"]
    assert {each["uuid"] for each in alone["Object"][0]["Attribute"]}.isdisjoint(
        each["uuid"] for each in one["Object"][0]["Attribute"]
    )
    dutch = event(*given("be-open", language=Language.NL), ADDRESS)["Event"]
    assert dutch["uuid"] != alone["uuid"]


def test_a_note_given_twice_is_there_once(given: Given) -> None:
    notes, taxonomy = given("be-open", "be-plan", "be-open")
    assert event(notes, taxonomy, ADDRESS) == event(notes[:2], taxonomy, ADDRESS)


def test_an_event_is_called_by_its_one_note_or_by_how_many_it_has(given: Given, taxonomies: Taxonomies) -> None:
    notes, taxonomy = given("be-open", "be-plan")
    assert checked(event(notes, taxonomy, ADDRESS), taxonomies)["info"] == "Benelux cybercrime practice base (2)"
    assert event(notes[:1], taxonomy, ADDRESS)["Event"]["info"] == notes[0].payload["title"]


def test_no_notes_are_an_event_without_date(given: Given, taxonomies: Taxonomies) -> None:
    made = event(*given(), ADDRESS)["Event"]
    assert (made["Object"], made["Tag"]) == ([], [])
    assert not {"date", "timestamp"} & made.keys()
    pymisp.MISPEvent().load({"Event": made})
