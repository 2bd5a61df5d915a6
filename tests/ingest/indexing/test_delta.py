"""Notes come into the index as they are saved; one that is broken keeps what the index has of it."""

import random
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from ingest.indexing.delta import DeltaIndexer, DeltaReport
from ingest.indexing.index import IndexReport, index_content
from ingest.lint import errors
from kb.errors import ModelError, NoteError, SettingsError
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.records import CHUNK, RECORD, VERSION, Manifest
from tests.restricted import write

# mypy and tests meet at conftest's fixtures; its classes are not importable in importlib mode.
Content = Any
FakeEncoder = Any
Begin = Callable[[], DeltaIndexer]


@pytest.fixture
def index(settings: Settings, fake_encoder: FakeEncoder) -> Callable[..., IndexReport]:
    """A full index, as a new process would make it."""
    return lambda **options: index_content(settings, EdgeStore(settings.data_dir), fake_encoder, **options)


@pytest.fixture
def begin(settings: Settings, store: EdgeStore, fake_encoder: FakeEncoder, index: Callable[..., IndexReport]) -> Begin:
    """Index the notes there are, and write deltas from then on."""

    def begun() -> DeltaIndexer:
        index()
        return DeltaIndexer(settings, store, fake_encoder)

    return begun


def texts(store: EdgeStore) -> set[str]:
    return {payload["text"] for _, payload in store.reader().scroll({RECORD: (CHUNK,)})}


def notes(store: EdgeStore) -> set[str]:
    return {payload["note_id"] for _, payload in store.reader().scroll({RECORD: (VERSION,)})}


def test_what_did_not_change_is_not_written(begin: Begin, content: Content, store: EdgeStore) -> None:
    content.practice("be-a")
    delta = begin()
    before = store.reader()
    assert delta.update() == DeltaReport((), (), (), (), (), pytest.approx(0, abs=60))
    assert store.reader() is before


def test_a_saved_note_is_found_and_only_its_own_texts_are_encoded(
    begin: Begin, content: Content, store: EdgeStore, fake_encoder: FakeEncoder
) -> None:
    content.practice("be-a")
    content.practice("be-b")
    delta = begin()
    fake_encoder.encoded.clear()
    content.practice(
        "be-a", body="## Problem\n\nA new text.\n\n## Approach\n\nProviders block the sites behind them.\n"
    )
    assert delta.update().indexed == ("be-a",)
    assert fake_encoder.encoded
    assert all("new text" in text for text in fake_encoder.encoded)
    assert "A new text." in texts(store)
    content.practice("be-c")
    assert delta.update().indexed == ("be-c",)
    assert notes(store) == {"be-a", "be-b", "be-c"}


def test_what_is_restricted_leaves_the_index_even_if_another_cannot_be_encoded(
    begin: Begin, content: Content, store: EdgeStore, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    content.practice("be-a")
    content.practice("be-b")
    delta = begin()
    content.practice("be-a", tlp="amber", pap="amber", title="A title to be encoded")
    monkeypatch.setattr(fake_encoder, "encode_passages", _no_model)
    with pytest.raises(ModelError):
        delta.update()
    assert notes(store) == {"be-b"}


def _no_model(texts: object) -> Any:
    raise ModelError("There is no model.")


def test_a_broken_note_stays_as_it_was_until_it_is_mended(begin: Begin, content: Content, store: EdgeStore) -> None:
    content.practice("be-a")
    good = content.practice("be-b")
    delta = begin()
    content.practice("be-a", crime_types=["fishing"], body="## Problem\n\nBroken.\n\n## Approach\n\nB.\n")
    good.write_text(good.read_text().replace("title: ", 'title: "'))
    saved = delta.update()
    assert (saved.indexed, saved.removed, saved.kept) == ((), (), ("be-a", "be-b"))
    assert [(Path(one.path).parent.name, one.code) for one in saved.problems if one.level == "error"] == [
        ("be-a", "KB111"), ("be-b", "KB105"),
    ]  # fmt: skip
    assert "Broken." not in texts(store)
    assert notes(store) == {"be-a", "be-b"}
    content.practice("be-a", body="## Problem\n\nMended.\n\n## Approach\n\nB.\n")
    assert delta.update().indexed == ("be-a",)
    assert "Mended." in texts(store)


def test_a_note_is_taken_in_once_what_it_names_is_there(begin: Begin, content: Content, store: EdgeStore) -> None:
    content.practice("be-a")
    delta = begin()
    content.practice("be-b", related=[{"id": "be-c", "rel": "see-also"}])
    saved = delta.update()
    assert (saved.kept, saved.refused) == ((), ("be-b",))
    content.practice("be-c")
    assert delta.update().indexed == ("be-b", "be-c")


def test_a_note_that_is_gone_or_renamed_leaves_at_once(begin: Begin, content: Content, store: EdgeStore) -> None:
    content.practice("be-a")
    renamed = content.practice("be-b")
    delta = begin()
    renamed.parent.rename(renamed.parent.with_name("be-c"))
    rmtree(content.root / "practices" / "be-a")
    saved = delta.update()
    assert (saved.indexed, saved.removed) == (("be-c",), ("be-a", "be-b"))
    assert notes(store) == {"be-c"}
    gone = {one.note_id for one in store.reader().manifest.journal.gone}
    assert gone == {"be-a", "be-b"}


def test_a_note_that_was_restricted_leaves_even_if_it_has_errors(
    begin: Begin, content: Content, store: EdgeStore
) -> None:
    content.practice("be-a")
    content.practice("be-b", related=[{"id": "be-a", "rel": "see-also"}])
    delta = begin()
    content.practice("be-a", tlp="amber", pap="amber", status="running")
    saved = delta.update()
    assert (saved.removed, saved.indexed) == (("be-a",), ())
    assert notes(store) == {"be-b"}
    content.practice("be-a", tlp="amber", pap="amber")
    saved = delta.update()
    assert saved.indexed == ("be-a",)
    [access] = [one["access"] for _, one in store.reader().scroll({"note_id": ("be-a",), RECORD: (VERSION,)})]
    assert "clear" not in access
    assert ("be-b", "KB309") in {(Path(one.path).parent.name, one.code) for one in saved.problems}


def test_a_draft_is_indexed_only_where_drafts_are_asked_for(
    begin: Begin,
    content: Content,
    store: EdgeStore,
    settings: Settings,
    fake_encoder: FakeEncoder,
    index: Callable[..., IndexReport],
) -> None:
    content.practice("be-a")
    content.practice("be-b", draft=True)
    content.practice("be-c", draft=True, crime_types=["fishing"])
    delta = begin()
    assert notes(store) == {"be-a"}
    content.practice("be-a", draft=True)
    content.practice("be-b")
    saved = delta.update()
    assert (saved.indexed, saved.removed, saved.kept, saved.problems) == (("be-b",), ("be-a",), (), ())
    assert saved.drafts == ("be-a",)
    assert delta.update().drafts == ()
    content.practice("be-c", draft=True, crime_types=["fishing"], title="It: cannot be read").write_text(
        "---\ndraft: true\ntitle: It: cannot be read\n---\n\n## Problem\n"
    )
    saved = delta.update()
    assert (saved.drafts, saved.kept, [one.code for one in saved.problems]) == (("be-c",), (), ["KB105"])
    for _ in range(2):  # also where nothing has changed since
        left_out = [(Path(one.path).parent.name, one.code) for one in index().warnings]
        assert left_out == [("be-a", "KB315"), ("be-c", "KB315")]
    content.practice("be-c", draft=True, crime_types=["fishing"])
    asking = settings.model_copy(update={"drafts": True})
    saved = DeltaIndexer(asking, store, fake_encoder).update()
    assert saved.refused == ("be-c",)
    assert "be-a" in saved.indexed
    assert notes(store) == {"be-a", "be-b"}


def test_a_translation_makes_no_draft_of_its_note(begin: Begin, content: Content, store: EdgeStore) -> None:
    content.practice("be-a")
    delta = begin()
    file = content.translation("be-a", "nl", "en", "## Probleem\n\nA.\n\n## Aanpak\n\nB.\n")
    for marked in ("draft: true\n", "draft: true\ntitle: [\n"):
        file.write_text(f"---\n{marked}translation: {{of: en}}\n---\n\nTekst.\n", "utf-8")
        saved = delta.update()
        assert (saved.removed, saved.kept) == ((), ("be-a",))
        assert any(Path(one.path).name == "nl.md" for one in saved.problems)
    assert notes(store) == {"be-a"}


def test_a_draft_that_cannot_be_read_is_told_from_the_start(begin: Begin, content: Content) -> None:
    content.practice("be-a")
    content.practice("be-b", draft=True).write_text("---\ndraft: true\ntitle: It: cannot be read\n---\n", "utf-8")
    delta = begin()
    for _ in range(2):
        assert [one.code for one in delta.update().problems] == ["KB105"]


def test_what_is_wrong_is_told_until_it_is_mended_whatever_runs_meanwhile(
    begin: Begin, content: Content, index: Callable[..., IndexReport]
) -> None:
    content.practice("be-a")
    delta = begin()
    content.practice("be-b", reviewed="2020-01-01", review_by="2021-01-01")
    assert "KB409" in {one.code for one in delta.update().problems}
    index()
    assert "KB409" in {one.code for one in delta.update().problems}
    delta.reload()
    assert "KB409" in {one.code for one in delta.update().problems}
    content.practice("be-b")
    assert "KB409" not in {one.code for one in delta.update().problems}


def test_what_is_wrong_with_its_sources_is_told_of_a_note_that_stays(begin: Begin, content: Content) -> None:
    content.practice("be-a")
    file = content.root / "sources" / "be-a.yaml"
    file.parent.mkdir(exist_ok=True)
    good = "- {url: https://example.org/a, publisher: P, accessed: 2026-01-01, facts: [A fact]}\n"
    file.write_text(good, "utf-8")
    delta = begin()
    delta.update()
    for text, told in (("- url: [", True), ("- [", True), (good, False)):
        file.write_text(text, "utf-8")
        assert any(Path(one.path).name == "be-a.yaml" for one in delta.update().problems) is told


def test_a_note_that_another_run_took_out_comes_back(
    begin: Begin, content: Content, store: EdgeStore, index: Callable[..., IndexReport]
) -> None:
    content.practice("be-a")
    file = content.practice("be-b")
    delta = begin()
    text = file.read_bytes()
    file.unlink()
    index()
    assert notes(store) == {"be-a"}
    file.write_bytes(text)
    assert delta.update().indexed == ("be-b",)
    assert notes(store) == {"be-a", "be-b"}


def test_no_note_may_name_a_restricted_one_that_is_a_draft_or_has_errors(
    begin: Begin, content: Content, store: EdgeStore
) -> None:
    content.practice("be-a")
    delta = begin()
    content.practice("be-draft", draft=True, tlp="amber", pap="amber")
    content.practice("be-broken", tlp="amber", pap="amber", status="running")
    content.practice("be-begun", draft=True, tlp=None).write_text("---\ndraft: true\ntlp:\n---\n")
    content.practice("be-a", related=[{"id": "be-begun", "rel": "see-also"}])
    assert delta.update().indexed == ("be-a",)
    for named in ("be-draft", "be-broken"):
        content.practice("be-a", related=[{"id": named, "rel": "see-also"}])
        saved = delta.update()
        assert "be-a" in saved.kept
        assert [one.code for one in saved.problems if Path(one.path).parent.name == "be-a"] == ["KB309"]
        assert named not in str(list(store.reader().scroll({})))


def test_an_error_of_a_note_that_names_what_is_gone_is_told_until_it_is_mended(begin: Begin, content: Content) -> None:
    content.practice("be-a")
    content.practice("be-b", related=[{"id": "be-a", "rel": "see-also"}])
    content.practice("be-c")
    delta = begin()
    rmtree(content.root / "practices" / "be-a")
    for title in ("One", "Two"):
        assert [one.code for one in errors(delta.update().problems)] == ["KB306"]
        content.practice("be-c", title=title)
    content.practice("be-b")
    assert errors(delta.update().problems) == ()


def test_what_is_wrong_is_told_with_every_save_until_it_is_mended(begin: Begin, content: Content) -> None:
    for one in ("be-a", "be-b", "be-c"):
        content.practice(one)
    delta = begin()
    content.practice("be-a", related=[{"id": "be-b", "rel": "counterpart-of"}])
    content.practice("be-draft", draft=True, crime_types=["fishing"])
    for title in ("One", "Two"):
        assert {one.code for one in delta.update().problems} >= {"KB314", "KB111"}
        content.practice("be-c", title=title)
    content.practice("be-b", related=[{"id": "be-a", "rel": "counterpart-of"}])
    content.practice("be-draft", draft=True)
    assert not {one.code for one in delta.update().problems} & {"KB314", "KB111"}


def test_notes_that_cannot_be_read_for_a_moment_are_not_new_ones(begin: Begin, content: Content) -> None:
    content.practice("be-a")
    delta = begin()
    content.root.rename(content.root.with_name("away"))
    for _ in range(2):
        with pytest.raises(SettingsError):
            delta.update()
    content.root.with_name("away").rename(content.root)
    assert delta.update().indexed == ()


def test_a_note_that_is_emptied_for_a_moment_while_it_is_saved_stays(
    begin: Begin, content: Content, store: EdgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = content.practice("be-a")
    delta, written = begin(), path.read_text("utf-8")
    path.write_text("")
    monkeypatch.setattr("time.sleep", lambda seconds: path.write_text(written.replace("title: ", "title: New ")))
    saved = delta.update()
    assert (saved.indexed, saved.removed) == (("be-a",), ())
    assert notes(store) == {"be-a"}


def test_names_are_those_of_the_last_full_index(
    begin: Begin, content: Content, store: EdgeStore, index: Callable[..., IndexReport]
) -> None:
    def about(note_id: str) -> set[str]:
        where = {"note_id": (note_id,), RECORD: (VERSION,)}
        return {key for _, one in store.reader().scroll(where) for key in one["about"]}

    content.practice("be-a")
    delta = begin()
    content.practice("be-quux", title="Quuxol (LMX9): warning the victims of false sites")
    assert delta.update().indexed == ("be-quux",)
    assert "name:lmx9" not in about("be-quux")
    index()
    assert "name:lmx9" in about("be-quux")
    content.practice("be-quux", title="Quuxol (LMX9): warning the victims of false sites", status="ended", ended="2024")
    assert delta.update().indexed == ("be-quux",)
    assert "name:lmx9" in about("be-quux")


def test_what_left_while_notes_were_saved_leaves_the_disk_with_the_next_run_even_one_that_is_refused(
    begin: Begin, content: Content, store: EdgeStore, settings: Settings, index: Callable[..., IndexReport]
) -> None:
    content.practice("be-a")
    content.practice("be-gone", body="## Problem\n\nZyxwvut.\n\n## Approach\n\nB.\n")
    delta = begin()
    rmtree(content.root / "practices" / "be-gone")
    assert delta.update().removed == ("be-gone",)
    content.practice("be-b", status="running")

    def on_disk() -> bool:
        return any(
            b"Zyxwvut" in file.read_bytes() for file in (settings.data_dir / "index").rglob("*") if file.is_file()
        )

    assert on_disk()
    with pytest.raises(NoteError):
        index()
    assert not on_disk()
    assert notes(store) == {"be-a"}


def test_a_full_index_afterwards_is_as_if_there_had_been_no_delta(
    begin: Begin, content: Content, store: EdgeStore, index: Callable[..., IndexReport]
) -> None:
    """Random changes, some by deltas: afterwards the index is that of the notes there are."""
    chance = random.Random(4)
    write(content, chance, 2)
    delta = begin()
    for _ in range(4):
        for note_id in chance.sample(sorted(one.name for one in (content.root / "practices").iterdir()), 3):
            content.practice(note_id, title=f"Title {chance.random()}", countries=["BE"], no_counterpart=["LU", "NL"])
        content.practice(f"be-new-{chance.randrange(5)}")
        delta.update()
        assert store.reader().manifest.amended
    assert index().written
    followed = store.reader()
    assert not followed.manifest.amended
    assert not index().written
    index(rebuild=True)
    assert state(store, followed.manifest) == state(store, store.reader().manifest)
    assert dict(followed.scroll({})) == dict(store.reader().scroll({}))


def state(store: EdgeStore, manifest: Manifest) -> dict[str, Any]:
    return {name: value for name, value in manifest.to_json().items() if name != "journal"}


def test_a_delta_equals_what_a_full_index_writes(
    begin: Begin, content: Content, store: EdgeStore, index: Callable[..., IndexReport]
) -> None:
    """All but what is made of all notes together: means, and with them vectors."""
    for number in range(4):
        content.practice(f"be-{number}", questions=["Who blocks false sites in the country?"])
    delta = begin()
    content.practice("be-1", title="Another title", body="## Problem\n\nNew.\n\n## Approach\n\nMore. And more.\n")
    content.translation("be-2", "fr", "en", "## Problème\n\nA.\n\n## Approche\n\nB.\n")
    delta.update()
    amended = store.reader()
    index()
    full = store.reader()
    assert amended is not full
    assert amended.manifest.versions.keys() == full.manifest.versions.keys()

    def payloads(reader: Any) -> dict[str, Any]:
        apart = ("sentences", "about", "cites", "mentions")
        return {
            record_id: {name: value for name, value in payload.items() if name not in apart}
            for record_id, payload in reader.scroll({})
        }

    assert payloads(amended) == payloads(full)
    for field in ("note_id", "access", "organisation_keys"):
        assert amended.facet(field, {}) == full.facet(field, {})
