"""Indexing run after run: what is encoded, what is written, and what readers then find."""

import json
import re
from pathlib import Path
from shutil import copytree, rmtree
from unittest.mock import Mock

import pytest
import qdrant_edge
import yaml

from ingest.indexing.fingerprint import FILES
from ingest.indexing.index import index_content
from ingest.indexing.similar import near_duplicates
from ingest.indexing.withdraw import overdue
from ingest.lint import errors
from kb.content.reader import read_collection, read_taxonomy
from kb.encoder.vector_cache import VectorCache, cache_path, no_progress
from kb.errors import IndexBusy, IndexMissing, IndexStale, ModelError, SettingsError, StoreUnavailable
from kb.store.embedded.store import EdgeStore
from kb.store.records import CHUNK, QUESTION_TOKENS, RECORD, VERSION, signed_bytes
from tests.disk import small_files


def test_a_first_run_encodes_all_and_a_second_neither_encodes_nor_writes(two):
    first = two.run()
    assert first.plan.write == ("be-plan/en", "be-shield/en", "be-shield/fr")
    assert (first.notes, first.versions, first.written) == (2, 3, True)
    assert first.encoded == len(two.encoder.encoded) > 0
    assert set(two.records()) == {"be-plan/en", "be-shield/en", "be-shield/fr"}
    assert len(two.records(CHUNK)) == first.chunks
    before = two.generation(), cache_path(two.settings.data_dir).read_bytes()
    second = two.run()
    assert (second.written, second.encoded, second.plan.changes) == (False, 0, False)
    assert (second.notes, second.versions, second.chunks) == (first.notes, first.versions, first.chunks)
    assert two.encoder.encoded == []
    assert (two.generation(), cache_path(two.settings.data_dir).read_bytes()) == before


def test_a_changed_paragraph_costs_its_own_texts_only(two):
    two.run()
    two.practice("be-shield", body="## Problem\n\nPeople receive false messages.\n\n## Approach\n\nBanks pay back.\n")
    report = two.run()
    assert report.plan.write == ("be-shield/en",)
    # The French version is not touched, but says from now on that it is out of date.
    assert set(report.plan.keep) | set(report.plan.relabel) == {"be-plan/en", "be-shield/fr"}
    assert len(two.encoder.encoded) == 2
    assert all("Banks pay back" in text for text in two.encoder.encoded)
    assert "Banks pay back." in {payload["text"] for payload in two.records(CHUNK).values()}
    assert not any("behind them" in str(payload) for payload in two.records(CHUNK).values())


def test_a_version_has_the_token_vectors_of_its_own_questions_after_every_change(place):
    def tokens():
        reader = EdgeStore(place.settings.data_dir).reader()
        alone = reader.scroll({RECORD: (VERSION,)}, (QUESTION_TOKENS,))
        found = {key: bytes(payload.get(QUESTION_TOKENS, b"")) for key, payload in alone}
        whole = reader.scroll({RECORD: (VERSION,)})  # which a server would answer
        assert {key: signed_bytes(payload.get(QUESTION_TOKENS, "")).tobytes() for key, payload in whole} == found
        return found

    for name, questions in (
        ("be-a", ["Who blocks sites?", "Who warns the victims?"]),
        ("be-b", ["Who pays them back?"]),
        ("be-c", None),
    ):
        place.practice(name, questions=questions)
    place.run()
    first = tokens()
    assert {key: len(found) // 128 for key, found in first.items()} == {"be-a/en": 7, "be-b/en": 4, "be-c/en": 0}
    place.practice("be-a", questions=["Who warns the victims?"])
    place.run()
    changed = tokens()
    assert changed == {**first, "be-a/en": first["be-a/en"][3 * 128 :]}
    place.practice("be-b", questions=["Who pays them back?"], status="pilot")
    place.run()
    assert tokens() == changed
    place.run(rebuild=True)
    assert tokens() == changed


def test_changed_fields_are_written_without_encoding_anything(two):
    two.run()
    two.practice(
        "be-shield", status="pilot", tlp="amber", pap="amber", crime_types=["ransomware"], summary="Another summary."
    )
    report = two.run()
    assert (report.plan.write, report.plan.relabel) == ((), ("be-shield/en", "be-shield/fr"))
    assert (report.encoded, two.encoder.encoded) == (0, [])
    assert two.records()["be-shield/en"]["summary"] == "Another summary."
    payloads = (*two.records().values(), *two.records(CHUNK).values())
    shields = [payload for payload in payloads if payload["note_id"] == "be-shield"]
    assert {(payload["status"], payload["tlp"], *payload["crime_types"]) for payload in shields} == {
        ("pilot", "amber", "ransomware")
    }


def test_deleted_and_renamed_notes_leave_nothing_behind(two):
    two.run()
    (two.root / "practices" / "be-shield" / "fr.md").unlink()
    (two.root / "practices" / "be-shield").rename(two.root / "practices" / "be-wall")
    report = two.run()
    assert report.plan.delete == ("be-shield/en", "be-shield/fr")
    assert report.plan.write == ("be-wall/en",)
    assert two.encoder.encoded == []
    assert two.notes(VERSION) == two.notes(CHUNK) == {"be-plan", "be-wall"}
    for folder in ("practices", "strategies"):
        rmtree(two.root / folder)
    assert two.run().plan.delete == ("be-plan/en", "be-wall/en")
    assert two.records(CHUNK) == {}
    two.strategy("be-plan")
    assert two.run().encoded  # its vectors were gone, too


def test_a_dry_run_says_what_would_be_done_and_does_nothing(two):
    report = two.run(dry_run=True)
    assert (len(report.plan.write), report.written, report.encoded) == (3, False, 0)
    assert not two.settings.data_dir.exists()
    two.run()
    before = {path: path.read_bytes() for path in two.settings.data_dir.rglob("*") if path.is_file()}
    (two.root / "practices" / "be-shield" / "fr.md").unlink()
    assert two.run(dry_run=True).plan.delete == ("be-shield/fr",)
    assert {path: path.read_bytes() for path in two.settings.data_dir.rglob("*") if path.is_file()} == before
    assert two.encoder.encoded == []


def test_a_rebuild_writes_all_from_known_vectors_and_arrives_at_the_same(two):
    two.run()
    generation, reader = two.generation(), two.store.reader()
    before = dict(reader.scroll({})), reader.manifest.to_json()
    report = two.run(rebuild=True)
    assert (report.written, report.encoded, len(report.plan.write)) == (True, 0, 3)
    assert two.generation() != generation
    assert (dict(two.store.reader().scroll({})), two.store.reader().manifest.to_json()) == before


def test_what_is_right_is_indexed_and_what_is_wrong_is_listed(two):
    two.run()
    before = two.records()
    two.practice("be-new")
    two.practice("be-shield", crime_types=["fishing"])
    two.practice("be-worse", countries=None)
    dry = two.run(dry_run=True)
    assert two.records() == before
    report = two.run()
    assert dry.plan == report.plan
    for each in (dry, report, two.run()):
        assert (each.kept, each.refused, each.complete) == (("be-shield",), ("be-worse",), False)
        assert {note for note, _ in two.named(errors(each.issues))} == {"be-shield", "be-worse"}
    assert two.notes() == {"be-new", "be-plan", "be-shield"}
    assert two.records()["be-shield/en"] == before["be-shield/en"]
    two.practice("be-shield")
    rmtree(two.root / "practices" / "be-worse")
    report = two.run()
    assert (report.complete, report.kept, report.refused) == (True, (), ())


@pytest.mark.parametrize("options", [{}, {"rebuild": True}, {"refit": True}, {"put_off": True}], ids=str)
def test_what_is_withdrawn_or_restricted_leaves_the_index_while_others_have_errors(two, options):
    for name in ("be-gone", "be-secret", "be-short"):
        two.practice(name, questions=[f"Who blocks the sites of {name}?", "false messages and sites"])
    two.practice("be-shield", questions=["Who blocks sites that nobody wants?"])
    two.translation("be-short", "fr", "en", "## Problème\n\nDe faux messages.\n\n## Approche\n\nOn bloque.\n")
    two.run()
    before = two.records(CHUNK)
    two.practice("be-shield", crime_types=["fishing"])
    two.practice("be-new", crime_types=["fishing"])
    rmtree(two.root / "practices" / "be-gone")
    two.edit("practices/be-short/en.md", LABEL, "tlp: clear\ncrime_types: [fishing]")
    (two.root / "practices" / "be-short" / "fr.md").unlink()
    two.edit("practices/be-secret/en.md", LABEL, "tlp: amber")  # a PAP label is missing
    out = ("be-gone", "be-secret", "be-short")
    report = two.run(**options)
    assert (report.removed, report.kept) == (out, ("be-shield",))
    assert report.refused == ("be-new", "be-secret", "be-short")
    assert two.records(CHUNK) == {key: payload for key, payload in before.items() if payload["note_id"] not in out}
    assert two.notes() == {"be-plan", "be-shield"}
    left = two.store.reader()
    assert tuple(entry.note_id for entry in left.manifest.journal.gone) == out
    assert left.manifest.journal.notes.keys() == {"be-plan", "be-shield"}
    answer = two.searcher().view().search("fake messages")
    assert {hit.id for hit in (*answer.practices, *answer.strategies)} == {"be-plan", "be-shield"}
    two.practice("be-shield")
    two.practice("be-secret")
    two.run()
    assert two.notes() == {"be-plan", "be-shield", "be-secret"}


SLIPS = yaml.safe_load((Path(__file__).parent / "slips.yaml").read_text("utf-8"))
ENDLESS = ("0x" + "f" * 4_000, "59:" * 3_000 + "59", "59:" * 300 + "59.5")
"""Numbers to YAML that Python cannot write, or cannot read."""
LABEL = "tlp: clear"
DAMAGES = {
    "label of one of two originals": lambda note: (note / "nl.md").write_bytes(
        (note / "en.md").read_bytes().replace(b"tlp: clear", b"tlp: amber")
    ),
    "emptied": lambda note: (note / "en.md").write_bytes(b""),
    "replaced by a folder": lambda note: ((note / "en.md").unlink(), (note / "en.md").mkdir()),
    "original deleted": lambda note: (note / "en.md").unlink(),
    "translation deleted": lambda note: (note / "fr.md").unlink(),
}


def leaving(place):
    """The ids of notes that must leave the index, whatever else is wrong."""
    roots = place.settings.content_dirs
    return overdue(read_collection(roots).to_index(False), place.store.info())


def test_who_restricts_a_note_and_makes_a_mistake_restricts_it_all_the_same(two, tmp_path):
    two.run()
    note = two.root / "practices" / "be-shield"
    copytree(note, tmp_path / "before")
    edits = {f"label and {number[:9]}": [["en", LABEL, f"tlp: amber\ncontact: {number}"]] for number in ENDLESS}
    for slip, changes in {**SLIPS["restricting"], **SLIPS["harmless"], **edits, **DAMAGES}.items():
        if slip in DAMAGES:
            changes(note)
        else:
            for language, old, new in changes:
                two.edit(f"practices/be-shield/{language}.md", old, new)
        assert leaving(two) == (frozenset() if slip in SLIPS["harmless"] else {"be-shield"}), slip
        rmtree(note)
        copytree(tmp_path / "before", note)


def test_a_note_whose_audience_is_narrower_must_leave_and_a_wider_waits(place):
    known = {"tlp": "green", "audience": {"countries": ["BE"], "organisations": ["Europol"]}}
    place.practice("be-known", **known)
    place.run()
    for change, stays in (
        ({"audience": {"countries": ["BE"]}}, False),
        ({"audience": {"countries": ["BE", "NL"], "organisations": ["Eurojust"]}}, False),
        ({"audience": {"country": ["BE"], "organisations": ["Europol"]}}, False),
        ({"tlp": "amber", "pap": "amber"}, False),
        ({"tlp": "amber+strict", "pap": "amber", "audience": None, "owner": "Europol"}, False),
        ({"audience": {"countries": ["BNL"], "organisations": ["EUROPOL"]}}, True),
        ({"audience": None}, True),
        ({"tlp": "clear", "audience": None}, True),
    ):
        place.practice("be-known", **{**known, **change})
        assert leaving(place) == (frozenset() if stays else {"be-known"}), change


def test_what_is_withdrawn_leaves_even_if_vocabularies_are_broken_or_the_encoder_fails(two, monkeypatch):
    two.practice("be-secret")
    two.run()
    two.practice("be-secret", tlp="amber", pap="amber")
    two.practice("be-new", title="A title to be encoded")
    with monkeypatch.context() as failing:
        failing.setattr(two.encoder, "encode_passages", Mock(side_effect=ModelError("There is no model.")))
        with pytest.raises(ModelError, match="These left it, since they were withdrawn or restricted: be-secret"):
            two.run()
    assert two.notes() == {"be-plan", "be-shield"}
    rmtree(two.root / "practices" / "be-shield")
    vocabulary = two.root / "taxonomy" / "phases.yaml"
    good = vocabulary.read_bytes()
    vocabulary.write_text("{", encoding="utf-8")
    for _ in range(2):  # also where nothing has changed since
        report = two.run()
        assert (report.complete, "cannot be read" in report.vocabulary_error) == (False, True)
        assert two.notes() == {"be-plan", "be-secret", "be-new"}
    vocabulary.write_bytes(good)
    assert two.run().complete
    rmtree(two.settings.data_dir)
    vocabulary.write_text("{", encoding="utf-8")
    with pytest.raises(SettingsError, match="cannot be read"):
        two.run()


def on_disk(place, text):
    files = (place.settings.data_dir / "index").rglob("*")
    return any(text.encode() in file.read_bytes() for file in files if file.is_file())


def test_a_language_that_was_taken_away_leaves_the_disk_as_a_note_does(place):
    for number in range(9):
        place.practice(f"be-{number}")
    text = place.translation("be-0", "fr", "en", "## Problème\n\nZyxwvut.\n\n## Approche\n\nB.\n")
    place.run()
    text.unlink()
    report = place.run(put_off=True)
    assert (report.indexed, report.removed, report.due, on_disk(place, "Zyxwvut")) == (("be-0",), (), True, True)
    place.run()
    assert not on_disk(place, "Zyxwvut")


def test_what_left_the_index_leaves_the_disk_with_the_same_run(two, monkeypatch):
    body = "## Problem\n\nZyxwvut.\n\n## Approach\n\nB.\n"
    two.practice("be-gone", body=body)
    two.run()
    rmtree(two.root / "practices" / "be-gone")
    two.run(put_off=True)
    assert (two.notes(), on_disk(two, "Zyxwvut")) == ({"be-plan", "be-shield"}, True)
    two.run()
    assert not on_disk(two, "Zyxwvut")
    two.practice("be-gone", body=body)
    two.run()
    assert on_disk(two, "Zyxwvut")
    rmtree(two.root / "practices" / "be-gone")
    two.practice("be-new", title="A title to be encoded")
    monkeypatch.setattr(two.encoder, "encode_passages", Mock(side_effect=ModelError("There is no model.")))
    with pytest.raises(ModelError):
        two.run()
    assert not on_disk(two, "Zyxwvut")


@pytest.mark.parametrize("options", [{}, {"put_off": True}], ids=str)
@pytest.mark.parametrize("fails", [False, True], ids=["well", "without a model"])
def test_the_vectors_of_what_was_withdrawn_leave_with_it(two, monkeypatch, options, fails):
    def of_notes():
        with VectorCache(cache_path(two.settings.data_dir), two.encoder) as cache:
            return cache.notes()

    asked = "Who has Zyxwvut?"
    two.practice("be-gone", questions=[asked])
    two.practice("be-draft", draft=True, title="A draft")  # whose beginning `kb lint --similar` has encoded
    two.run()
    near_duplicates(
        read_collection(two.settings.content_dirs).notes,
        read_taxonomy(two.settings.content_dirs),
        two.encoder,
        cache_path(two.settings.data_dir),
        no_progress,
    )
    vector = two.encoder.encode_question(asked)[0].astype("<f4").tobytes()
    assert of_notes() == {"be-plan", "be-shield", "be-gone", "be-draft"}
    assert vector in cache_path(two.settings.data_dir).read_bytes()
    for name in ("be-gone", "be-draft"):
        rmtree(two.root / "practices" / name)
    two.practice("be-new", title="A title to be encoded")
    if fails:
        monkeypatch.setattr(two.encoder, "encode_passages", Mock(side_effect=ModelError("There is no model.")))
        with pytest.raises(ModelError, match="withdrawn or restricted: be-gone"):
            two.run(**options)
    else:
        two.run(**options)
    assert of_notes() == {"be-plan", "be-shield"} | (set() if fails else {"be-new"})
    assert vector not in cache_path(two.settings.data_dir).read_bytes()


def test_nothing_kept_beside_the_index_tells_of_a_restricted_note_that_was_withdrawn(two, monkeypatch):
    def telling():
        files = [two.settings.data_dir / name for name in FILES]
        return [file.name for file in files if file.exists() and re.search("zyxwvut|be-gone", file.read_text("utf-8"))]

    def read_by():
        _, names = json.loads((two.settings.data_dir / "index.names").read_bytes().partition(b"\n")[2])
        return [keys for keys, *_ in names]

    for name, title in (("be-gone", "Operation Zyxwvut"), ("be-other", "Operation Quuxol")):
        two.practice(name, title=title, tlp="amber", pap="amber")
    two.practice("be-green", tlp="green", pap="green")
    two.run()
    assert telling() == [*FILES]
    assert sorted(read_by()) == [["amber"], ["clear"], ["green"]]
    rmtree(two.root / "practices" / "be-gone")
    two.practice("be-other", title="Operation Quuxol", tlp="amber", pap="amber", summary="Said otherwise.")
    two.practice("be-new", title="A title to be encoded")
    with monkeypatch.context() as failing:
        failing.setattr(two.encoder, "encode_passages", Mock(side_effect=ModelError("There is no model.")))
        with pytest.raises(ModelError):
            two.run(put_off=True)
        assert telling() == []
    two.run(put_off=True)
    assert telling() == []
    assert sorted(read_by()) == [["clear"], ["green"]]  # made of no note that who has them may not see
    assert "name:operationquuxol" in two.records()["be-other/en"]["about"]


@pytest.mark.parametrize("made_by", ["fake-1", "fake-2"])
def test_a_run_that_is_killed_while_it_takes_out_a_restricted_note_keeps_nothing_that_tells_of_it(two, made_by):
    class Killed(BaseException):
        """Nothing catches it."""

    class Mortal(EdgeStore):
        """A store whose process ends with the first change."""

        def update(self, *change):
            super().update(*change)
            raise Killed

    two.practice("be-gone", title="Operation Zyxwvut", tlp="amber", pap="amber")
    two.run()
    rmtree(two.root / "practices" / "be-gone")
    two.encoder.fingerprint = made_by  # another than that of the index, or the same
    with pytest.raises(Killed):
        index_content(two.settings, Mortal(two.settings.data_dir), two.encoder)
    for file in (two.settings.data_dir / name for name in FILES):
        assert not file.exists() or not re.search("zyxwvut|be-gone", file.read_text("utf-8"))


@pytest.mark.parametrize("also", ["nothing", "a new note", "a new note without a model"])
def test_a_disk_that_refuses_keeps_the_text_of_what_was_withdrawn_until_the_next_run_which_is_told(
    two, monkeypatch, also
):
    def is_on_disk():
        files = (file for file in two.settings.data_dir.glob("index/**/*") if file.is_file())
        return any(b"Zyxwvut" in file.read_bytes() for file in files)

    two.practice("be-gone", title="Zyxwvut")
    two.run()
    assert is_on_disk()
    rmtree(two.root / "practices" / "be-gone")
    if also != "nothing":
        two.practice("be-new", title="A title to be encoded")
    told = r"found no more, but its text is still on the disk.*of be-gone\..*`kb index` again"
    with monkeypatch.context() as failing, small_files():
        if also == "a new note without a model":
            failing.setattr(two.encoder, "encode_passages", Mock(side_effect=ModelError("There is no model.")))
        with pytest.raises((StoreUnavailable, ModelError), match=told):
            two.run()
    assert "be-gone" not in two.notes()
    assert is_on_disk()
    two.run()
    assert two.notes() - {"be-new"} == {"be-plan", "be-shield"}
    assert not is_on_disk()


def test_the_vectors_of_a_passage_that_was_taken_out_leave_with_it(place):
    for number in range(9):
        place.practice(f"be-{number}", questions=["Who blocks sites?", f"Who warns the victims of {number}?"])
    place.run()
    place.practice("be-3", questions=["Who blocks sites?"])
    report = place.run()
    assert (report.fitted, report.encoded) == (False, 0)
    asked = "Who blocks sites?", "Who warns the victims of 3?"
    kept, gone = (place.encoder.encode_question(each)[0].astype("<f4") for each in asked)
    written = cache_path(place.settings.data_dir).read_bytes()
    assert (kept.tobytes() in written, gone.tobytes() in written) == (True, False)
    assert place.run(refit=True).encoded == 0


def test_what_is_withdrawn_leaves_an_index_of_other_settings_that_cannot_be_made_anew(two, monkeypatch):
    two.run()
    two.practice("be-shield", tlp="amber", pap="amber")
    two.encoder = type(two.encoder)()
    two.encoder.fingerprint = "fake-2"
    monkeypatch.setattr(two.encoder, "encode_passages", Mock(side_effect=ModelError("There is no model.")))
    with pytest.raises(ModelError, match="withdrawn or restricted: be-shield"):
        two.run()
    assert two.notes() == {"be-plan"}


def test_a_damaged_index_is_told_and_rebuilt_without_the_notes_that_have_errors(two):
    two.run()
    [shard] = two.settings.data_dir.glob("index/*/shard-0")
    rmtree(shard)
    two.practice("be-shield", crime_types=["fishing"])
    with pytest.raises(StoreUnavailable, match="rebuild"):
        two.run()
    report = two.run(rebuild=True)
    assert (report.written, report.refused) == (True, ("be-shield",))
    assert two.notes() == {"be-plan"}


def test_what_is_withdrawn_leaves_though_the_disk_is_too_full_to_open_the_index(two, monkeypatch):
    two.run()
    engine, fingerprint = qdrant_edge.EdgeShard, two.settings.data_dir / "index.fingerprint"

    class OnFullDisk:
        create = engine.create

        @staticmethod
        def load(folder):
            if fingerprint.exists():
                raise Exception("No space left on device (os error 28)")
            return engine.load(folder)

    monkeypatch.setattr("qdrant_edge.EdgeShard", OnFullDisk)
    with pytest.raises(StoreUnavailable, match="folder with room in it"):
        two.run()
    rmtree(two.content.root / "practices" / "be-shield")
    with pytest.raises(StoreUnavailable, match="These left it, since they were withdrawn or restricted: be-shield"):
        two.run()
    monkeypatch.undo()
    assert two.notes() == {"be-plan"}


def test_what_is_withdrawn_leaves_a_damaged_index_which_others_may_have_open(two):
    two.run()
    assert two.notes() == {"be-plan", "be-shield"}
    [tables] = two.settings.data_dir.glob("index/*/tables")
    content = tables.read_bytes()
    tables.unlink()  # what is open goes on
    tables.write_bytes(content[:-2])
    rmtree(two.content.root / "practices" / "be-shield")
    report = two.run()
    assert (report.written, report.fitted, report.removed) == (True, True, ("be-shield",))
    assert two.notes() == {"be-plan"}


@pytest.mark.parametrize(("fingerprint", "chunk_tokens"), [("fake-2", 256), ("fake-1", 128)])
def test_another_recipe_rebuilds_all_and_makes_the_old_index_stale(two, fingerprint, chunk_tokens):
    two.run()
    old = two.searcher()
    assert old.view().search("false messages").practices
    two.encoder = type(two.encoder)()
    two.encoder.fingerprint = fingerprint
    two.settings = two.settings.model_copy(update={"chunk_tokens": chunk_tokens})
    searcher = two.searcher()
    with pytest.raises(IndexStale, match=r"made with other chunk sizes or other files of its model.*kb index"):
        searcher.view().search("false messages")
    report = two.run()
    assert len(report.plan.write) == 3
    assert (report.encoded > 0) == (fingerprint == "fake-2")
    for ask in (old.taxonomy, old.warm_up, lambda: old.view().search("x"), lambda: old.view().note("be-shield", None)):
        with pytest.raises(IndexStale, match="kb index"):
            ask()
    assert searcher.view().search("false messages").practices


def test_an_empty_collection_is_an_index_without_notes(place):
    with pytest.raises(IndexMissing, match="kb index"):
        place.searcher().view().search("anything")
    report = place.run()
    assert (report.written, report.notes, report.chunks) == (True, 0, 0)
    assert place.searcher().view().search("anything").practices == ()
    assert not place.run().written


def test_a_changed_label_of_the_vocabulary_reaches_readers(two):
    two.run()
    label = two.searcher().taxonomy().crime_types["phishing"].labels["en"]
    two.edit("taxonomy/crime-types.yaml", f"en: {label}", "en: Baiting")
    report = two.run()
    assert (report.written, report.plan.changes) == (True, False)
    assert set(two.encoder.encoded) == {"Baiting"}
    assert two.searcher().taxonomy().crime_types["phishing"].labels["en"] == "Baiting"
    assert not two.run().written


def test_a_second_run_is_refused_before_it_reads_anything(place):
    place.practice("a")
    with place.store.writing(), pytest.raises(IndexBusy, match="process"):
        place.run()
    assert not place.encoder.encoded
