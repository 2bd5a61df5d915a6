"""Nothing is encoded twice, nothing is lost by an interruption, and nothing of a withdrawn text stays."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from kb.encoder.vector_cache import VectorCache
from kb.errors import StoreUnavailable

TEXTS = [f"{'long ' * (number % 7)}text {number}" for number in range(1200)]


class Counting:
    """Encodes by length and hash of a text's bytes; remembers what it was given; stops after `until` texts."""

    def __init__(self, fingerprint="e", until=10**6):
        self.fingerprint = fingerprint
        self.encoded = []
        self.until = until

    def encode_many(self, role, texts):
        for start in range(0, len(texts), 512):
            if len(self.encoded) >= self.until:
                raise KeyboardInterrupt
            some = texts[start : start + 512]
            self.encoded += some
            yield range(start, start + len(some)), vectors_of(some, role)


def vectors_of(texts, role="passage"):
    vectors = [np.random.default_rng(list(text.encode())).normal(size=8) for text in texts]
    return np.stack(vectors).astype("f4") * (1 if role == "passage" else -1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "vectors.sqlite"


def test_nothing_is_encoded_twice(path):
    encoder = Counting()
    for texts, fresh in ((TEXTS, 1200), (TEXTS, 0), ([*TEXTS[:5], "new", "new"], 1), ([], 0)):
        with VectorCache(path, encoder) as cache:
            vectors = cache.vectors("passage", texts, "encode")
        assert (cache.fresh, len(vectors)) == (fresh, len(texts))
        if texts:
            assert np.array_equal(vectors, vectors_of(texts))
    assert sorted(encoder.encoded) == sorted([*TEXTS, "new"])


def test_a_vector_that_is_not_as_it_was_written_is_made_anew(path):
    with VectorCache(path, Counting()) as cache:
        vectors = cache.vectors("passage", TEXTS, "encode")
    whole = path.read_bytes()
    place = whole.index(vectors[7].tobytes()) + 3
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 128]) + whole[place + 1 :])
    for fresh in (1, 0):
        with VectorCache(path, Counting()) as cache:
            assert np.array_equal(cache.vectors("passage", TEXTS, "encode"), vectors)
            assert cache.fresh == fresh


def test_the_file_of_an_earlier_version_is_read(path):
    with VectorCache(path, Counting()) as cache:
        cache.vectors("passage", TEXTS, "encode")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE vectors DROP COLUMN checksum")
    with VectorCache(path, Counting()) as cache:
        cache.vectors("passage", TEXTS, "encode")
        assert cache.fresh == 0


def test_threads_that_ask_at_once_have_nothing_encoded_twice(path):
    encoder = Counting()
    with VectorCache(path, encoder) as cache, ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(cache.vectors, "passage", TEXTS, "encode") for _ in range(4)]
        assert all(np.array_equal(each.result(), vectors_of(TEXTS)) for each in asked)
    assert sorted(encoder.encoded) == sorted(TEXTS)


def test_a_text_in_another_role_or_of_another_encoder_is_another_text(path):
    for fingerprint, role in (("one", "passage"), ("one", "query"), ("two", "passage")):
        with VectorCache(path, Counting(fingerprint)) as cache:
            cache.vectors(role, TEXTS[:9], "encode")
        assert cache.fresh == 9


def test_an_interruption_keeps_the_batches_that_were_finished(path):
    steps, again = [], Counting()
    cache = VectorCache(path, Counting(until=900), lambda *step: steps.append(step))
    with cache, pytest.raises(KeyboardInterrupt):
        cache.vectors("passage", TEXTS, "encode")
    assert steps == [("encode", 512, 1200), ("encode", 1024, 1200)]
    with VectorCache(path, again) as cache:
        vectors = cache.vectors("passage", TEXTS, "encode")
    assert cache.fresh == len(again.encoded) == 176
    assert np.array_equal(vectors, vectors_of(TEXTS))


def test_what_a_run_did_not_use_is_dropped_down_to_its_bytes(path):
    with VectorCache(path, Counting()) as cache:
        vectors = cache.vectors("passage", TEXTS[:40], "encode")
    withdrawn, kept = vectors[0].astype("<f4").tobytes(), vectors[1].astype("<f4").tobytes()
    assert withdrawn in path.read_bytes()
    with VectorCache(path, Counting()) as cache:
        cache.vectors("passage", TEXTS[1:40], "encode")
        cache.vectors("query", TEXTS[:1], "encode")
        cache.drop_unused()
    assert withdrawn not in path.read_bytes()
    assert kept in path.read_bytes()
    with VectorCache(path, Counting()) as cache:
        cache.vectors("passage", TEXTS[:40], "encode")
    assert cache.fresh == 1


def test_the_file_has_no_text_and_is_for_its_owner_only(path):
    secret = "informant meets at Rue de la Loi 16"
    with VectorCache(path, Counting()) as cache:
        cache.vectors("passage", [secret], "encode")
    assert not [word for word in secret.encode().split() if len(word) > 3 and word in path.read_bytes()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["vectors.sqlite"]


@pytest.mark.parametrize("damage", ["no database", "no tables", "the middle", "another make"])
def test_a_damaged_cache_is_an_error_with_its_file_and_remedy(path, damage):
    with VectorCache(path, Counting()) as cache:
        cache.vectors("passage", [f"text {number}" for number in range(500)], "encode")
    match damage:
        case "no database":
            path.write_bytes(b"x" * 5000)
        case "no tables":
            path.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
        case "the middle":
            path.write_bytes(path.read_bytes()[:4096].ljust(path.stat().st_size, b"\xff"))
        case "another make":
            path.unlink()
            with closing(sqlite3.connect(path)) as other:
                other.execute("CREATE TABLE vectors (something TEXT)")
    with pytest.raises(StoreUnavailable, match="Delete the file") as failure, VectorCache(path, Counting()) as cache:
        cache.vectors("passage", ["text 1"], "encode")
    assert str(path) in failure.value.internal


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="KB_DATA_DIR"):
        VectorCache(tmp_path / "file" / "vectors.sqlite", Counting())
