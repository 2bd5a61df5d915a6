"""The benchmarks measure what their page shows: each part on a few notes, real server and commands included."""

import re
from contextlib import ExitStack
from pkgutil import resolve_name
from unittest.mock import patch

import numpy as np
import pytest
import yaml

from api.compose import store
from benchmarks import figures
from benchmarks.__main__ import PARTS, about, keep, kept
from benchmarks.places import COPY, Places, copies, noisy
from benchmarks.relevance import VARIANTS
from benchmarks.timing import TODAY, Scale
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.records import CHUNK, RECORD, note_and_language
from tests.conftest import Content

SHORT = Scale((TODAY, "60"), questions=9, many=12, saves=1, runs=1)
NOT_HERE = re.compile(r"(haystack|txtai|txtai_encoder)(\.times|\.needs)?|qdrant(\.(push|update))?")
"""Measures of packages that tests do not need, and of a server."""
VARIATIONS = yaml.safe_load(VARIANTS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def places(empty_data_dir, tmp_path_factory):
    """A few notes, and some dozens of passages made of them."""
    folder = tmp_path_factory.mktemp("bench")
    content = Content(folder / "content")
    content.strategy("be-plan")
    content.contact("be-a")
    content.playbook("phishing", crime_types=["phishing"], contacts=["be-a"])  # named as a term, and as a note
    for name in ("be-a", "be-b"):
        content.practice(name, related=[{"id": "be-a", "rel": "see-also"}] if name == "be-b" else [])
        content.translation(name, "nl", "en", "## Probleem\n\nValse berichten.\n\n## Aanpak\n\nWij blokkeren ze.\n")
    empty_data_dir(folder)
    return Places(Settings(content_dirs=(content.root,), data_dir=folder))


def test_a_multiplied_collection_has_the_same_records_under_other_ids(places, monkeypatch):
    monkeypatch.setenv("KB_QDRANT_URL", "http://127.0.0.1:9")  # whose index is somebody's own
    assert store(places.at(TODAY)).info()
    small, large = (EdgeStore(places.at(size).data_dir).reader() for size in SHORT.sizes)
    originals = dict(small.scroll({RECORD: (CHUNK,)}))
    copied = dict(large.scroll({RECORD: (CHUNK,)}))
    assert large.manifest.chunks == len(copied) >= int(SHORT.sizes[1]) > len(originals)
    vectors = [point.dense.tobytes() for point in large.points() if point.dense is not None and COPY in point.record_id]
    assert len({*vectors}) == len(vectors) > 0
    known = {note_and_language(record_id)[0] for record_id in large.manifest.versions}
    for record_id, payload in copied.items():
        of, _, rest = record_id.partition("/")
        original = originals[f"{of.partition(COPY)[0]}/{rest}"]
        assert payload["note_id"] == of
        assert of in known
        assert (payload["text"], payload["cell"]) == (original["text"], original["cell"])


def test_copies_are_whole_until_they_weigh_enough():
    assert copies({"be-a": 2, "nl-b": 1, "lu-c": 1}, 7) == [
        {"be-a": "be-a", "lu-c": "lu-c", "nl-b": "nl-b"},
        {"be-a": "be-a-copy1", "lu-c": "lu-c-copy1"},
    ]


def test_noise_keeps_vectors_near_and_no_two_alike():
    vectors, random = np.eye(3, 384, dtype=np.float32), np.random.default_rng(0)
    once, again = noisy(vectors, random), noisy(vectors, random)
    assert np.linalg.norm(once, axis=1) == pytest.approx(1)
    assert (np.vecdot(once, vectors) > 0.9).all()
    assert ((np.vecdot(once, again) > 0.8) & (np.vecdot(once, again) < 0.98)).all()


@pytest.mark.timeout(900)  # as long as some thirty processes take
def test_the_parts_measure_all_that_the_page_shows(places):
    found = {}
    for part, measure in PARTS.items():
        for size, values in measure(places, SHORT).items():
            assert size in SHORT.sizes, part
            found.update(values)
    shown = {name for measures in figures.MEASURES.values() for name in measures}
    assert [name for name in shown - found.keys() if not NOT_HERE.fullmatch(name)] == []


def test_the_page_says_what_is_not_reached():
    bar = figures.MEASURES["A question over HTTP"]["question.encodings"].most[TODAY]
    memory = [1.0, figures.MEASURES["Opening"]["server.memory"].most[TODAY] + 1]
    found = {TODAY: {"question.encodings": bar + 1, "server.memory": memory}, "20000": {"question.encodings": bar + 1}}
    table = figures.table(found, [TODAY, "20000"])
    assert table.count("not reached") == 2
    assert "| 1 / 701 MB **not reached** |" in table
    assert f"| {bar + 1:.2f} × **not reached** | {bar + 1:.2f} × | ≤ {bar:.2f} × (today) |" in table
    assert table.count("\n| **") == 2  # the groups that have any


def test_figures_are_kept_until_their_size_is_measured_anew(tmp_path):
    keep(tmp_path / "part.json", {TODAY: {"a": 1.0}, "20000": {"a": 2.0}})
    keep(tmp_path / "part.json", {TODAY: {"a": 3.0}})
    assert kept(tmp_path / "part.json") == {TODAY: {"a": 3.0}, "20000": {"a": 2.0}}


def test_the_page_says_once_when_most_was_measured():
    most = {size: {"when": "2026-11-29 (1111111)"} for size in SHORT.sizes}
    assert about({"opening": most, "asking": most}).endswith(". 2026-11-29 (1111111).")
    peers = {TODAY: {"when": "2026-11-30 (2222222)"}}
    assert about({"peers": peers, "asking": most}).endswith(
        ". 2026-11-29 (1111111); peers today: 2026-11-30 (2222222)."
    )


@pytest.mark.parametrize("variant", VARIATIONS)
def test_each_variant_of_the_search_answers(variant, content, index):
    content.practice("be-a", questions=["Who blocks false sites?"])
    content.strategy("be-plan")
    searcher = index()
    with ExitStack() as changed:
        for constant, value in VARIATIONS[variant].get("change", {}).items():
            assert resolve_name(constant) != value
            changed.enter_context(patch(constant, value))
        assert [hit.id for hit in searcher.view().search("Who blocks false sites?").practices] == ["be-a"]
