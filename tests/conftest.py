"""What tests share: real engines, a fake encoder for unit tests, and a content folder to write notes into."""

import hashlib
import os
import shutil
import socket
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import hypothesis
import numpy as np
import pytest
import yaml
from filelock import FileLock
from qdrant_client import QdrantClient

from kb.encoder.encoders import ModelEncoder
from kb.encoder.late_interaction import ASKED, WIDTH
from kb.encoder.model_files import DEFAULT_MODEL, model_files
from kb.encoder.vector_cache import cache_path
from kb.notes.note import KINDS
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import recipe
from kb.store.server.nodes import Nodes
from kb.store.server.store import ServerStore
from search.service import Searcher
from tests.depth import DEEP

REPOSITORY = Path(__file__).parent.parent
# The short form draws the same examples every time. An example may take as long as it does: the machine is shared.
hypothesis.settings.register_profile("kb", derandomize=not DEEP, deadline=None)
hypothesis.settings.load_profile("kb")


def pytest_configure():
    """Write into memory where there is room: tests make hundreds of indexes, and a disk makes each of them wait."""
    memory = Path("/dev/shm")
    if "TMPDIR" not in os.environ and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 << 30:
        os.environ["TMPDIR"] = str(memory)
        tempfile.tempdir = None


QDRANT = os.environ.get("KB_TEST_QDRANT_URL", "")
"""The address of a real Qdrant server, or those of its nodes, separated by commas; none where there is none."""
_REACHED = {
    *("127.0.0.1", "::1", "localhost"),
    *(found[4][0] for url in QDRANT.split(",") if url for found in socket.getaddrinfo(urlsplit(url).hostname, None)),
}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """A connection to anywhere but this machine, and the Qdrant server that is to be tested, is an error."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in _REACHED:
            raise AssertionError(f"a test reached out to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    """The operator's own settings do not leak into tests."""
    for name in os.environ:
        if name.startswith("KB_") and not name.startswith("KB_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def model_dir():
    """Where the converted model is kept between runs."""
    return Path(os.environ.get("KB_TEST_DATA_DIR") or REPOSITORY / ".kb")


@pytest.fixture(scope="session")
def files(model_dir):
    """The default model, converted."""
    return model_files(DEFAULT_MODEL, model_dir)


@pytest.fixture(scope="session")
def bits():
    """In how many this processor reads notes: with AMX, 16 are as quick, and 8 bring the vector of a text far off."""
    return 16 if "amx_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8") else 8


@pytest.fixture(scope="session")
def encoder(files):
    """The real encoder."""
    return ModelEncoder(files)


class FakeEncoder:
    """Vectors that depend on the words of a text only, seeded by their sha256: equal words, near vectors."""

    name = "fake"
    dimension = 32
    fingerprint = "fake-1"
    mean_share = 1.0
    tokens = 4

    def __init__(self):
        self.encoded = []

    def encode_question(self, text, meanwhile=lambda: None):
        meanwhile()
        return self._encode("query", [text])[0], _word_tokens(text, ASKED)

    def encode_passages(self, texts):
        return self._encode("passage", texts)

    def encode_many(self, role, texts):
        encode = {"query": self._queries, "question": self._questions, "passage": self.encode_passages}[role]
        for start in range(0, len(texts), 512):
            places = range(start, min(start + 512, len(texts)))
            yield places, encode([texts[place] for place in places])

    def count_tokens(self, text):
        return len(text.split()) + 2

    def _queries(self, texts):
        return self._encode("query", texts)

    def _questions(self, texts):
        return np.hstack([self._queries(texts), np.stack([_word_tokens(text, self.tokens).ravel() for text in texts])])

    def _encode(self, role, texts):
        self.encoded += texts
        vectors = np.stack(
            [sum(map(_word_vector, text.lower().split()), _word_vector(role))[: self.dimension] for text in texts]
        )
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@cache
def _word_vector(word):
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=WIDTH)


def _word_tokens(text, most):
    """Token vectors of the first words of a text: equal words, equal vectors."""
    found = np.zeros((most, WIDTH), np.float32)
    words = text.lower().split()[:most]
    for place, word in enumerate(words):
        found[place] = _word_vector(word) / np.linalg.norm(_word_vector(word)) / len(words)
    return found


@pytest.fixture
def fake_encoder():
    return FakeEncoder()


_FIELDS = yaml.safe_load((REPOSITORY / "tests" / "fields.yaml").read_text("utf-8"))
FIELDS = _FIELDS["practice"]
"""The fields of a valid practice note."""
_OF_ALL = {name: value for name, value in FIELDS.items() if name not in _FIELDS["of_practices_only"]}
STRATEGY_FIELDS, POWER_FIELDS, PLAYBOOK_FIELDS = (_OF_ALL | _FIELDS[kind] for kind in ("strategy", "power", "playbook"))
"""The fields of valid notes of other kinds."""
POWER_BODY = "## What may be done\n\nData are kept.\n\n## Legal basis\n\nA code.\n\n## Who orders it\n\nA prosecutor.\n"
PLAYBOOK_BODY = "".join(f"## The first {time}\n\n1. Call the bank.\n\n" for time in ("hour", "day", "week"))
BODY = "## Problem\n\nPeople receive false messages.\n\n## Approach\n\nProviders block the sites behind them.\n"
STRATEGY_BODY = (
    "## Purpose\n\nLess crime.\n\n## Objectives and measures\n\n- Block false sites. {#o1}\n- Help victims. {#o2}\n"
)


class Content:
    """A content root to write notes into."""

    def __init__(self, root):
        self.root = root
        shutil.copytree(REPOSITORY / "content" / "taxonomy", root / "taxonomy")

    def practice(self, note_id, language="en", body=BODY, **fields):
        """Write an original practice note; a field given as None is left out."""
        return self._write("practices", note_id, language, {**FIELDS, **fields}, body)

    def strategy(self, note_id, language="en", body=STRATEGY_BODY, **fields):
        """Write an original strategy note."""
        return self._write("strategies", note_id, language, {**STRATEGY_FIELDS, **fields}, body)

    def power(self, note_id, language="en", body=POWER_BODY, **fields):
        """Write an original note on a power."""
        return self._write("powers", note_id, language, {**POWER_FIELDS, **fields}, body)

    def playbook(self, note_id, language="en", body=PLAYBOOK_BODY, **fields):
        """Write an original playbook."""
        return self._write("playbooks", note_id, language, {**PLAYBOOK_FIELDS, **fields}, body)

    def contact(self, contact_id, **fields):
        """Write a contact, in a file of its own; a field given as None is left out."""
        given = {"id": contact_id, **_FIELDS["contact"], **fields}
        path = self.root / "contacts" / f"{contact_id}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump([{name: value for name, value in given.items() if value is not None}]), "utf-8")

    def translation(self, note_id, language, of, body, *, folder="practices", **fields):
        """Write a translation. Its `source_revision` is zeros, hence stale, unless given in `translation`."""
        info = {"of": of, "status": "machine", "source_revision": "0" * 16}
        front = {"title": f"Title {language}", "summary": f"Summary {language}", "translation": info, **fields}
        return self._write(folder, note_id, language, front, body)

    def write_all(self, notes):
        """Write the notes of a YAML file: `practices/be-a/en` -> its fields besides those of a valid note, and `body`.

        A translation says in `of` what language it is of. `contacts/desk` is a contact.
        """
        for name, given in yaml.safe_load(notes.read_text(encoding="utf-8")).items():
            folder, note_id, *language = name.split("/")
            if folder == "contacts":
                self.contact(note_id, **given)
                continue
            [language] = language
            if "of" in given:
                self.translation(note_id, language, folder=folder, **given)
            else:
                getattr(self, KINDS[folder])(note_id, language, **given)

    def _write(self, folder, note_id, language, fields, body):
        path = self.root / folder / note_id / f"{language}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        front = yaml.safe_dump({name: value for name, value in fields.items() if value is not None}, allow_unicode=True)
        path.write_text(f"---\n{front}---\n\n{body}", encoding="utf-8")
        return path


@pytest.fixture
def content(tmp_path):
    """An empty content root with the real vocabularies."""
    return Content(tmp_path / "content")


@pytest.fixture
def settings(content, tmp_path):
    """Settings for `content` and a data directory of its own."""
    return Settings(content_dirs=(content.root,), data_dir=tmp_path / "data", rate_limit=0)


@pytest.fixture
def store(settings):
    """An embedded store, empty."""
    return EdgeStore(settings.data_dir)


def server_store(_=None):
    """Return a store on a Qdrant server of its own, in memory, empty."""
    return ServerStore(Nodes([QdrantClient(":memory:", force_disable_check_same_thread=True)]), "kb")


def searcher_on(settings, encoder, store=None):
    """Return a Searcher on the embedded index that these settings name."""
    made_by = recipe(encoder.fingerprint, settings.chunk_tokens, settings.chunk_overlap)
    return Searcher(store or EdgeStore(settings.data_dir), encoder, made_by)


def index_notes(notes, folder):
    """Return a Searcher on the notes of a YAML file (`Content.write_all`), indexed with the fake encoder."""
    from ingest.indexing.index import index_content

    content = Content(folder / "content")
    content.write_all(notes)
    settings = Settings(content_dirs=(content.root,), data_dir=folder / "data")
    index_content(settings, EdgeStore(settings.data_dir), FakeEncoder())
    return searcher_on(settings, FakeEncoder())


@pytest.fixture
def fake_searcher(settings, fake_encoder, store):
    """Makes a Searcher on `store` with the fake encoder; call it once there is an index."""
    return lambda: searcher_on(settings, fake_encoder, store)


@pytest.fixture
def index(settings, store, fake_encoder, fake_searcher):
    """Indexes what has been written into `content`, and returns a Searcher on it."""
    from ingest.indexing.index import index_content

    def run():
        index_content(settings, store, fake_encoder)
        return fake_searcher()

    return run


@pytest.fixture(scope="session")
def once_a_run(tmp_path_factory):
    """Makes a folder that all processes of a run share: the first makes it, the others wait. Nobody writes into it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make(name, fill):
        folder, done = shared / name, shared / f"{name}.done"
        with FileLock(shared / f"{name}.lock"):
            if not done.exists():
                fill(folder)
                done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def empty_data_dir(once_a_run, files, model_dir):
    """Makes a data directory with the model files and the vectors of the vocabularies that are known, and no more."""

    def known(folder):
        folder.mkdir()
        with closing(sqlite3.connect(cache_path(folder))) as copy, copy:
            copy.execute("ATTACH ? AS kept", (str(cache_path(model_dir)),))
            [create] = copy.execute("SELECT sql FROM kept.sqlite_schema WHERE name = 'vectors'").fetchone()
            copy.execute(create)
            copy.execute("INSERT INTO vectors SELECT * FROM kept.vectors WHERE note = ''")

    def make(folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "models").symlink_to(files.path.parent.resolve(), target_is_directory=True)
        if cache_path(model_dir).exists():
            shutil.copyfile(cache_path(once_a_run("vocabularies", known)), cache_path(folder))
        return folder

    return make


@pytest.fixture(scope="session")
def collection(once_a_run, encoder, model_dir):
    """The real collection, indexed once a run by the real encoder into the real embedded store; to be read only.

    It begins with the index and the vectors that `make test` has just brought up to date, where they are.
    """
    from ingest.indexing.fingerprint import FILES
    from ingest.indexing.index import index_content

    def fill(folder):
        folder.mkdir()
        (folder / "models").symlink_to((model_dir / "models").resolve(), target_is_directory=True)
        if (model_dir / "index").exists():
            shutil.copytree(model_dir / "index", folder / "index")
        for name in (cache_path(model_dir).name, *FILES):
            if (model_dir / name).exists():
                shutil.copyfile(model_dir / name, folder / name)
        index_content(described(folder), EdgeStore(folder), encoder)

    def described(folder):
        return Settings(content_dirs=(REPOSITORY / "content",), data_dir=folder, rate_limit=0)

    return described(once_a_run("collection", fill))


@pytest.fixture(scope="session")
def searcher(collection, encoder):
    """The Searcher on the real collection."""
    return searcher_on(collection, encoder)
