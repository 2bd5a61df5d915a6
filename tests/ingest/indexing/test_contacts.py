"""Contacts of notes in the index: what the files of contacts say now, also where a note names one that is gone."""

from pathlib import Path

import pytest


def number(value):
    return {"channels": [{"type": "phone", "value": value}]}


def shown(place):
    """Return the contacts that the index has of the note, with the number of each."""
    return {contact["id"]: contact["channels"][0]["value"] for contact in place.records()["be-a/en"]["contacts"]}


def problems(report):
    return [(Path(found.path).name, found.code) for found in report.issues if found.code != "KB408"]


@pytest.fixture
def called(place):
    """A note that names two contacts."""
    place.contact("be-one", **number("1"))
    place.contact("be-two", **number("2"))
    place.practice("be-a", contacts=["be-one", "be-two"])
    place.run()
    return place


def test_another_number_reaches_the_notes_that_name_the_contact_and_their_mirrors(called):
    called.practice("be-b")
    called.update()
    before = called.store.reader().manifest.journal.notes
    called.contact("be-one", **number("11"))
    assert called.update().indexed == ("be-a",)
    assert shown(called) == {"be-one": "11", "be-two": "2"}
    after = called.store.reader().manifest.journal.notes
    assert {note_id for note_id in after if after[note_id].when > before[note_id].when} == {"be-a"}


def test_a_contact_that_is_taken_out_leaves_the_notes_that_name_it(called):
    (called.root / "contacts" / "be-one.yaml").unlink()
    for _ in range(2):
        report = called.update()
        assert shown(called) == {"be-two": "2"}
        assert (problems(report), report.kept, report.complete) == ([("en.md", "KB316")], (), False)


def test_a_mistake_in_a_file_of_contacts_takes_none_out(called):
    file = called.root / "contacts" / "be-one.yaml"
    whole = file.read_text("utf-8")
    for broken in ("- id: [", whole.replace("be-one", "be one"), whole.replace("checked:", "looked_at:")):
        file.write_text(broken, "utf-8")
        report = called.update()
        assert ("be-one.yaml", "KB119") in problems(report)
        assert report.kept == ("be-a",)
        assert shown(called) == {"be-one": "1", "be-two": "2"}
    file.write_text(whole, "utf-8")
    assert called.update().complete


def test_what_is_wrong_with_a_contact_is_told_by_every_run(called):
    called.contact("be-two", checked="2020-01-01")
    for change in (None, None, "be-b"):
        if change:
            called.practice(change)
        report = called.update()
        assert (problems(report), report.complete) == ([("be-two.yaml", "KB411")], False)
