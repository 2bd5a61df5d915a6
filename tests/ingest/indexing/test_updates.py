"""Notes come into the index as they change; one that is broken keeps what the index has of it."""

import os
import random
from pathlib import Path
from shutil import disk_usage, rmtree

import pytest

from ingest.indexing.fingerprint import FILES
from ingest.indexing.index import index_content
from ingest.lint import errors
from kb.errors import SettingsError, StoreUnavailable
from kb.store.embedded.store import EdgeStore
from kb.store.records import CHUNK, RECORD, VERSION


def codes(report):
    return {found.code for found in report.issues}


def body(text):
    return f"## Problem\n\n{text}\n\n## Approach\n\nProviders block the sites behind them.\n"


def test_a_saved_note_is_found_and_only_its_own_texts_are_encoded(place):
    place.practice("be-a")
    place.practice("be-b")
    place.run()
    before = place.store.reader()
    report = place.update()
    assert (report.written, report.saved, report.indexed, report.removed) == (False, (), (), ())
    assert place.store.reader() is before
    place.practice("be-a", body=body("A new text."))
    report = place.update()
    assert (report.indexed, report.saved, report.fitted) == (("be-a",), ("be-a",), False)
    assert place.encoder.encoded
    assert all("new text" in text for text in place.encoder.encoded)
    assert "A new text." in place.texts()
    place.practice("be-c")
    assert place.update().indexed == ("be-c",)
    assert place.notes() == {"be-a", "be-b", "be-c"}


def test_only_notes_that_changed_and_those_around_them_are_opened(place, monkeypatch):
    for number in range(9):
        linked = [{"id": f"be-{number + 1}", "rel": "see-also"}] if number < 8 else []
        place.practice(f"be-{number}", related=linked)
    place.run()
    opened = set()
    monkeypatch.setattr(
        "kb.content.reader.note_file",
        lambda data, where, read=place.reading(): opened.add(where.id) or read(data, where),
    )
    link = {"related": [{"id": "be-5", "rel": "see-also"}]}
    for change, read in (
        ({"title": "Another title"}, {"be-3", "be-4", "be-5"}),
        ({"status": "pilot"}, {"be-2", "be-3", "be-4", "be-5", "be-6"}),  # which may matter to those around it
        (None, set()),
    ):
        opened.clear()
        if change:
            place.practice("be-4", **link, **change)
        assert place.run(put_off=True).indexed == (("be-4",) if change else ())
        assert opened == read


def test_what_is_restricted_leaves_the_index_even_if_the_disk_is_full(place, monkeypatch):
    place.practice("be-a")
    place.practice("be-b")
    place.run()
    place.practice("be-a", tlp="amber", pap="amber")
    place.practice("be-b", title="Another title")
    usage = disk_usage(place.settings.data_dir)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage._replace(free=1_000_000))
    with pytest.raises(StoreUnavailable, match="withdrawn or restricted: be-a"):
        place.update()
    assert place.notes() == {"be-b"}


def test_a_broken_note_that_vocabularies_no_longer_fit_is_left_out(place):
    place.practice("be-a", crime_types=["ransomware"])
    place.practice("be-b", crime_types=["ransomware"])
    place.run()
    place.edit("taxonomy/crime-types.yaml", "id: ransomware\n", "id: locking-software\n")
    place.practice("be-b", crime_types=["locking-software"])
    report = place.update()
    assert (report.fitted, report.refused, report.removed) == (True, ("be-a",), ("be-a",))
    assert place.notes() == {"be-b"}


def test_a_note_is_taken_in_once_what_it_names_is_there(place):
    place.practice("be-a")
    place.run()
    place.practice("be-b", related=[{"id": "be-c", "rel": "see-also"}])
    report = place.update()
    assert (report.kept, report.refused) == ((), ("be-b",))
    place.practice("be-c")
    assert place.update().indexed == ("be-b", "be-c")


def test_a_note_that_was_restricted_leaves_even_if_it_has_errors(place):
    place.practice("be-a")
    place.practice("be-b", related=[{"id": "be-a", "rel": "see-also"}])
    place.run()
    place.practice("be-a", tlp="amber", pap="amber", status="running")
    report = place.update()
    assert (report.removed, report.indexed, report.kept) == (("be-a",), (), ("be-b",))
    assert place.notes() == {"be-b"}
    place.practice("be-a", tlp="amber", pap="amber")
    report = place.update()
    assert report.indexed == ("be-a",)
    assert "clear" not in place.records()["be-a/en"]["access"]
    assert ("be-b", "KB309") in place.named(report.issues)


def test_a_draft_is_indexed_only_where_drafts_are_asked_for(place):
    place.practice("be-a")
    place.practice("be-b", draft=True)
    place.practice("be-c", draft=True, crime_types=["fishing"])
    report = place.run()
    assert place.notes() == {"be-a"}
    assert (report.drafts, report.complete) == (("be-b", "be-c"), True)
    place.practice("be-a", draft=True)
    place.practice("be-b")
    report = place.update()
    assert (report.indexed, report.removed, report.kept) == (("be-b",), ("be-a",), ())
    assert report.drafts == place.update().drafts == ("be-a", "be-c")
    place.practice("be-c").write_text("---\ndraft: true\ntitle: It: cannot be read\n---\n\n## Problem\n")
    report = place.update()
    assert (report.drafts, report.refused) == (("be-a", "be-c"), ())
    for _ in range(2):  # also where nothing has changed since
        assert {*place.named(place.run().issues)} >= {("be-a", "KB315"), ("be-c", "KB105"), ("be-c", "KB315")}
    place.practice("be-c", draft=True, crime_types=["fishing"])
    place.settings = place.settings.model_copy(update={"drafts": True})
    report = place.update()
    assert (report.refused, report.drafts) == (("be-c",), ())
    assert place.notes() == {"be-a", "be-b"}
    place.settings = place.settings.model_copy(update={"drafts": False})
    assert place.update().removed == ("be-a",)


def test_a_draft_of_a_translation_leaves_the_other_versions_as_they_are(place):
    place.practice("be-a")
    file = place.translation("be-a", "nl", "en", "## Probleem\n\nA.\n\n## Aanpak\n\nB.\n")
    whole = file.read_text("utf-8")
    place.run()
    assert {*place.records()} == {"be-a/en", "be-a/nl"}
    drafts = (
        whole.replace("---\n", "---\ndraft: true\n", 1),
        "---\ndraft: true\ntitle: [\ntranslation: {of: en}\n---\n",
    )
    for draft in drafts:
        file.write_text(draft, "utf-8")
        for report in (place.update(), place.update()):
            assert (report.kept, report.refused, report.complete) == ((), (), True)
            assert [(Path(found.path).name, found.code) for found in report.issues if found.code != "KB408"] == [
                ("nl.md", "KB315")
            ]
        assert {*place.records()} == {"be-a/en"}
        assert place.records()["be-a/en"]["languages"] == ["en"]

    place.settings = place.settings.model_copy(update={"drafts": True})
    assert not place.update().complete  # of the second draft no version can be made
    assert {*place.records()} == {"be-a/en"}
    file.write_text(drafts[0], "utf-8")
    place.update()
    assert (place.records()["be-a/nl"]["draft"], place.records()["be-a/en"]["draft"]) == (True, False)
    place.settings = place.settings.model_copy(update={"drafts": False})
    place.update()
    assert {*place.records()} == {"be-a/en"}
    file.write_text(whole, "utf-8")
    place.update()
    assert {*place.records()} == {"be-a/en", "be-a/nl"}


def test_what_is_wrong_with_its_sources_is_reported_of_a_note_that_stays(place):
    place.practice("be-a")
    file = place.root / "sources" / "be-a.yaml"
    file.parent.mkdir(exist_ok=True)
    good = "- {url: https://example.org/a, publisher: P, accessed: 2026-01-01, facts: [A fact]}\n"
    file.write_text(good, "utf-8")
    place.run()
    for text, wrong in (("- url: [", True), ("- [", True), (good, False)):
        file.write_text(text, "utf-8")
        assert any(found.path.endswith("sources/be-a.yaml") for found in place.update().issues) is wrong


def test_a_note_that_another_run_took_out_comes_back(place):
    place.practice("be-a")
    file = place.practice("be-b")
    place.run()
    text = file.read_bytes()
    file.unlink()
    place.run()
    assert place.notes() == {"be-a"}
    file.write_bytes(text)
    assert place.update().indexed == ("be-b",)
    assert place.notes() == {"be-a", "be-b"}


def test_no_note_may_name_a_restricted_one_that_is_a_draft_or_has_errors(place):
    place.practice("be-a")
    place.run()
    place.practice("be-draft", draft=True, tlp="amber", pap="amber")
    place.practice("be-broken", tlp="amber", pap="amber", status="running")
    place.practice("be-begun", draft=True, tlp=None).write_text("---\ndraft: true\ntlp:\n---\n")
    place.practice("be-a", related=[{"id": "be-begun", "rel": "see-also"}])
    assert place.update().indexed == ("be-a",)
    for named in ("be-draft", "be-broken"):
        place.practice("be-a", related=[{"id": named, "rel": "see-also"}])
        report = place.update()
        assert "be-a" in report.kept
        assert [code for note, code in place.named(report.issues) if note == "be-a"] == ["KB309"]
        assert named not in str(list(place.store.reader().scroll({})))


@pytest.fixture
def unreadable(monkeypatch):
    """Paths of folders that cannot be read, to be added to."""
    folders, listed = set(), os.scandir

    def scandir(path):
        if str(path) in folders:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr("os.scandir", scandir)
    return folders


@pytest.mark.parametrize(
    ("folder", "stay"),
    [("practices/be-a", {"be-a"}), ("practices", {"be-a", "be-b"}), ("", {"be-a", "be-b", "be-plan"})],
)
def test_notes_in_a_folder_that_cannot_be_read_stay_as_they_were_and_others_come_and_go(
    place, unreadable, folder, stay
):
    more = place.root.with_name("more")
    (more / "practices").mkdir(parents=True)
    place.settings = place.settings.model_copy(update={"content_dirs": (place.root, more)})
    for name in ("be-a", "be-b", "be-c", "be-d"):
        place.practice(name)
    place.strategy("be-plan")
    for name in ("be-c", "be-d"):  # the second root has these, but for a translation
        (place.root / "practices" / name).rename(more / "practices" / name)
    place.translation("be-c", "fr", "en", "## Problème\n\nA.\n\n## Approche\n\nB.\n")
    place.run()
    for name in ("practices/be-b", "strategies"):
        rmtree(place.root / name)
    hidden = place.root / folder
    unreadable.add(str(hidden))
    note = more / "practices" / "be-d" / "en.md"
    note.write_text(note.read_text().replace("tlp: clear", "tlp: clear\nrelated: [{id: be-a, rel: see-also}]"))
    for _ in range(2):
        report = place.update()
        assert place.notes() == {"be-c", "be-d", *stay}
        told = [(found.path, found.message) for found in errors(report.issues)]
        assert told == [(str(hidden), "the folder cannot be read: Permission denied.")]
        assert {*report.kept} == (stay if folder == "practices/be-a" else {"be-c", *stay})
    assert place.records()["be-d/en"]["linked"] == ["be-a"]
    note.write_text(note.read_text().replace("tlp: clear", "tlp: amber"))  # a PAP label is missing
    assert place.update().removed == ("be-d",)
    assert place.run(refit=True).fitted
    assert place.notes() == {"be-c", *stay}
    unreadable.clear()
    assert {*place.update().removed} == stay - {"be-a"}
    assert place.notes() == {"be-a", "be-c"}


def test_notes_that_cannot_be_read_for_a_moment_are_not_new_ones(place):
    place.practice("be-a")
    place.run()
    place.root.rename(place.root.with_name("away"))
    for _ in range(2):
        with pytest.raises(SettingsError):
            place.update()
    place.root.with_name("away").rename(place.root)
    assert place.update().indexed == ()


def test_a_note_that_is_emptied_for_a_moment_while_it_is_saved_stays(place, monkeypatch):
    path = place.practice("be-a")
    place.run()
    written = path.read_text("utf-8")
    path.write_text("")
    monkeypatch.setattr("time.sleep", lambda seconds: path.write_text(written.replace("title: ", "title: New ")))
    report = place.update()
    assert (report.indexed, report.removed) == (("be-a",), ())
    assert place.notes() == {"be-a"}


def test_the_names_of_a_new_note_are_found_at_once_and_others_speak_of_them_with_the_next_epoch(place):
    place.practice("be-a", body=body("Quuxol warns us."))
    place.practice("be-b", title="Blocking noteworthies")
    place.run()
    place.practice("be-q", title="Quuxol (LMX9): warning the victims of false sites", body=body("LMX9 is here."))
    place.practice("be-b", title="Blocking noteworthies", status="ended", ended="2024")
    assert place.update().indexed == ("be-b", "be-q")
    for name in ("name:lmx9", "title:victims"):
        assert name in place.records()["be-q/en"]["about"]
    assert any("name:lmx9" in payload["mentions"] for payload in place.records(CHUNK).values())
    assert "title:noteworthies" in place.records()["be-b/en"]["about"]  # as before it was saved again
    updated = {key: payload["about"] for key, payload in place.records().items()}
    place.run(refit=True)
    assert {key: payload["about"] for key, payload in place.records().items()} == updated


def test_statistics_are_fitted_anew_once_a_fifth_of_the_passages_has_changed(place):
    for number in range(10):
        place.practice(f"be-{number}")
    place.run()
    fitted = place.store.reader().manifest.terms
    for turn in range(9):
        place.practice("be-0", title=f"Title {turn}")
        assert not place.run().fitted  # whatever it is saved, it is one note
    place.practice("be-secret", tlp="amber", pap="amber", body=body("A\n\n" * 99))
    place.practice("be-1", title="Another title")
    report = place.run()
    assert (report.fitted, report.due) == (False, False)
    assert place.store.reader().manifest.terms.alike(fitted)
    place.practice("be-2", title="Another title")
    report = place.update()
    assert (report.fitted, report.due) == (False, True)
    report = place.run()
    assert (report.fitted, report.plan.changes, place.encoder.encoded) == (True, False, [])
    assert not place.store.reader().manifest.terms.alike(fitted)
    place.practice("be-3", title="Another title")
    assert not place.run().fitted
    for number in range(6):
        rmtree(place.root / "practices" / f"be-{number}")
    assert place.run().fitted


def test_what_was_saved_is_found_before_statistics_are_fitted_anew(place):
    class Followed(EdgeStore):
        """A store that says what was found when an epoch was written."""

        def replace(self, points, manifest):
            found.append({*dict(self.reader().scroll({RECORD: (VERSION,)}))} if self.info() else set())
            super().replace(points, manifest)

    found = []
    place.store = Followed(place.settings.data_dir)
    place.practice("be-a")
    for options in ({}, {}, {"refit": True}):
        index_content(place.settings, place.store, place.encoder, **options)
        place.practice("be-b", title=f"Title {len(found)}")
        place.practice(f"be-{len(found)}")
    assert found == [set(), {"be-a/en", "be-b/en", "be-1/en"}, {"be-a/en", "be-b/en", "be-1/en", "be-2/en"}]


def test_what_is_restricted_while_a_run_writes_leaves_before_an_epoch_begins(place):
    class Slow(EdgeStore):
        """A store that takes so long to write a note that another is restricted meanwhile, with an error."""

        def update(self, *change):
            super().update(*change)
            place.practice("be-a", tlp="amber", pap="amber", status="running")

    place.practice("be-a")
    place.practice("be-b")
    place.run()
    place.practice("be-b", title="Another title")
    report = index_content(place.settings, Slow(place.settings.data_dir), place.encoder)
    assert (report.fitted, report.removed, report.refused) == (True, ("be-a",), ("be-a",))
    assert place.notes() == {"be-b"}


def test_an_update_equals_what_a_whole_run_writes(place):
    """All but what is made of all notes together: means, and with them vectors."""
    for number in range(6):
        place.practice(f"be-{number}", questions=["Who blocks false sites in the country?"])
    place.run()
    place.practice("be-1", title="Another title", body=body("New. And more."))
    place.translation("be-2", "fr", "en", "## Problème\n\nA.\n\n## Approche\n\nB.\n")
    place.update()
    amended = place.store.reader()
    place.run(rebuild=True)
    whole = place.store.reader()

    def payloads(reader):
        return {key: {**payload, "sentences": None} for key, payload in reader.scroll({})}

    assert payloads(amended) == payloads(whole)
    assert amended.manifest.versions == whole.manifest.versions
    for field in ("note_id", "access", "organisation_keys"):
        assert amended.facet(field, {}) == whole.facet(field, {})


def test_issues_are_those_of_a_whole_run_whatever_has_changed(place):
    """Notes come, go, break, and name each other by chance."""
    chance = random.Random(24)
    ids = [f"{country}-{number}" for country in ("be", "nl", "lu") for number in range(4)]
    (place.root / "sources").mkdir(exist_ok=True)

    def write(note_id):
        source = place.root / "sources" / f"{note_id}.yaml"
        source.write_text(chance.choice(["[]", "- [", f"- {{url: https://example.org/{note_id}}}"]), "utf-8")
        rels = ("see-also", "counterpart-of", "replaces")
        related = [{"id": each, "rel": chance.choice(rels)} for each in chance.sample(ids, 2) if each != note_id]
        path = place.practice(
            note_id,
            countries=[note_id[:2].upper()],
            related=related,
            draft=chance.random() < 0.2,
            tlp=chance.choice(["clear", "clear", "green"]),
            crime_types=chance.choice([["phishing"], ["phishing"], ["fishing"]]),
        )
        if chance.random() < 0.1:
            path.write_text("---\n", "utf-8")

    for note_id in ids:
        write(note_id)
    place.run()
    for _ in range(12):
        for note_id in chance.sample(ids, chance.choice((1, 1, 3))):
            if chance.random() < 0.2:
                rmtree(place.root / "practices" / note_id, ignore_errors=True)
            else:
                write(note_id)
        report = place.update()
        for file in FILES:
            (place.settings.data_dir / file).unlink()
        whole = place.update()
        for part in ("issues", "kept", "refused", "drafts", "notes", "versions"):
            assert getattr(report, part) == getattr(whole, part), part
