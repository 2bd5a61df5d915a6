"""A run whose inputs are those of the last one reads nothing: whatever indexing looks at is in the fingerprint."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingest.indexing.fingerprint import Fingerprint
from ingest.indexing.index import index_content
from kb.errors import NoteError, StoreUnavailable
from kb.issue import Level, Problem
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.records import Manifest, recipe

REPOSITORY = Path(__file__).parents[3]
TODAY = "2026-11-26"
WARNING = Problem("a.md", 1, 2, "KB305", "said", "do", Level.WARNING)


def fingerprint(settings: Settings, made_by: str = "r", today: str = TODAY) -> Fingerprint:
    return Fingerprint(settings.data_dir, settings.content_dirs, made_by, today)


@pytest.fixture
def manifest(content: Any, settings: Settings, store: EdgeStore, fake_encoder: Any) -> Manifest:
    """Of an index of one practice and one strategy with source extracts."""
    content.practice("be-shield")
    content.strategy("be-plan")
    (content.root / "sources").mkdir()
    (content.root / "sources" / "be-shield.yaml").write_text("[]")
    index_content(settings, store, fake_encoder)
    found = store.info()
    assert found is not None
    return found


def test_the_warnings_come_back_while_nothing_has_changed(settings: Settings, manifest: Manifest) -> None:
    fingerprint(settings).keep(manifest, [WARNING])
    assert fingerprint(settings).warnings(manifest) == (WARNING,)
    fingerprint(settings).keep(manifest, [])
    assert fingerprint(settings).warnings(manifest) == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "practices" / "be-shield" / "en.md").write_text("---\n---\n"),
        lambda root: (root / "practices" / "be-shield" / "en.md").unlink(),
        lambda root: (root / "practices" / "be-shield").rename(root / "practices" / "be-wall"),
        lambda root: (root / "practices" / "be-shield" / "fr.md").write_text(""),
        lambda root: (root / "sources" / "be-shield.yaml").write_text("[ ]"),
        lambda root: (root / "sources").rename(root / "other"),
        lambda root: (root / "taxonomy" / "phases.yaml").write_text(""),
        lambda root: (root / "practices" / "be-shield" / "fr.md").mkdir(),
        lambda root: (root / "practices" / "be-shield" / "fr.md").symlink_to("nowhere"),
        lambda root: (root / "practices" / "be-shield" / "fr.md").symlink_to("en.md"),
    ],
    ids=[
        "note",
        "note gone",
        "note renamed",
        "note added",
        "extract",
        "no extracts",
        "vocabulary",
        "folder",
        "dead link",
        "link",
    ],
)
def test_a_file_that_changes_makes_another_fingerprint(
    settings: Settings, manifest: Manifest, content: Any, change: Callable[[Path], Any]
) -> None:
    fingerprint(settings).keep(manifest, [])
    change(content.root)
    assert fingerprint(settings).warnings(manifest) is None


def test_what_is_no_part_of_the_content_makes_no_other_fingerprint(
    settings: Settings, manifest: Manifest, content: Any
) -> None:
    fingerprint(settings).keep(manifest, [])
    (content.root / ".git").mkdir()
    (content.root / ".git" / "a.md").write_text("x")
    (content.root / "practices" / "be-shield" / "draft.txt").write_text("x")
    assert fingerprint(settings).warnings(manifest) == ()


def test_another_root_folder_or_package_makes_another_fingerprint(
    settings: Settings, manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fingerprint(settings).keep(manifest, [])
    (tmp_path / "more").mkdir()
    more = (*settings.content_dirs, tmp_path / "more")
    assert Fingerprint(settings.data_dir, more, "r", TODAY).warnings(manifest) is None
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir(tmp_path)
        assert fingerprint(settings).warnings(manifest) is None
    (tmp_path / "more" / "markdown_it_py-99.dist-info").mkdir()
    assert fingerprint(settings).warnings(manifest) == ()
    monkeypatch.syspath_prepend(tmp_path / "more")
    assert fingerprint(settings).warnings(manifest) is None


def test_the_code_that_reads_notes_is_part_of_it(settings: Settings, manifest: Manifest, tmp_path: Path) -> None:
    for package in ("kb", "ingest"):
        shutil.copytree(REPOSITORY / package, tmp_path / "copy" / package)
    made = f"Fingerprint(Path({str(settings.data_dir)!r}), [Path({str(settings.content_dirs[0])!r})], 'r', '')"
    script = f"from pathlib import Path; from ingest.indexing.fingerprint import Fingerprint; print({made}._inputs)"

    def looked_at() -> str:
        return subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path / "copy", check=True, capture_output=True, text=True
        ).stdout

    before = looked_at()
    assert looked_at() == before
    with (tmp_path / "copy" / "kb" / "markdown.py").open("a") as file:
        file.write("# changed\n")
    assert looked_at() != before


def test_only_its_owner_can_read_it(settings: Settings, manifest: Manifest) -> None:
    file = settings.data_dir / "index.fingerprint"
    file.chmod(0o644)
    fingerprint(settings).keep(manifest, [WARNING])
    assert file.stat().st_mode & 0o777 == 0o600


def test_another_day_recipe_or_index_makes_another_fingerprint(settings: Settings, manifest: Manifest) -> None:
    fingerprint(settings).keep(manifest, [])
    assert fingerprint(settings, today="2026-11-27").warnings(manifest) is None
    assert fingerprint(settings, made_by="s").warnings(manifest) is None
    assert fingerprint(settings).warnings(replace(manifest, chunks=manifest.chunks + 1)) is None
    assert fingerprint(settings).warnings(manifest) == ()


def test_what_changes_while_a_run_works_makes_another_fingerprint(
    settings: Settings, manifest: Manifest, content: Any
) -> None:
    running = fingerprint(settings)
    (content.root / "practices" / "be-shield" / "fr.md").write_text("")
    running.keep(manifest, [])
    assert fingerprint(settings).warnings(manifest) is None


@pytest.mark.parametrize("text", [b"", b"\xff", b"{}", b"[]", b'["x"]', b"and more"])
def test_a_damaged_file_counts_for_nothing(settings: Settings, manifest: Manifest, text: bytes) -> None:
    fingerprint(settings).keep(manifest, [])
    file = settings.data_dir / "index.fingerprint"
    file.write_bytes(file.read_bytes()[:-1] + b", 1]" if text == b"and more" else text)
    assert fingerprint(settings).warnings(manifest) is None


def test_an_unchanged_collection_is_not_read_again_but_by_a_rebuild(
    settings: Settings, manifest: Manifest, content: Any, fake_encoder: Any
) -> None:
    content.practice("be-shield", crime_types=["no-such-crime"])
    # Kept in spite of the error, so that only a run that reads nothing passes it over.
    forged = recipe(fake_encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    fingerprint(settings, forged, date.today().isoformat()).keep(manifest, [WARNING])
    for dry_run in (False, True):
        report = index_content(settings, EdgeStore(settings.data_dir), fake_encoder, dry_run=dry_run)
        assert (report.plan.keep, report.plan.changes) == (("be-plan/en", "be-shield/en"), False)
        assert (report.notes, report.versions, report.chunks) == (2, 2, manifest.chunks)
        assert (report.warnings, report.encoded, report.written) == ((WARNING,), 0, False)
    with pytest.raises(NoteError, match="1 error"):
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder, rebuild=True)


def test_a_damaged_index_is_found_although_no_input_has_changed(
    settings: Settings, manifest: Manifest, fake_encoder: Any
) -> None:
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    current = settings.data_dir / "index" / (settings.data_dir / "index" / "CURRENT").read_text()
    shutil.rmtree(current / "segments")
    with pytest.raises(StoreUnavailable, match="--rebuild"):
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
