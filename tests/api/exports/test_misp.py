"""Events of MISP: of the whole collection, as PyMISP reads them, and of made-up notes under several labels."""

import json
import re
from pathlib import Path

import pymisp
from pytaxonomies import Taxonomies

from api.exports.misp import event
from kb.text.languages import Language
from tests.api.exports.conftest import ADDRESS, assert_as_in

TEMPLATE = Path(pymisp.__file__).parent / "data" / "misp-objects" / "objects" / "report" / "definition.json"
TYPES = {name: kind["misp-attribute"] for name, kind in json.loads(TEMPLATE.read_text())["attributes"].items()}
TAXONOMIES = Taxonomies()


def checked(made):
    """The event, once PyMISP, its template and the taxonomies have passed it, and its ids fit."""
    loaded = pymisp.MISPEvent(strict_validation=True)
    loaded.load(json.dumps(made))
    assert all(item.to_dict(strict=True) for item in loaded.objects)
    whole = made["Event"]
    assert _within(whole, json.loads(loaded.to_json()))
    attributes = [item for each in whole["Object"] for item in each["Attribute"]]
    assert all(item["type"] == TYPES[item["object_relation"]] for item in attributes)
    for item in (whole, *attributes):
        assert all(map(TAXONOMIES.revert_machinetag, tags(item)))
    uuids = own_ids(whole)
    assert len(uuids) == len(set(uuids))
    assert {link["referenced_uuid"] for item in whole["Object"] for link in item["ObjectReference"]} <= set(uuids)
    return whole


def _within(ours, theirs):
    """Whether all we said is there, whatever else is; numbers may have lost their quotes."""
    if isinstance(ours, dict):
        return all(name in theirs and _within(value, theirs[name]) for name, value in ours.items() if value != [])
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(_within(item, other) for item, other in zip(ours, theirs, strict=True))
    return str(ours) == str(theirs)


def own_ids(made):
    """The ids of an event and of what is in it."""
    return [made["uuid"], *re.findall('"uuid": "(.+?)"', json.dumps(made["Object"]))]


def tags(of):
    return [tag["name"] for tag in of["Tag"]]


def values(report, relation):
    return [item["value"] for item in report["Attribute"] if item["object_relation"] == relation]


def test_the_whole_collection_is_an_event(whole):
    notes, taxonomy = whole
    made = checked(event(notes, taxonomy, ADDRESS))
    assert [values(item, "title") for item in made["Object"]] == [[note.payload["title"]] for note in notes]
    for note, report in zip(notes, made["Object"], strict=True):
        assert values(report, "link")[0] == f"{ADDRESS}/notes/{note.id}?lang={note.lang}"
        assert len(values(report, "link")) > len({item["url"] for item in note.payload["fields"]["sources"]})
    assert tags(made)[0] == "tlp:clear"
    assert set(tags(made)[1:]) == {tag for note in notes for tag in note.payload["fields"].get("tags", ())}


def test_notes_under_several_labels_are_written_as_the_file_shows(given):
    made = event(*given("be-plan", "be-open", "nl-amber", "lu-strict"), ADDRESS)
    checked(made)
    assert_as_in("misp.json", made)
    laxer = checked(event(*given("be-open", "nl-amber"), ADDRESS))
    assert tags(laxer) == ["tlp:amber", "PAP:GREEN", 'rsit:fraud="phishing"']  # of the strictest note


def test_an_event_is_the_same_each_time_and_shares_no_object_with_another(given):
    ids = ("be-open", "be-plan", "be-open"), ("be-plan", "be-open")
    both, again = (event(*given(*note_ids), ADDRESS)["Event"] for note_ids in ids)
    alone, dutch = (event(*given("be-open", language=lang), ADDRESS)["Event"] for lang in (Language.EN, Language.NL))
    assert both["uuid"] == again["uuid"]
    assert both["Object"] == again["Object"][::-1]
    assert both["info"] == "Benelux cybercrime practice base (2)"
    assert [alone["info"]] == values(alone["Object"][0], "title")
    assert set(own_ids(alone)).isdisjoint(own_ids(both) + own_ids(dutch))


def test_no_notes_are_an_event_without_date(given):
    made = checked(event(*given(), ADDRESS))
    assert (made["Object"], made["Tag"]) == ([], [])
    assert not {"date", "timestamp"} & made.keys()
