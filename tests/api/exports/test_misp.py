"""Events of MISP: of the whole collection, as PyMISP reads them, and of made-up notes under several labels."""

import json
import re
from pathlib import Path

import pymisp
import pytest
from pytaxonomies import Taxonomies

from api.exports.misp import event
from kb.text.languages import Language
from tests.api.exports.conftest import ADDRESS, assert_as_in

DATA = Path(pymisp.__file__).parent / "data"
TYPES = json.loads((DATA / "describeTypes.json").read_text())["result"]["category_type_mappings"]
TEMPLATE = json.loads((DATA / "misp-objects" / "objects" / "report" / "definition.json").read_text())
RELATIONSHIPS = json.loads((DATA / "misp-objects" / "relationships" / "definition.json").read_text())["values"]


@pytest.fixture(scope="module")
def taxonomies():
    return Taxonomies()


def checked(made, taxonomies):
    """The event, once PyMISP and its templates, types and taxonomies have passed it."""
    loaded = pymisp.MISPEvent(strict_validation=True)
    loaded.load(json.dumps(made))
    for item in loaded.objects:
        assert item.to_dict(strict=True)
    assert _within(made["Event"], json.loads(loaded.to_json()))
    attributes = [item for each in made["Event"]["Object"] for item in each["Attribute"]]
    uuids = [made["Event"]["uuid"], *(item["uuid"] for item in (*made["Event"]["Object"], *attributes))]
    assert len(uuids) == len(set(uuids))
    for item in attributes:
        assert item["type"] in TYPES[item["category"]]
        assert item["type"] == TEMPLATE["attributes"][item["object_relation"]]["misp-attribute"]
        assert (item["to_ids"], item["disable_correlation"]) == (False, True)
        _known(item["Tag"], taxonomies)
    for item in made["Event"]["Object"]:
        assert (item["template_uuid"], int(item["template_version"])) == (TEMPLATE["uuid"], TEMPLATE["version"])
        assert (item["meta-category"], item["description"]) == (TEMPLATE["meta-category"], TEMPLATE["description"])
        for link in item["ObjectReference"]:
            assert {link["object_uuid"], link["referenced_uuid"]} <= set(uuids)
            assert link["relationship_type"] in {known["name"] for known in RELATIONSHIPS}
    _known(made["Event"].get("Tag", []), taxonomies)
    return made["Event"]


def _known(tags, taxonomies):
    for tag in tags:
        assert taxonomies.revert_machinetag(tag["name"])


def _within(ours, theirs):
    """Whether all we said is there, whatever else is; numbers may have lost their quotes."""
    if isinstance(ours, dict):
        return all(name in theirs and _within(value, theirs[name]) for name, value in ours.items() if value != [])
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(_within(item, other) for item, other in zip(ours, theirs, strict=True))
    return str(ours) == str(theirs)


def tags(of):
    return [tag["name"] for tag in of["Tag"]]


def values(report, relation):
    return [item["value"] for item in report["Attribute"] if item["object_relation"] == relation]


def test_the_whole_collection_is_an_event(whole, taxonomies):
    notes, taxonomy = whole
    made = checked(event(notes, taxonomy, ADDRESS), taxonomies)
    assert [values(item, "title") for item in made["Object"]] == [[note.payload["title"]] for note in notes]
    for note, report in zip(notes, made["Object"], strict=True):
        assert values(report, "link")[0] == f"{ADDRESS}/notes/{note.id}?lang={note.lang}"
        assert len(values(report, "link")) > len({item["url"] for item in note.payload["fields"]["sources"]})
    assert tags(made)[0] == "tlp:clear"
    assert set(tags(made)[1:]) == {tag for note in notes for tag in note.payload["fields"].get("tags", ())}
    kinds = {link["relationship_type"] for item in made["Object"] for link in item["ObjectReference"]}
    assert kinds == {"implements", "related-to"}


def test_notes_under_several_labels_are_written_as_the_file_shows(given, taxonomies):
    made = event(*given("be-plan", "be-open", "nl-amber", "lu-strict"), ADDRESS)
    checked(made, taxonomies)
    assert_as_in("misp.json", made)
    laxer = checked(event(*given("be-open", "nl-amber"), ADDRESS), taxonomies)
    assert tags(laxer) == ["tlp:amber", "PAP:GREEN", 'rsit:fraud="phishing"']  # of the strictest note


def own_ids(made):
    """The ids of an event and of what is in it."""
    return {made["uuid"], *re.findall('"uuid": "(.+?)"', json.dumps(made["Object"]))}


def test_an_event_is_the_same_each_time_and_shares_no_object_with_another(given):
    ids = ("be-open", "be-plan", "be-open"), ("be-plan", "be-open")
    both, again = (event(*given(*note_ids), ADDRESS)["Event"] for note_ids in ids)
    alone, dutch = (event(*given("be-open", language=lang), ADDRESS)["Event"] for lang in (Language.EN, Language.NL))
    assert both["uuid"] == again["uuid"]
    assert both["Object"] == again["Object"][::-1]
    assert both["info"] == "Benelux cybercrime practice base (2)"
    assert [alone["info"]] == values(alone["Object"][0], "title")
    assert own_ids(alone).isdisjoint(own_ids(both) | own_ids(dutch))


def test_no_notes_are_an_event_without_date(given, taxonomies):
    made = event(*given(), ADDRESS)["Event"]
    assert (made["Object"], made["Tag"]) == ([], [])
    assert not {"date", "timestamp"} & made.keys()
    pymisp.MISPEvent().load({"Event": made})
