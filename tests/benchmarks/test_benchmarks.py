"""The benchmarks measure what their page shows: each part on a few notes, real server and commands included."""

import re
import shutil

import numpy as np
import pytest

from benchmarks import page
from benchmarks.__main__ import PARTS
from benchmarks.multiply import copies, noisy
from benchmarks.places import Places
from benchmarks.timing import SHORT, TODAY
from kb.store.records import CHUNK, RECORD, note_and_language

NOT_HERE = re.compile(r"(haystack|txtai)\.(p50|times)|qdrant\.(?!trips).*|lint\.(files|notes)")
"""Figures of packages that tests do not need, of a server, and of many notes."""


@pytest.fixture(scope="module")
def places(model_dir, tmp_path_factory):
    """A few notes and a few hundred passages made of them."""
    data = tmp_path_factory.mktemp("bench")
    (data / "models").symlink_to((model_dir / "models").resolve(), target_is_directory=True)
    if (model_dir / "vectors.sqlite").exists():
        shutil.copyfile(model_dir / "vectors.sqlite", data / "vectors.sqlite")
    return Places(data, SHORT)


def test_a_multiplied_collection_has_the_same_records_under_other_ids(places):
    small, large = (places.at(size).store.reader() for size in (TODAY, *SHORT.sizes))
    originals = dict(small.scroll({RECORD: (CHUNK,)}))
    copied = dict(large.scroll({RECORD: (CHUNK,)}))
    assert large.manifest.chunks == len(copied) >= int(SHORT.sizes[0]) > len(originals)
    assert originals.items() <= copied.items()
    known = {note_and_language(record_id)[0] for record_id in large.manifest.versions}
    for record_id, payload in copied.items():
        if record_id not in originals:
            of, _, rest = record_id.partition("/")
            original = originals[f"{of.rpartition('-copy')[0]}/{rest}"]
            assert payload["note_id"] == of
            assert of in known
            assert (payload["text"], payload["cell"]) == (original["text"], original["cell"])


def test_copies_are_whole_until_there_are_enough_passages():
    made = copies(["be-a", "be-a", "nl-b", "lu-c"], 7)
    assert made == [
        {"be-a": "be-a", "lu-c": "lu-c", "nl-b": "nl-b"},
        {"be-a": "be-a-copy1", "lu-c": "lu-c-copy1"},
    ]


def test_noise_keeps_vectors_near_and_no_two_alike():
    vectors = np.eye(3, 384, dtype=np.float32)
    assert (noisy(vectors, 0) == vectors).all()
    once, again = noisy(vectors, 1), noisy(vectors, 2)
    assert np.linalg.norm(once, axis=1) == pytest.approx(1)
    assert (np.vecdot(once, vectors) > 0.9).all()
    assert ((np.vecdot(once, again) > 0.8) & (np.vecdot(once, again) < 0.98)).all()


@pytest.mark.timeout(900)  # as long as some thirty processes take
def test_the_parts_measure_all_that_the_page_shows(places):
    found = {}
    for part, measure in PARTS.items():
        for size, figures in measure(places, SHORT).items():
            assert size in (TODAY, *SHORT.sizes), part
            assert all(isinstance(value, str) or value >= 0 for value in figures.values()), part
            found.update(figures)
    assert [name for name in page.ROWS if name not in found and not NOT_HERE.fullmatch(name)] == []
    assert page.table({TODAY: found}, [TODAY]).count("\n| ") > len(found)


def test_the_page_says_what_is_not_reached():
    [bar] = page.ROWS["question.encodings"].most.values()
    found = {TODAY: {"question.encodings": bar + 1, "memory.start": 1.0}, "20000": {"question.encodings": bar + 1}}
    table = page.table(found, [TODAY, "20000"])
    assert table.count("not reached") == 1
    assert f"| {bar + 1:.2f} × **not reached** | {bar + 1:.2f} × | ≤ {bar} × (today) |" in table
    assert page.missed(found) == ["question.encodings at today"]
