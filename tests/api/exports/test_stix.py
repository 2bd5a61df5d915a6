"""Bundles of STIX 2.1: of the whole collection, checked by the standard, and of notes under several labels."""

import json
from dataclasses import replace
from datetime import timedelta

import stix2
from stix2validator import ValidationOptions, validate_string

from api.exports.stix import note_bundle
from kb.text.languages import Language
from tests.api.exports.conftest import ADDRESS, assert_as_in

EXPECTED = "103,302"
"""Advice not taken: ids are made from names (UUID 5), so that the same note is the same object; no hashes of pages."""
CLEAR = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"


def checked(bundle):
    """The bundle, once it has passed both readers of the standard; advice counts as an error."""
    text = json.dumps(bundle, ensure_ascii=False)
    options = ValidationOptions(
        version="2.1", strict=True, strict_types=True, strict_properties=True, enforce_refs=True, disabled=EXPECTED
    )
    result = validate_string(text, options)
    assert result.is_valid, [str(error) for error in result.errors]
    assert not result.warnings
    assert json.loads(stix2.parse(text, allow_custom=False, version="2.1").serialize()) == bundle
    uuids = [item["id"].rpartition("--")[2] for item in bundle["objects"]]
    assert len(uuids) == len(set(uuids)), "one UUID for two objects"
    return bundle


def of_type(bundle, kind):
    return [item for item in bundle["objects"] if item["type"] == kind]


def note_ids(bundle):
    return [item["external_references"][0]["external_id"] for item in of_type(bundle, "course-of-action")]


def test_the_whole_collection_is_a_valid_bundle(whole):
    notes, taxonomy = whole
    bundle = checked(note_bundle(notes, taxonomy, ADDRESS))
    assert note_ids(bundle) == [note.id for note in notes]
    assert {item["object_marking_refs"][0] for item in of_type(bundle, "course-of-action")} == {CLEAR}
    techniques = {item["name"] for item in of_type(bundle, "attack-pattern")}
    assert techniques == {item for note in notes for item in note.payload["fields"].get("attack", ())}
    among = {item["id"]: item for item in bundle["objects"]}
    for note in notes[::30]:
        alone = checked(note_bundle([note], taxonomy, ADDRESS))
        assert {item["id"]: item for item in alone["objects"]}.items() <= among.items()


def test_notes_under_several_labels_are_written_as_the_files_show(given):
    english = given("be-plan", "be-open", "nl-amber", "lu-strict", "be-open")  # once, where it is given twice
    assert_as_in("stix-en.json", checked(note_bundle(*english, ADDRESS)))
    assert_as_in("stix-nl.json", checked(note_bundle(*given("be-open", language=Language.NL), ADDRESS)))


def test_links_are_written_where_both_ends_are_given(given):
    def links(*ids):
        bundle = checked(note_bundle(*given(*ids), ADDRESS))
        named = dict(zip([item["id"] for item in of_type(bundle, "course-of-action")], note_ids(bundle), strict=True))
        return [
            (named[item["source_ref"]], item["description"], named[item["target_ref"]])
            for item in of_type(bundle, "relationship")
            if item["relationship_type"] == "related-to"
        ]

    served = ("be-open", "implements o1, o2", "be-plan")
    counterpart = ("be-open", "counterpart in another country", "nl-amber")
    assert links("be-open") == []
    assert links("be-plan", "be-open") == links("be-open", "be-plan") == [served]
    assert links("nl-amber", "be-open") == [counterpart]
    assert links("be-open", "be-plan", "nl-amber") == [served, counterpart]


def test_no_notes_are_a_bundle_of_our_name_alone(given):
    bundle = checked(note_bundle(*given(), ADDRESS))
    assert [item["type"] for item in bundle["objects"]] == ["marking-definition", "identity"]


def test_a_note_that_changed_an_hour_later_is_newer(given):
    [note], taxonomy = given("be-open")
    later = replace(note, changed=note.changed + timedelta(hours=1))
    before, after = (of_type(note_bundle([each], taxonomy, ADDRESS), "course-of-action")[0] for each in (note, later))
    assert (before["id"], before["created"]) == (after["id"], after["created"])
    assert before["modified"] < after["modified"]
