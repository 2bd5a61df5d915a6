"""A run whose inputs are those of the last one reads nothing; whatever else indexing looks at is in the fingerprint."""

import json
import os
import runpy
import shutil
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.indexing.fingerprint import Findings, Fingerprint
from kb.content.reader import ReadCache
from kb.issue import Issue, Level

REPOSITORY = Path(__file__).parents[3]


def fingerprint(settings, made_by="r", today="2026-11-26", more=(), cache=None):
    return Fingerprint(settings.data_dir, (*settings.content_dirs, *more), made_by, today, cache)


def found(root):
    warning = Issue(str(root / "practices/be-shield/en.md"), 1, 2, "KB305", "said", "do", Level.WARNING)
    named = {"be-shield": frozenset({"be-plan"})}
    return Findings(
        (warning,), named, {"be-shield": "hash"}, frozenset({"be-bad"}), frozenset(), False, {"be-shield": 3}
    )


@pytest.fixture
def manifest(place):
    """Of an index of one practice and one strategy with source extracts. Its fingerprint is kept."""
    place.practice("be-shield")
    place.strategy("be-plan")
    (place.root / "sources").mkdir()
    (place.root / "sources" / "be-shield.yaml").write_text("[]")
    place.run()
    made = place.store.info()
    fingerprint(place.settings).keep(made, found(place.root))
    return made


def keeping_time(file):
    before = file.stat()
    file.write_bytes(file.read_bytes().swapcase())
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(file):
    other = file.with_name("other")
    other.write_bytes(file.read_bytes().swapcase())
    shutil.copystat(file, other)
    other.rename(file)


CHANGES = {
    "note": lambda root: (root / "practices/be-shield/en.md").write_text("---\n---\n"),
    "note gone": lambda root: (root / "practices/be-shield/en.md").unlink(),
    "note renamed": lambda root: (root / "practices/be-shield").rename(root / "practices/be-wall"),
    "note added": lambda root: (root / "practices/be-shield/fr.md").write_text(""),
    "extract": lambda root: (root / "sources/be-shield.yaml").write_text("[ ]"),
    "vocabulary": lambda root: (root / "taxonomy/phases.yaml").write_text(""),
    "folder": lambda root: (root / "practices/be-shield/fr.md").mkdir(),
    "folder gone": lambda root: shutil.rmtree(root / "practices/be-shield"),
    "note of its size and time": lambda root: keeping_time(root / "practices/be-shield/en.md"),
    "note in its place": lambda root: replaced(root / "practices/be-shield/en.md"),
    "dead link": lambda root: (root / "practices/be-shield/fr.md").symlink_to("nowhere"),
}


OF_ALL = {"vocabulary"}
"""Changes after which all is read."""


@pytest.mark.parametrize("cache", [None, ReadCache(), ReadCache(settled=0)], ids=["read", "just changed", "cached"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_is_told(place, manifest, change, cache):
    running = fingerprint(place.settings, cache=cache)
    assert running.last(manifest) == (found(place.root), frozenset())
    CHANGES[change](place.root)
    last = fingerprint(place.settings, cache=cache).last(manifest)
    if change in OF_ALL:
        assert last is None
    else:
        assert last.files
        assert {file.split("/")[2].partition(".")[0] for file in last.files} <= {"be-shield", "be-wall"}
    running.keep(manifest, found(place.root))  # of what the run looked at before the change
    again = fingerprint(place.settings).last(manifest)
    assert again is None or again.files


def test_what_is_no_part_of_the_content_makes_no_other_fingerprint(place, manifest):
    (place.root / ".git").mkdir()
    (place.root / ".git" / "a.md").write_text("x")
    (place.root / "practices" / "be-shield" / "draft.txt").write_text("x")
    assert fingerprint(place.settings).last(manifest).files == frozenset()


def test_the_same_files_elsewhere_have_the_same_fingerprint_and_issues_name_them_as_they_are_typed(
    place, manifest, tmp_path, monkeypatch
):
    shutil.copytree(place.root, tmp_path / "copy" / "content")
    monkeypatch.chdir(tmp_path / "copy")
    moved = place.settings.model_copy(update={"content_dirs": (Path("content"),)})
    last = fingerprint(moved).last(manifest)
    assert last.files == frozenset()
    assert [issue.path for issue in last.found.issues] == ["content/practices/be-shield/en.md"]


def test_another_run_index_folder_or_package_makes_another_fingerprint(settings, manifest, tmp_path, monkeypatch):
    (tmp_path / "more" / "markdown_it_py-99.dist-info").mkdir(parents=True)
    assert fingerprint(settings, today="2026-11-27").last(manifest) is None
    assert fingerprint(settings, made_by="s").last(manifest) is None
    assert fingerprint(settings).last(replace(manifest, chunks=manifest.chunks + 1)) is None
    assert fingerprint(settings).last(replace(manifest, scope=0.5)) is None
    assert fingerprint(settings, more=(tmp_path / "more",)).last(manifest) is None
    assert fingerprint(settings).last(manifest)
    monkeypatch.syspath_prepend(tmp_path / "more")
    assert fingerprint(settings).last(manifest) is None


def test_what_has_changed_in_an_epoch_is_known_on_another_day(settings, manifest):
    another = fingerprint(settings, today="2026-11-27")
    assert another.changed(manifest) == {"be-shield": 3}
    assert another.changed(replace(manifest, scope=0.5, changed=2)) == {"": 2}


def test_names_are_those_of_their_epoch(settings, manifest):
    assert fingerprint(settings).names(manifest)
    assert fingerprint(settings).names(replace(manifest, scope=0.5)) is None


def test_the_code_that_reads_notes_is_part_of_it(settings, manifest, tmp_path):
    for package in ("kb", "ingest"):
        shutil.copytree(REPOSITORY / package, tmp_path / package)

    def copied():
        made = runpy.run_path(tmp_path / "ingest/indexing/fingerprint.py")["Fingerprint"]
        return made(settings.data_dir, settings.content_dirs, "r", "2026-11-26")

    copied().keep(manifest, found(settings.content_dirs[0]))
    assert copied().last(manifest)
    with (tmp_path / "kb" / "access.py").open("a") as file:
        file.write("# changed\n")
    assert copied().last(manifest) is None


def test_only_its_owner_can_read_what_is_kept(settings, manifest):
    for name in ("index.fingerprint", "index.names"):
        file = settings.data_dir / name
        assert file.stat().st_mode & 0o777 == 0o600
        file.chmod(0o644)
    fingerprint(settings).keep(manifest, found(settings.content_dirs[0]))
    assert (settings.data_dir / "index.fingerprint").stat().st_mode & 0o777 == 0o600


def checked(kept):
    written = json.dumps(kept).encode()
    return b"%d\n" % zlib.crc32(written) + written


def test_a_damaged_file_counts_for_nothing(place, manifest):
    file = place.settings.data_dir / "index.fingerprint"
    whole = file.read_bytes()
    kept = json.loads(whole.partition(b"\n")[2])
    others = [{}, [], ["x"], *({**kept, part: 1} for part in kept if part not in ("epoch", "drafts_count"))]
    flipped = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 97)]
    for written in (b"", b"\xff", whole[:-1], whole[: len(whole) // 2], *flipped, *map(checked, others)):
        file.write_bytes(written)
        assert fingerprint(place.settings).last(manifest) is None, written
    names = place.settings.data_dir / "index.names"
    for written in (b"", b"[]", *map(checked, ([], {}, ["x", 1]))):
        names.write_bytes(written)
        assert fingerprint(place.settings).names(manifest) is None
    assert place.run().complete
