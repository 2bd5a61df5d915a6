"""A run whose inputs are those of the last one reads nothing: whatever indexing looks at is in the fingerprint."""

import runpy
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ingest.indexing.fingerprint import Fingerprint
from kb.issue import Issue, Level
from kb.store.manifest import recipe

REPOSITORY = Path(__file__).parents[3]
WARNING = Issue("a.md", 1, 2, "KB305", "said", "do", Level.WARNING)


def fingerprint(settings, made_by="r", today="2026-11-26", more=()):
    return Fingerprint(settings.data_dir, (*settings.content_dirs, *more), made_by, today)


@pytest.fixture
def manifest(place):
    """Of an index of one practice and one strategy with source extracts. Its fingerprint is kept."""
    place.practice("be-shield")
    place.strategy("be-plan")
    (place.root / "sources").mkdir()
    (place.root / "sources" / "be-shield.yaml").write_text("[]")
    place.run()
    found = place.store.info()
    fingerprint(place.settings).keep(found, [WARNING])
    return found


CHANGES = {
    "note": lambda root: (root / "practices/be-shield/en.md").write_text("---\n---\n"),
    "note gone": lambda root: (root / "practices/be-shield/en.md").unlink(),
    "note renamed": lambda root: (root / "practices/be-shield").rename(root / "practices/be-wall"),
    "note added": lambda root: (root / "practices/be-shield/fr.md").write_text(""),
    "extract": lambda root: (root / "sources/be-shield.yaml").write_text("[ ]"),
    "vocabulary": lambda root: (root / "taxonomy/phases.yaml").write_text(""),
    "folder": lambda root: (root / "practices/be-shield/fr.md").mkdir(),
    "dead link": lambda root: (root / "practices/be-shield/fr.md").symlink_to("nowhere"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_makes_another_fingerprint(place, manifest, change):
    running = fingerprint(place.settings)
    assert running.warnings(manifest) == (WARNING,)
    CHANGES[change](place.root)
    assert fingerprint(place.settings).warnings(manifest) is None
    running.keep(manifest, [])  # of what the run looked at before the change
    assert fingerprint(place.settings).warnings(manifest) is None


def test_what_is_no_part_of_the_content_makes_no_other_fingerprint(place, manifest):
    (place.root / ".git").mkdir()
    (place.root / ".git" / "a.md").write_text("x")
    (place.root / "practices" / "be-shield" / "draft.txt").write_text("x")
    assert fingerprint(place.settings).warnings(manifest) == (WARNING,)


def test_another_run_index_folder_or_package_makes_another_fingerprint(settings, manifest, tmp_path, monkeypatch):
    (tmp_path / "more" / "markdown_it_py-99.dist-info").mkdir(parents=True)
    assert fingerprint(settings, today="2026-11-27").warnings(manifest) is None
    assert fingerprint(settings, made_by="s").warnings(manifest) is None
    assert fingerprint(settings).warnings(replace(manifest, chunks=manifest.chunks + 1)) is None
    assert fingerprint(settings, more=(tmp_path / "more",)).warnings(manifest) is None
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir(tmp_path)
        assert fingerprint(settings).warnings(manifest) is None
    assert fingerprint(settings).warnings(manifest) == (WARNING,)
    monkeypatch.syspath_prepend(tmp_path / "more")
    assert fingerprint(settings).warnings(manifest) is None


def test_the_code_that_reads_notes_is_part_of_it(settings, manifest, tmp_path):
    for package in ("kb", "ingest"):
        shutil.copytree(REPOSITORY / package, tmp_path / package)
    copied = runpy.run_path(tmp_path / "ingest/indexing/fingerprint.py")["Fingerprint"]
    inputs = (settings.data_dir, settings.content_dirs, "r", "2026-11-26")
    copied(*inputs).keep(manifest, [WARNING])
    assert copied(*inputs).warnings(manifest) == (WARNING,)
    with (tmp_path / "kb" / "access.py").open("a") as file:
        file.write("# changed\n")
    assert copied(*inputs).warnings(manifest) is None


def test_only_its_owner_can_read_it(settings, manifest):
    file = settings.data_dir / "index.fingerprint"
    file.chmod(0o644)
    fingerprint(settings).keep(manifest, [WARNING])
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_counts_for_nothing(settings, manifest):
    file = settings.data_dir / "index.fingerprint"
    for damaged in (b"", b"\xff", b"{}", b"[]", b'["x"]', file.read_bytes()[:-1] + b", 1]"):
        file.write_bytes(damaged)
        assert fingerprint(settings).warnings(manifest) is None


def test_an_unchanged_collection_is_not_read_again_but_by_a_rebuild(place, manifest):
    place.practice("be-shield", crime_types=["no-such-crime"])
    # Kept in spite of the error, so that only a run that reads nothing passes it over.
    forged = recipe(place.encoder.fingerprint, place.settings.chunk_tokens, place.settings.chunk_overlap)
    fingerprint(place.settings, forged, date.today().isoformat()).keep(manifest, [WARNING])
    for dry_run in (False, True):
        report = place.run(dry_run=dry_run)
        assert (report.plan.keep, report.plan.changes) == (("be-plan/en", "be-shield/en"), False)
        assert (report.notes, report.versions, report.chunks) == (2, 2, manifest.chunks)
        assert (report.warnings, report.encoded, report.written) == ((WARNING,), 0, False)
    assert "1 error" in str(place.refused(rebuild=True))
