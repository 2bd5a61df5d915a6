"""Bundles of STIX 2.1: of the whole collection, held against the standard, and of notes under several labels."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stix2
from stix2validator import ValidationOptions, validate_string

from api.exports.stix import note_bundle
from kb.notes.taxonomy import Taxonomy
from kb.text.languages import Language
from search.results import NoteVersion
from search.service import Searcher
from tests.api.exports.given import ADDRESS, ODD, given, whole

Given = Callable[..., tuple[list[NoteVersion], Taxonomy]]
__all__ = ["given"]

EXPECTED = "103,302"
"""Advice not taken: ids are made from names (UUID 5), so that the same note is the same object; no hashes of pages."""
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
STRICT = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
PAP_GREEN = "marking-definition--c43594d1-4b11-4c59-93ab-1c9b14d53ce9"
PAP_RED = "marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e"


def checked(bundle: dict[str, Any]) -> dict[str, Any]:
    """The bundle, once it has passed both readers of the standard; advice counts as an error."""
    text = json.dumps(bundle, ensure_ascii=False)
    options = ValidationOptions(
        version="2.1", strict=True, strict_types=True, strict_properties=True, enforce_refs=True, disabled=EXPECTED
    )
    result = validate_string(text, options)
    assert result.is_valid, [str(error) for error in result.errors]
    assert not result.warnings
    assert json.loads(stix2.parse(text, allow_custom=False, version="2.1").serialize()) == bundle
    ids = [one["id"] for one in bundle["objects"]]
    assert len(ids) == len(set(ids))
    assert {one.rpartition("--")[2] for one in ids} >= {one.rpartition("--")[2] for one in _named(bundle)}
    assert len({one.rpartition("--")[2] for one in ids}) == len(ids), "one UUID for objects of two types"
    return bundle


def _named(bundle: dict[str, Any]) -> set[str]:
    """Every object that another refers to."""
    found: set[str] = set()
    for one in bundle["objects"]:
        found.update(value for name, value in one.items() if name.endswith("_ref"))
        found.update(*(value for name, value in one.items() if name.endswith("_refs")))
    return found


def of_type(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in bundle["objects"] if one["type"] == kind]


def note_ids(bundle: dict[str, Any]) -> list[str]:
    return [one["external_references"][0]["external_id"] for one in of_type(bundle, "course-of-action")]


@pytest.mark.parametrize("language", Language)
def test_the_whole_collection_is_a_valid_bundle(searcher: Searcher, language: Language) -> None:
    notes, taxonomy = whole(searcher, language)
    bundle = checked(note_bundle(notes, taxonomy, ADDRESS))
    actions = of_type(bundle, "course-of-action")
    assert note_ids(bundle) == [note.id for note in notes]
    assert {one["lang"] for one in actions} == {language.value}
    assert all(one["created"] <= one["modified"] for one in bundle["objects"] if "modified" in one)
    assert {one["object_marking_refs"][0] for one in actions} == {CLEAR}
    techniques = {one["name"] for one in of_type(bundle, "attack-pattern")}
    assert techniques == {one for note in notes for one in note.payload["fields"].get("attack", ())}
    kinds = {one["relationship_type"] for one in of_type(bundle, "relationship")}
    assert kinds == {"mitigates", "related-to"}


def test_a_note_is_the_same_object_alone_and_among_others(searcher: Searcher) -> None:
    notes, taxonomy = whole(searcher, Language.FR)
    among = {one["id"]: one for one in note_bundle(notes, taxonomy, ADDRESS)["objects"]}
    for note in notes[::10]:
        alone = checked(note_bundle([note], taxonomy, ADDRESS))
        assert {one["id"]: one for one in alone["objects"]}.items() <= among.items()


def test_versions_of_a_note_are_objects_of_their_own(given: Given) -> None:
    english, taxonomy = given("be-open")
    dutch, _ = given("be-open", language=Language.NL)
    [first] = of_type(note_bundle(english, taxonomy, ADDRESS), "course-of-action")
    [second] = of_type(checked(note_bundle(dutch, taxonomy, ADDRESS)), "course-of-action")
    assert first["id"] != second["id"]
    assert first["external_references"][0]["external_id"] == second["external_references"][0]["external_id"]
    assert (second["lang"], second["name"]) == ("nl", "Title nl")
    assert second["external_references"][0]["url"] == "https://kb.example/notes/be-open?lang=nl"
    assert second["description"].startswith(
        "De originele tekst is sinds deze vertaling gewijzigd.\n\nSummary nl\n\nAanpak\n"
    )
    assert "translation:machine" in second["labels"]


def test_a_note_says_what_is_known_of_it(given: Given) -> None:
    bundle = checked(note_bundle(*given("be-open"), ADDRESS))
    [action] = of_type(bundle, "course-of-action")
    assert action["labels"] == [
        "kind:practice",
        "status:operational",
        "evidence:evaluated-locally",
        "effect:positive",
        "crime_type:phishing",
        "phase:prevention",
        "country:BE",
        "attack:T1566.002",
        'rsit:fraud="phishing"',
    ]
    assert (action["created"], action["modified"]) == ("2022-01-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z")
    _, source, _, evaluation = action["external_references"]
    assert source == {
        "source_name": "An issuer",
        "url": "https://example.org/r%C3%A9sum%C3%A9?a=%5B1%5D%7C2#%C3%A9",
        "description": "A page (read on 2026-01-01); admiralty-scale B2",
    }
    assert ODD not in json.dumps(bundle, ensure_ascii=False)
    assert evaluation == {
        "source_name": "example.org",
        "url": "https://example.org/study",
        "description": "Evidence, 2024: Survey. Fewer victims",
    }
    said = action["description"].split("\n\n")
    assert said[:2] == ["What it is, in a sentence.", "Approach\nProviders block the sites behind them."]
    assert "Evidence: evaluated locally; effect: positive" in said[2].split("\n")


def test_a_technique_is_an_object_and_no_name_of_the_practice(given: Given) -> None:
    bundle = checked(note_bundle(*given("be-open", "lu-strict"), ADDRESS))
    [technique] = of_type(bundle, "attack-pattern")
    assert technique["external_references"] == [
        {
            "source_name": "mitre-attack",
            "external_id": "T1566.002",
            "url": "https://attack.mitre.org/techniques/T1566/002",
        }
    ]
    mitigating = [one for one in of_type(bundle, "relationship") if one["relationship_type"] == "mitigates"]
    assert [one["target_ref"] for one in mitigating] == [technique["id"]] * 2
    actions = of_type(bundle, "course-of-action")
    assert [one["source_ref"] for one in mitigating] == [one["id"] for one in actions]
    sources = {one["source_name"] for action in actions for one in action["external_references"]}
    assert "mitre-attack" not in sources


def test_links_are_told_where_both_ends_are_given(given: Given) -> None:
    def links(*ids: str) -> list[tuple[str, str, str]]:
        bundle = checked(note_bundle(*given(*ids), ADDRESS))
        named = dict(zip([one["id"] for one in of_type(bundle, "course-of-action")], note_ids(bundle), strict=True))
        return [
            (named[one["source_ref"]], one["description"], named[one["target_ref"]])
            for one in of_type(bundle, "relationship")
            if one["relationship_type"] == "related-to"
        ]

    served = ("be-open", "implements o1, o2", "be-plan")
    counterpart = ("be-open", "counterpart in another country", "nl-amber")
    assert links("be-open") == []
    assert links("be-plan", "be-open") == links("be-open", "be-plan") == [served]
    assert links("nl-amber", "be-open") == [counterpart]
    assert links("be-open", "be-plan", "nl-amber") == [served, counterpart]


def test_every_object_has_its_own_marking(given: Given) -> None:
    bundle = checked(note_bundle(*given("be-open", "nl-amber", "lu-strict"), ADDRESS))
    said = {
        one["id"]: one["definition"]["statement"]
        for one in of_type(bundle, "marking-definition")
        if "definition" in one
    }
    licence = "Licence: CC-BY-4.0. Editorial team, Benelux cybercrime practice base"

    def marks(one: dict[str, Any]) -> list[str]:
        return [said.get(ref, ref) for ref in one["object_marking_refs"]]

    public, amber, strict = of_type(bundle, "course-of-action")
    assert marks(public) == [CLEAR, licence]
    assert marks(amber) == [AMBER, PAP_GREEN, "For: Belgium"]
    assert marks(strict) == [STRICT, PAP_RED, "Owner of the note: Alphadienst"]
    ends = {public["id"]: "open", amber["id"]: "amber", strict["id"]: "strict"}
    links = {
        (ends[one["source_ref"]], ends.get(one["target_ref"], one["relationship_type"])): marks(one)
        for one in of_type(bundle, "relationship")
    }
    assert links == {
        ("open", "mitigates"): [CLEAR, licence],
        ("strict", "mitigates"): [STRICT, PAP_RED, "Owner of the note: Alphadienst"],
        ("open", "amber"): [AMBER, PAP_GREEN, licence, "For: Belgium"],
        ("open", "strict"): [STRICT, PAP_RED, licence, "Owner of the note: Alphadienst"],
    }
    for one in (*of_type(bundle, "identity"), *of_type(bundle, "attack-pattern")):
        assert marks(one) == [CLEAR]


def test_the_label_of_a_stranger_to_stix_is_the_object_that_oasis_made(given: Given) -> None:
    bundle = note_bundle(*given("lu-strict"), ADDRESS)
    assert {one["id"]: one for one in bundle["objects"]}[STRICT] == {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": STRICT,
        "created": "2022-10-01T00:00:00.000Z",
        "name": "TLP:AMBER+STRICT",
        "extensions": {
            "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
                "extension_type": "property-extension",
                "tlp_2_0": "amber+strict",
            }
        },
    }


def test_what_no_longer_stands_says_so_first(given: Given) -> None:
    [action] = of_type(note_bundle(*given("lu-strict"), ADDRESS), "course-of-action")
    assert action["description"].startswith("This practice was annulled: do not take it over as it is.\n\n")
    assert "status:annulled" in action["labels"]


def test_what_is_still_to_begin_was_made_no_later_than_it_was_changed(given: Given) -> None:
    [action] = of_type(checked(note_bundle(*given("nl-amber"), ADDRESS)), "course-of-action")
    assert action["created"] <= action["modified"] == "2026-12-01T00:00:00.000Z"


def test_who_may_see_a_note_is_part_of_what_it_is(given: Given) -> None:
    [note], taxonomy = given("be-open")
    later = replace(note, changed=note.changed + timedelta(hours=1))
    before, after = (of_type(note_bundle([one], taxonomy, ADDRESS), "course-of-action")[0] for one in (note, later))
    assert (before["id"], before["created"]) == (after["id"], after["created"])
    assert before["modified"] < after["modified"]


def test_a_note_given_twice_is_there_once(given: Given) -> None:
    notes, taxonomy = given("be-open", "be-plan", "be-open")
    assert note_bundle(notes, taxonomy, ADDRESS) == note_bundle(notes[:2], taxonomy, ADDRESS)


def test_no_notes_are_a_bundle_of_our_name_alone(given: Given) -> None:
    bundle = checked(note_bundle(*given(), ADDRESS))
    assert [one["type"] for one in bundle["objects"]] == ["marking-definition", "identity"]
