"""Indexing run after run: what is encoded, what is written, and what readers then find."""

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from ingest.indexing.index import IndexReport, cache_path, index_content
from kb.errors import IndexBusy, IndexMissing, IndexStale, ModelError, NoteError, SettingsError, StoreUnavailable
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.records import CHUNK, RECORD, VERSION, recipe
from kb.text.terms import TermCounts
from search.service import Searcher

# mypy and tests meet at conftest's fixtures; its classes are not importable in importlib mode.
Content = Any
FakeEncoder = Any
Run = Callable[..., IndexReport]


@pytest.fixture
def run(settings: Settings, store: EdgeStore, fake_encoder: FakeEncoder) -> Run:
    """One run as a new process would make it."""
    return lambda **options: index_content(settings, EdgeStore(settings.data_dir), fake_encoder, **options)


@pytest.fixture
def two(content: Content) -> Content:
    """A practice in two languages and a strategy."""
    content.practice("be-shield")
    content.translation("be-shield", "fr", "en", "## Problème\n\nDe faux messages.\n\n## Approche\n\nOn bloque.\n")
    content.strategy("be-plan")
    return content


def generation(settings: Settings) -> str:
    return (settings.data_dir / "index" / "CURRENT").read_text()


def records(store: EdgeStore, record: str = VERSION) -> dict[str, dict[str, Any]]:
    return dict(store.reader().scroll({RECORD: (record,)}))


def test_a_first_run_encodes_all_and_a_second_neither_encodes_nor_writes(
    run: Run, two: Content, store: EdgeStore, settings: Settings, fake_encoder: FakeEncoder
) -> None:
    first = run()
    assert first.plan.write == ("be-plan/en", "be-shield/en", "be-shield/fr")
    assert (first.notes, first.versions, first.written) == (2, 3, True)
    assert first.encoded == len(fake_encoder.encoded) > 0
    assert set(records(store)) == {"be-plan/en", "be-shield/en", "be-shield/fr"}
    assert len(records(store, CHUNK)) == first.chunks
    before = generation(settings), cache_path(settings.data_dir).read_bytes()
    fake_encoder.encoded.clear()
    second = run()
    assert (second.written, second.encoded, second.plan.changes) == (False, 0, False)
    assert (second.notes, second.versions, second.chunks) == (first.notes, first.versions, first.chunks)
    assert fake_encoder.encoded == []
    assert (generation(settings), cache_path(settings.data_dir).read_bytes()) == before


def test_a_changed_paragraph_costs_its_own_texts_only(
    run: Run, two: Content, store: EdgeStore, fake_encoder: FakeEncoder
) -> None:
    run()
    fake_encoder.encoded.clear()
    two.practice("be-shield", body="## Problem\n\nPeople receive false messages.\n\n## Approach\n\nBanks pay back.\n")
    report = run()
    assert report.plan.write == ("be-shield/en",)
    # The French version is not touched, but says from now on that it is out of date.
    assert set(report.plan.keep) | set(report.plan.relabel) == {"be-plan/en", "be-shield/fr"}
    assert len(fake_encoder.encoded) == 2
    assert all("Banks pay back." in text for text in fake_encoder.encoded)
    assert "Banks pay back." in {payload["text"] for payload in records(store, CHUNK).values()}
    assert not any("behind them" in str(payload) for payload in records(store, CHUNK).values())


def test_changed_fields_are_written_without_encoding_anything(
    run: Run, two: Content, store: EdgeStore, fake_encoder: FakeEncoder
) -> None:
    run()
    fake_encoder.encoded.clear()
    two.practice(
        "be-shield", status="pilot", tlp="amber", pap="amber", crime_types=["ransomware"], summary="Another summary."
    )
    report = run()
    assert (report.plan.write, report.plan.relabel) == ((), ("be-shield/en", "be-shield/fr"))
    assert (report.encoded, fake_encoder.encoded) == (0, [])
    assert records(store)["be-shield/en"]["summary"] == "Another summary."
    for payload in (*records(store).values(), *records(store, CHUNK).values()):
        if payload["note_id"] == "be-shield":
            assert (payload["status"], payload["tlp"], payload["crime_types"]) == ("pilot", "amber", ["ransomware"])


def test_deleted_and_renamed_notes_leave_nothing_behind(
    run: Run, two: Content, store: EdgeStore, fake_encoder: FakeEncoder
) -> None:
    run()
    (two.root / "practices" / "be-shield" / "fr.md").unlink()
    (two.root / "practices" / "be-shield").rename(two.root / "practices" / "be-wall")
    fake_encoder.encoded.clear()
    report = run()
    assert report.plan.delete == ("be-shield/en", "be-shield/fr")
    assert report.plan.write == ("be-wall/en",)
    assert fake_encoder.encoded == []
    for record in (VERSION, CHUNK):
        assert {payload["note_id"] for payload in records(store, record).values()} == {"be-plan", "be-wall"}
    rmtree(two.root / "practices")
    run()
    assert {payload["note_id"] for payload in records(store, CHUNK).values()} == {"be-plan"}


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    run: Run, two: Content, settings: Settings, fake_encoder: FakeEncoder
) -> None:
    report = run(dry_run=True)
    assert (len(report.plan.write), report.written, report.encoded) == (3, False, 0)
    assert not settings.data_dir.exists()
    run()
    before = sorted((path, path.stat().st_mtime_ns) for path in settings.data_dir.rglob("*"))
    fake_encoder.encoded.clear()
    (two.root / "practices" / "be-shield" / "fr.md").unlink()
    assert run(dry_run=True).plan.delete == ("be-shield/fr",)
    assert sorted((path, path.stat().st_mtime_ns) for path in settings.data_dir.rglob("*")) == before
    assert fake_encoder.encoded == []


def test_a_rebuild_writes_all_from_known_vectors_and_arrives_at_the_same(
    run: Run, two: Content, store: EdgeStore, settings: Settings
) -> None:
    run()
    before = generation(settings), records(store), records(store, CHUNK), store.reader().manifest.to_json()
    report = run(rebuild=True)
    assert (report.written, report.encoded, len(report.plan.write)) == (True, 0, 3)
    assert generation(settings) != before[0]
    assert (records(store), records(store, CHUNK), store.reader().manifest.to_json()) == before[1:]


def test_one_note_with_an_error_stops_everything_and_keeps_the_index(
    run: Run, two: Content, store: EdgeStore, settings: Settings, fake_encoder: FakeEncoder
) -> None:
    run()
    before = generation(settings), records(store)
    fake_encoder.encoded.clear()
    two.practice("be-new")
    two.practice("be-bad", crime_types=["fishing"])
    two.practice("be-worse", countries=None)
    with pytest.raises(NoteError, match="nothing was indexed") as failure:
        run()
    assert {Path(problem.path).parent.name for problem in failure.value.problems if problem.level == "error"} == {
        "be-bad",
        "be-worse",
    }
    assert (generation(settings), records(store)) == before
    assert fake_encoder.encoded == []


def restricted(path: Path, **changes: str) -> None:
    text = path.read_text(encoding="utf-8")
    for field, value in changes.items():
        text = text.replace(f"{field}: clear", f"{field}: {value}")
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("label", ["green", "amber", "ambre"])
def test_what_is_withdrawn_or_restricted_leaves_the_index_even_while_other_notes_have_errors(
    run: Run, two: Content, store: EdgeStore, settings: Settings, fake_encoder: FakeEncoder, label: str
) -> None:
    for name in ("be-gone", "be-secret", "be-short"):
        two.practice(name, questions=[f"Who blocks the sites of {name}?", "false messages and sites"])
    two.practice("be-shield", questions=["Who blocks sites that nobody wants?"])
    two.translation("be-short", "fr", "en", "## Problème\n\nDe faux messages.\n\n## Approche\n\nOn bloque.\n")
    run()
    before = records(store, CHUNK)
    two.practice("be-shield", crime_types=["fishing"])
    two.practice("be-new")
    rmtree(two.root / "practices" / "be-gone")
    (two.root / "practices" / "be-short" / "fr.md").unlink()
    restricted(two.root / "practices" / "be-secret" / "en.md", tlp=label)  # for amber, a PAP label is missing
    fake_encoder.encoded.clear()
    with pytest.raises(NoteError) as failure:
        run()
    assert "withdrawn or restricted: be-gone, be-secret, be-short." in (failure.value.remedy or "")
    out = ("be-gone", "be-secret", "be-short")
    assert records(store, CHUNK) == {key: one for key, one in before.items() if one["note_id"] not in out}
    assert {one["note_id"] for one in records(store).values()} == {"be-plan", "be-shield"}
    left = store.reader()
    assert left.manifest.terms.to_json() == TermCounts.of(one.lexical for one in left.points() if one.lexical).to_json()
    answer = Searcher(store, fake_encoder, store.reader().manifest.recipe).view().search("fake messages")
    assert {hit.id for hit in (*answer.practices, *answer.strategies)} == {"be-plan", "be-shield"}
    kept = generation(settings)
    with pytest.raises(NoteError, match="nothing was indexed"):
        run()
    assert generation(settings) == kept
    two.practice("be-shield")
    two.practice("be-secret")
    run()
    assert {one["note_id"] for one in records(store).values()} == {
        "be-plan",
        "be-shield",
        "be-new",
        "be-secret",
        "be-short",
    }


def first_line(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


ENDLESS = {"hexadecimal": "0x" + "f" * 4_000, "sexagesimal": "59:" * 3_000 + "59", "a fraction": "59:" * 300 + "59.5"}
"""Numbers to YAML that Python cannot write, or cannot read."""
SLIPS: dict[str, Callable[[Path], object]] = {
    **{
        f"label and {kind} number without end": lambda note, number=number: first_line(
            note / "en.md", "tlp: clear", f"tlp: amber\npap: amber\ncontact: {number}"
        )
        for kind, number in ENDLESS.items()
    },
    "label and a YAML slip": lambda note: first_line(note / "en.md", "tlp: clear", "tlp: amber\ncontact: a: b"),
    "label and a broken character": lambda note: (note / "en.md").write_bytes(
        (note / "en.md").read_bytes().replace(b"tlp: clear", b"tlp: green\ncontact: caf\xe9")
    ),
    "audience and a YAML slip": lambda note: first_line(
        note / "en.md", "tlp: clear", "tlp: clear\naudience: {countries: [BE]}\ncontact: a: b"
    ),
    "owner and a broken character": lambda note: (note / "en.md").write_bytes(
        (note / "en.md").read_bytes().replace(b"tlp: clear", b"tlp: clear\nowner: Europol \xe9")
    ),
    "audience in a translation": lambda note: first_line(
        note / "fr.md", "title:", "audience: {countries: [BE]}\ntitle:"
    ),
    "owner in a translation that cannot be read": lambda note: first_line(
        note / "fr.md", "title:", "? owner\n: Europol\ntitle: a: b:"
    ),
    **{
        f"{label} and a YAML slip": lambda note, label=label: first_line(
            note / "en.md", "tlp: clear", f"tlp: {label}\ncontact: a: b"
        )
        for label in ("clear-strict", "clear strict", "clear (strict)", '"amber"', "''")
    },
    "label of one of two originals": lambda note: (note / "nl.md").write_text(
        (note / "en.md").read_text(encoding="utf-8").replace("tlp: clear", "tlp: amber"), encoding="utf-8"
    ),
    "label, and a translation that claims another": lambda note: (
        first_line(note / "en.md", "tlp: clear", "tlp: amber\npap: amber"),
        first_line(note / "fr.md", "title:", "tlp: clear\ntitle:"),
    ),
    "label removed": lambda note: first_line(note / "en.md", "tlp: clear\n", ""),
    "emptied": lambda note: (note / "en.md").write_bytes(b""),
    "replaced by a folder": lambda note: ((note / "en.md").unlink(), (note / "en.md").mkdir()),
    "original deleted": lambda note: (note / "en.md").unlink(),
    "translation deleted, and a wrong word": lambda note: (
        (note / "fr.md").unlink(),
        first_line(note / "en.md", "- phishing", "- fishing"),
    ),
}


@pytest.mark.parametrize("rebuild", [False, True])
@pytest.mark.parametrize("slip", SLIPS)
def test_who_restricts_a_note_and_makes_a_mistake_restricts_it_all_the_same(
    run: Run, two: Content, store: EdgeStore, slip: str, rebuild: bool
) -> None:
    run()
    SLIPS[slip](two.root / "practices" / "be-shield")
    two.practice("be-bad", crime_types=["fishing"])
    with pytest.raises(NoteError):
        run(rebuild=rebuild)
    assert {one["note_id"] for record in (VERSION, CHUNK) for one in records(store, record).values()} == {"be-plan"}


@pytest.mark.parametrize(
    ("old", "new"),
    [("- phishing", "- fishing"), ("title:", "title: a: b\nother:"), ("tlp: clear", "tlp: clear\ncolour: red")],
)
def test_a_note_with_a_mistake_stays_as_it_was(run: Run, two: Content, store: EdgeStore, old: str, new: str) -> None:
    run()
    before = records(store)
    first_line(two.root / "practices" / "be-shield" / "en.md", old, new)
    with pytest.raises(NoteError):
        run()
    assert records(store) == before


def readers_changed(run: Run, two: Content, store: EdgeStore, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """All records before and after a note for Belgium and Europol is changed, while another has an error."""
    known = {"tlp": "green", "audience": {"countries": ["BE"], "organisations": ["Europol"]}}
    two.practice("be-known", **known)
    run()
    before = records(store)
    two.practice("be-known", **{**known, **changes})
    two.practice("be-bad", crime_types=["fishing"])
    with pytest.raises(NoteError, match="nothing was indexed"):
        run()
    return before, records(store)


@pytest.mark.parametrize(
    "narrowed",
    [
        {"audience": {"countries": ["BE"]}},
        {"audience": {"countries": ["BE", "NL"], "organisations": ["Eurojust"]}},
        {"audience": {"country": ["BE"], "organisations": ["Europol"]}},
        {"tlp": "amber", "pap": "amber"},
        {"tlp": "amber+strict", "pap": "amber", "audience": None, "owner": "Europol"},
    ],
    ids=str,
)
def test_a_narrower_audience_leaves_the_index_even_while_other_notes_have_errors(
    run: Run, two: Content, store: EdgeStore, narrowed: dict[str, Any]
) -> None:
    before, after = readers_changed(run, two, store, **narrowed)
    assert {one["note_id"] for one in before.values()} == {"be-plan", "be-shield", "be-known"}
    assert {one["note_id"] for one in after.values()} == {"be-plan", "be-shield"}


@pytest.mark.parametrize(
    "widened",
    [
        {"audience": {"countries": ["BNL"], "organisations": ["EUROPOL"]}},
        {"audience": None},
        {"tlp": "clear", "audience": None},
    ],
    ids=str,
)
def test_a_wider_audience_waits_until_the_errors_are_mended(
    run: Run, two: Content, store: EdgeStore, widened: dict[str, Any]
) -> None:
    before, after = readers_changed(run, two, store, **widened)
    assert after == before


def test_a_relaxed_label_waits_until_the_errors_are_mended(run: Run, two: Content, store: EdgeStore) -> None:
    two.practice("be-amber", tlp="amber", pap="amber")
    run()
    before = records(store)
    two.practice("be-amber", tlp="green")
    two.practice("be-bad", crime_types=["fishing"])
    with pytest.raises(NoteError):
        run()
    assert records(store) == before


def test_what_is_withdrawn_leaves_the_index_even_if_the_vocabularies_are_broken(
    run: Run, two: Content, store: EdgeStore
) -> None:
    run()
    rmtree(two.root / "practices" / "be-shield")
    (two.root / "taxonomy" / "phases.yaml").write_text("{", encoding="utf-8")
    with pytest.raises(SettingsError):
        run()
    assert {one["note_id"] for one in records(store).values()} == {"be-plan"}


def test_what_is_restricted_leaves_the_index_even_if_the_encoder_fails(
    run: Run, two: Content, store: EdgeStore, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    two.practice("be-shield", tlp="amber", pap="amber")
    two.practice("be-new", title="A title to be encoded")
    monkeypatch.setattr(fake_encoder, "encode_passages", _no_model)
    with pytest.raises(ModelError, match="These left it, since they were withdrawn or restricted: be-shield"):
        run()
    assert {one["note_id"] for one in records(store).values()} == {"be-plan"}


def _no_model(texts: object) -> Any:
    raise ModelError("There is no model.")


def test_errors_are_told_even_if_the_index_is_damaged(run: Run, two: Content, settings: Settings) -> None:
    run()
    two.practice("be-bad", crime_types=["fishing"])
    for folder in (settings.data_dir / "index").iterdir():
        if folder.is_dir():
            rmtree(folder / "segments")
    with pytest.raises(NoteError) as failure:
        run()
    assert "be-bad" in str(failure.value.problems)
    assert "could not be seen" in (failure.value.remedy or "")


def test_a_dry_run_over_notes_with_errors_withdraws_nothing(run: Run, two: Content, settings: Settings) -> None:
    run()
    before = generation(settings)
    rmtree(two.root / "strategies" / "be-plan")
    two.practice("be-bad", crime_types=["fishing"])
    with pytest.raises(NoteError):
        run(dry_run=True)
    assert generation(settings) == before


@pytest.mark.parametrize("change", ["chunk size", "encoder"])
def test_another_recipe_rebuilds_all_and_makes_the_index_stale_for_searchers_of_the_old_one(
    run: Run,
    two: Content,
    settings: Settings,
    store: EdgeStore,
    fake_encoder: FakeEncoder,
    fake_searcher: Callable[[], Searcher],
    change: str,
) -> None:
    run()
    old = fake_searcher()
    assert old.view().search("false messages").practices
    other = type(fake_encoder)()
    new_settings = settings
    if change == "encoder":
        other.fingerprint = "fake-2"
    else:
        new_settings = settings.model_copy(update={"chunk_tokens": 128})
    searcher = Searcher(store, other, recipe(other.fingerprint, new_settings.chunk_tokens, new_settings.chunk_overlap))
    with pytest.raises(IndexStale, match="kb index"):
        searcher.view().search("false messages")
    report = index_content(new_settings, store, other)
    assert len(report.plan.write) == 3
    assert (report.encoded > 0) == (change == "encoder")
    for ask in (old.taxonomy, old.warm_up, lambda: old.view().search("x"), lambda: old.view().note("be-shield", None)):
        with pytest.raises(IndexStale, match="kb index"):
            ask()
    assert searcher.view().search("false messages").practices


def test_an_empty_collection_is_an_index_without_notes(
    run: Run, content: Content, store: EdgeStore, fake_searcher: Callable[[], Searcher]
) -> None:
    with pytest.raises(IndexMissing, match="kb index"):
        fake_searcher().view().search("anything")
    report = run()
    assert (report.written, report.notes, report.chunks) == (True, 0, 0)
    results = fake_searcher().view().search("anything")
    assert (results.practices, results.strategies) == ((), ())
    assert run().written is False
    content.practice("be-shield")
    assert run().plan.write == ("be-shield/en",)


def test_a_collection_emptied_again_is_emptied_in_the_index_too(
    run: Run, two: Content, fake_searcher: Callable[[], Searcher]
) -> None:
    run()
    for folder in ("practices", "strategies"):
        rmtree(two.root / folder)
    assert len(run().plan.delete) == 3
    assert fake_searcher().view().search("false messages").practices == ()


def test_a_changed_label_of_the_vocabulary_reaches_readers(
    run: Run, two: Content, fake_encoder: FakeEncoder, fake_searcher: Callable[[], Searcher]
) -> None:
    run()
    file = two.root / "taxonomy" / "crime-types.yaml"
    label = fake_searcher().taxonomy().crime_types["phishing"].labels["en"]
    text = file.read_text()
    assert f"en: {label}" in text
    file.write_text(text.replace(f"en: {label}", "en: Baiting", 1))
    fake_encoder.encoded.clear()
    report = run()
    assert (report.written, report.plan.changes) == (True, False)
    assert set(fake_encoder.encoded) == {"Baiting"}
    assert fake_searcher().taxonomy().crime_types["phishing"].labels["en"] == "Baiting"
    assert run().written is False


def test_a_content_folder_that_is_gone_is_never_taken_for_an_empty_collection(
    run: Run, two: Content, store: EdgeStore
) -> None:
    run()
    rmtree(two.root)
    with pytest.raises(SettingsError, match="KB_CONTENT_DIRS"):
        run()
    assert len(records(store)) == 3


def test_a_damaged_index_is_not_called_current(
    content: Any, settings: Settings, store: EdgeStore, fake_encoder: Any
) -> None:
    content.practice("a")
    index_content(settings, store, fake_encoder)
    [segments] = settings.data_dir.glob("index/*/segments")
    rmtree(segments)
    with pytest.raises(StoreUnavailable, match="rebuild"):
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    assert index_content(settings, EdgeStore(settings.data_dir), fake_encoder, rebuild=True).written


def test_a_second_run_is_refused_before_it_reads_anything(
    content: Any, settings: Settings, store: EdgeStore, fake_encoder: Any
) -> None:
    content.practice("a")
    with store.writing(), pytest.raises(IndexBusy, match="process"):
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    assert not fake_encoder.encoded
