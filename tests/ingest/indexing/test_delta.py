"""Notes come into the index as they are saved; one that is broken keeps what the index has of it."""

from pathlib import Path
from shutil import rmtree
from unittest.mock import Mock

import pytest

from ingest.indexing.delta import DeltaIndexer, DeltaReport
from ingest.lint import errors
from kb.errors import ModelError, SettingsError


def codes(saved):
    return {found.code for found in saved.issues}


def test_a_saved_note_is_found_and_only_its_own_texts_are_encoded(place):
    place.practice("be-a")
    place.practice("be-b")
    delta = place.begin()
    before = place.store.reader()
    assert delta.update() == DeltaReport((), (), (), (), (), pytest.approx(0, abs=60))
    assert place.store.reader() is before
    place.practice("be-a", body="## Problem\n\nA new text.\n\n## Approach\n\nProviders block the sites behind them.\n")
    assert delta.update().indexed == ("be-a",)
    assert place.encoder.encoded
    assert all("new text" in text for text in place.encoder.encoded)
    assert "A new text." in place.texts()
    place.practice("be-c")
    assert delta.update().indexed == ("be-c",)
    assert place.notes() == {"be-a", "be-b", "be-c"}


def test_what_is_restricted_leaves_the_index_even_if_another_cannot_be_encoded(place, monkeypatch):
    place.practice("be-a")
    place.practice("be-b")
    delta = place.begin()
    place.practice("be-a", tlp="amber", pap="amber", title="A title to be encoded")
    monkeypatch.setattr(place.encoder, "encode_passages", Mock(side_effect=ModelError("There is no model.")))
    with pytest.raises(ModelError):
        delta.update()
    assert place.notes() == {"be-b"}


def test_a_broken_note_stays_as_it_was_until_it_is_correct(place):
    place.practice("be-a")
    good = place.practice("be-b")
    delta = place.begin()
    place.practice("be-a", crime_types=["fishing"], body="## Problem\n\nBroken.\n\n## Approach\n\nB.\n")
    good.write_text(good.read_text().replace("title: ", 'title: "'))
    saved = delta.update()
    assert (saved.indexed, saved.removed, saved.kept) == ((), (), ("be-a", "be-b"))
    assert place.named(errors(saved.issues)) == [("be-a", "KB111"), ("be-b", "KB105")]
    assert "Broken." not in place.texts()
    assert place.notes() == {"be-a", "be-b"}
    place.practice("be-a", body="## Problem\n\nMended.\n\n## Approach\n\nB.\n")
    assert delta.update().indexed == ("be-a",)
    assert "Mended." in place.texts()


def test_a_note_is_taken_in_once_what_it_names_is_there(place):
    place.practice("be-a")
    delta = place.begin()
    place.practice("be-b", related=[{"id": "be-c", "rel": "see-also"}])
    saved = delta.update()
    assert (saved.kept, saved.refused) == ((), ("be-b",))
    place.practice("be-c")
    assert delta.update().indexed == ("be-b", "be-c")


def test_a_note_that_is_gone_or_renamed_leaves_at_once(place):
    place.practice("be-a")
    renamed = place.practice("be-b")
    delta = place.begin()
    renamed.parent.rename(renamed.parent.with_name("be-c"))
    rmtree(place.root / "practices" / "be-a")
    saved = delta.update()
    assert (saved.indexed, saved.removed) == (("be-c",), ("be-a", "be-b"))
    assert place.notes() == {"be-c"}
    gone = {entry.note_id for entry in place.store.reader().manifest.journal.gone}
    assert gone == {"be-a", "be-b"}


def test_a_note_that_was_restricted_leaves_even_if_it_has_errors(place):
    place.practice("be-a")
    place.practice("be-b", related=[{"id": "be-a", "rel": "see-also"}])
    delta = place.begin()
    place.practice("be-a", tlp="amber", pap="amber", status="running")
    saved = delta.update()
    assert (saved.removed, saved.indexed) == (("be-a",), ())
    assert place.notes() == {"be-b"}
    place.practice("be-a", tlp="amber", pap="amber")
    saved = delta.update()
    assert saved.indexed == ("be-a",)
    assert "clear" not in place.records()["be-a/en"]["access"]
    assert ("be-b", "KB309") in place.named(saved.issues)


def test_a_draft_is_indexed_only_where_drafts_are_asked_for(place):
    place.practice("be-a")
    place.practice("be-b", draft=True)
    place.practice("be-c", draft=True, crime_types=["fishing"])
    delta = place.begin()
    assert place.notes() == {"be-a"}
    place.practice("be-a", draft=True)
    place.practice("be-b")
    saved = delta.update()
    assert (saved.indexed, saved.removed, saved.kept, saved.issues) == (("be-b",), ("be-a",), (), ())
    assert saved.drafts == ("be-a",)
    assert delta.update().drafts == ()
    place.practice("be-c").write_text("---\ndraft: true\ntitle: It: cannot be read\n---\n\n## Problem\n")
    saved = delta.update()
    assert (saved.drafts, saved.kept, codes(saved)) == (("be-c",), (), {"KB105"})
    for _ in range(2):  # also where nothing has changed since
        assert place.named(place.run().warnings) == [("be-a", "KB315"), ("be-c", "KB315")]
    assert codes(place.begin().update()) == {"KB105"}  # also from the start
    place.practice("be-c", draft=True, crime_types=["fishing"])
    asking = place.settings.model_copy(update={"drafts": True})
    saved = DeltaIndexer(asking, place.store, place.encoder).update()
    assert saved.refused == ("be-c",)
    assert "be-a" in saved.indexed
    assert place.notes() == {"be-a", "be-b"}


def test_a_translation_makes_no_draft_of_its_note(place):
    place.practice("be-a")
    delta = place.begin()
    file = place.translation("be-a", "nl", "en", "## Probleem\n\nA.\n\n## Aanpak\n\nB.\n")
    for marked in ("draft: true\n", "draft: true\ntitle: [\n"):
        file.write_text(f"---\n{marked}translation: {{of: en}}\n---\n\nTekst.\n", "utf-8")
        saved = delta.update()
        assert (saved.removed, saved.kept) == ((), ("be-a",))
        assert any(Path(found.path).name == "nl.md" for found in saved.issues)
    assert place.notes() == {"be-a"}


def test_what_is_wrong_is_reported_until_it_is_correct_whatever_runs_meanwhile(place):
    place.practice("be-a")
    delta = place.begin()
    place.practice("be-b", reviewed="2020-01-01", review_by="2021-01-01")
    for meanwhile in (lambda: None, place.run, delta.reload):
        meanwhile()
        assert "KB409" in codes(delta.update())
    place.practice("be-b")
    assert "KB409" not in codes(delta.update())


def test_what_is_wrong_with_its_sources_is_reported_of_a_note_that_stays(place):
    place.practice("be-a")
    file = place.root / "sources" / "be-a.yaml"
    file.parent.mkdir(exist_ok=True)
    good = "- {url: https://example.org/a, publisher: P, accessed: 2026-01-01, facts: [A fact]}\n"
    file.write_text(good, "utf-8")
    delta = place.begin()
    delta.update()
    for text, wrong in (("- url: [", True), ("- [", True), (good, False)):
        file.write_text(text, "utf-8")
        assert any(Path(found.path).name == "be-a.yaml" for found in delta.update().issues) is wrong


def test_a_note_that_another_run_took_out_comes_back(place):
    place.practice("be-a")
    file = place.practice("be-b")
    delta = place.begin()
    text = file.read_bytes()
    file.unlink()
    place.run()
    assert place.notes() == {"be-a"}
    file.write_bytes(text)
    assert delta.update().indexed == ("be-b",)
    assert place.notes() == {"be-a", "be-b"}


def test_no_note_may_name_a_restricted_one_that_is_a_draft_or_has_errors(place):
    place.practice("be-a")
    delta = place.begin()
    place.practice("be-draft", draft=True, tlp="amber", pap="amber")
    place.practice("be-broken", tlp="amber", pap="amber", status="running")
    place.practice("be-begun", draft=True, tlp=None).write_text("---\ndraft: true\ntlp:\n---\n")
    place.practice("be-a", related=[{"id": "be-begun", "rel": "see-also"}])
    assert delta.update().indexed == ("be-a",)
    for named in ("be-draft", "be-broken"):
        place.practice("be-a", related=[{"id": named, "rel": "see-also"}])
        saved = delta.update()
        assert "be-a" in saved.kept
        assert [code for note, code in place.named(saved.issues) if note == "be-a"] == ["KB309"]
        assert named not in str(list(place.store.reader().scroll({})))


def test_what_is_wrong_is_reported_with_every_save_until_it_is_correct(place):
    for note_id in ("be-a", "be-b", "be-c", "be-gone"):
        place.practice(note_id)
    place.practice("be-d", related=[{"id": "be-gone", "rel": "see-also"}])
    delta = place.begin()
    rmtree(place.root / "practices" / "be-gone")
    place.practice("be-a", related=[{"id": "be-b", "rel": "counterpart-of"}])
    place.practice("be-draft", draft=True, crime_types=["fishing"])
    for title in ("One", "Two"):
        saved = delta.update()
        assert codes(saved) >= {"KB314", "KB111", "KB306"}
        assert set(place.named(errors(saved.issues))) == {("be-d", "KB306"), ("be-draft", "KB111")}
        place.practice("be-c", title=title)
    place.practice("be-b", related=[{"id": "be-a", "rel": "counterpart-of"}])
    place.practice("be-d")
    place.practice("be-draft", draft=True)
    assert not codes(delta.update()) & {"KB314", "KB111", "KB306"}


def test_notes_that_cannot_be_read_for_a_moment_are_not_new_ones(place):
    place.practice("be-a")
    delta = place.begin()
    place.root.rename(place.root.with_name("away"))
    for _ in range(2):
        with pytest.raises(SettingsError):
            delta.update()
    place.root.with_name("away").rename(place.root)
    assert delta.update().indexed == ()


def test_a_note_that_is_emptied_for_a_moment_while_it_is_saved_stays(place, monkeypatch):
    path = place.practice("be-a")
    delta, written = place.begin(), path.read_text("utf-8")
    path.write_text("")
    monkeypatch.setattr("time.sleep", lambda seconds: path.write_text(written.replace("title: ", "title: New ")))
    saved = delta.update()
    assert (saved.indexed, saved.removed) == (("be-a",), ())
    assert place.notes() == {"be-a"}


def test_names_are_those_of_the_last_full_index(place):
    place.practice("be-a")
    delta = place.begin()
    place.practice("be-q", title="Quuxol (LMX9): warning the victims of false sites")
    assert delta.update().indexed == ("be-q",)
    assert "name:lmx9" not in place.records()["be-q/en"]["about"]
    place.run()
    assert "name:lmx9" in place.records()["be-q/en"]["about"]
    place.practice("be-q", title="Quuxol (LMX9): warning the victims of false sites", status="ended", ended="2024")
    assert delta.update().indexed == ("be-q",)
    assert "name:lmx9" in place.records()["be-q/en"]["about"]


def test_what_left_by_a_delta_leaves_the_disk_even_with_a_run_that_is_refused(place):
    place.practice("be-a")
    place.practice("be-gone", body="## Problem\n\nZyxwvut.\n\n## Approach\n\nB.\n")
    delta = place.begin()
    rmtree(place.root / "practices" / "be-gone")
    assert delta.update().removed == ("be-gone",)
    place.practice("be-b", status="running")

    def on_disk():
        files = (place.settings.data_dir / "index").rglob("*")
        return any(b"Zyxwvut" in file.read_bytes() for file in files if file.is_file())

    assert on_disk()
    place.refused()
    assert not on_disk()
    assert place.notes() == {"be-a"}


def test_a_full_index_merges_a_delta_though_no_note_has_changed_since(place):
    place.practice("be-a")
    place.practice("be-b")
    delta = place.begin()
    rmtree(place.root / "practices" / "be-b")
    delta.update()
    for changed in (True, False):
        assert bool(place.store.reader().manifest.changed) is changed
        assert place.run().written is changed


def test_a_delta_equals_what_a_full_index_writes(place):
    """All but what is made of all notes together: means, and with them vectors."""
    for number in range(4):
        place.practice(f"be-{number}", questions=["Who blocks false sites in the country?"])
    delta = place.begin()
    place.practice("be-1", title="Another title", body="## Problem\n\nNew.\n\n## Approach\n\nMore. And more.\n")
    place.translation("be-2", "fr", "en", "## Problème\n\nA.\n\n## Approche\n\nB.\n")
    delta.update()
    amended = place.store.reader()
    place.run()
    full = place.store.reader()
    assert amended.manifest.versions.keys() == full.manifest.versions.keys()

    def payloads(reader):
        apart = ("sentences", "about", "cites", "mentions")
        return {
            record_id: {name: value for name, value in payload.items() if name not in apart}
            for record_id, payload in reader.scroll({})
        }

    assert payloads(amended) == payloads(full)
    for field in ("note_id", "access", "organisation_keys"):
        assert amended.facet(field, {}) == full.facet(field, {})
