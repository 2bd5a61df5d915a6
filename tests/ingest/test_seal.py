"""The seal holds as long as nothing has changed that indexing looks at, and spares reading all of it again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from ingest.index import index_content
from ingest.seal import Seal
from kb.chunk_schema import Manifest, recipe
from kb.engines.edge import EdgeStore
from kb.errors import NoteError, StoreUnavailable
from kb.problem import Level, Problem
from kb.settings import Settings

TODAY = "2026-11-26"
WARNING = Problem("a.md", 1, 2, "KB305", "said", "do", Level.WARNING)


def seal(settings: Settings, made_by: str = "r", today: str = TODAY) -> Seal:
    return Seal(settings, made_by, today)


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
    seal(settings).leave(manifest, [WARNING])
    assert seal(settings).warnings(manifest) == (WARNING,)
    seal(settings).leave(manifest, [])
    assert seal(settings).warnings(manifest) == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "practices" / "be-shield" / "en.md").write_text("---\n---\n"),
        lambda root: (root / "practices" / "be-shield" / "en.md").unlink(),
        lambda root: (root / "practices" / "be-shield").rename(root / "practices" / "be-wall"),
        lambda root: (root / "practices" / "be-shield" / "fr.md").write_text(""),
        lambda root: (root / "sources" / "be-shield.yaml").write_text("[ ]"),
        lambda root: (root / "taxonomy" / "phases.yaml").write_text(""),
    ],
    ids=["note", "note gone", "note renamed", "note added", "extract", "vocabulary"],
)
def test_a_file_that_changes_breaks_it(
    settings: Settings, manifest: Manifest, content: Any, change: Callable[[Path], Any]
) -> None:
    seal(settings).leave(manifest, [])
    change(content.root)
    assert seal(settings).warnings(manifest) is None


def test_another_day_recipe_or_index_breaks_it(settings: Settings, manifest: Manifest) -> None:
    seal(settings).leave(manifest, [])
    assert seal(settings, today="2026-11-27").warnings(manifest) is None
    assert seal(settings, made_by="s").warnings(manifest) is None
    assert seal(settings).warnings(replace(manifest, chunks=manifest.chunks + 1)) is None
    assert seal(settings).warnings(manifest) == ()


def test_what_changes_while_a_run_works_is_not_sealed(settings: Settings, manifest: Manifest, content: Any) -> None:
    running = seal(settings)
    (content.root / "practices" / "be-shield" / "fr.md").write_text("")
    running.leave(manifest, [])
    assert seal(settings).warnings(manifest) is None


@pytest.mark.parametrize("text", [b"", b"\xff", b"{}", b"[]", b'["x"]', b'[["x"], 1]'])
def test_a_damaged_seal_does_not_hold(settings: Settings, manifest: Manifest, text: bytes) -> None:
    (settings.data_dir / "index.seal").write_bytes(text)
    assert seal(settings).warnings(manifest) is None


def test_a_sealed_collection_is_not_read_again_but_by_a_rebuild(
    settings: Settings, manifest: Manifest, content: Any, fake_encoder: Any
) -> None:
    content.practice("be-shield", crime_types=["no-such-crime"])
    # Sealed in spite of the error, so that only a run that reads nothing passes it over.
    forged = recipe(fake_encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    seal(settings, forged, date.today().isoformat()).leave(manifest, [WARNING])
    for dry_run in (False, True):
        report = index_content(settings, EdgeStore(settings.data_dir), fake_encoder, dry_run=dry_run)
        assert (report.plan.keep, report.plan.changes) == (("be-plan/en", "be-shield/en"), False)
        assert (report.notes, report.versions, report.chunks) == (2, 2, manifest.chunks)
        assert (report.warnings, report.encoded, report.written) == ((WARNING,), 0, False)
    with pytest.raises(NoteError, match="1 error"):
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder, rebuild=True)


def test_a_damaged_index_is_seen_although_it_is_sealed(
    settings: Settings, manifest: Manifest, fake_encoder: Any
) -> None:
    index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
    current = settings.data_dir / "index" / (settings.data_dir / "index" / "CURRENT").read_text()
    rmtree(current / "segments")
    with pytest.raises(StoreUnavailable, match="--rebuild"):
        index_content(settings, EdgeStore(settings.data_dir), fake_encoder)
