"""Places where a `kb` of its own works and is disturbed: notes, an index of them, and what must be in it."""

import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from ingest.indexing.index import index_content
from kb.encoder.vector_cache import VectorCache, cache_path
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from tests.api.conftest import environment
from tests.conftest import FIELDS, Content

REPOSITORY = Path(__file__).parents[2]
KB = "from api.cli.main import app; app()"
MERGE = "import sys; from pathlib import Path; from kb.store.embedded.store import EdgeStore; store = EdgeStore(Path("
MERGE += "sys.argv[1])); store.reader(); print('Merging.', file=sys.stderr, flush=True); store.merge()"
WITHDRAWN = "Zyxwvut"


@dataclass(frozen=True)
class Place:
    """A content folder and a data folder, with the model in it."""

    content: Path
    data: Path

    @property
    def environment(self):
        """For a process that works here."""
        return environment(KB_CONTENT_DIRS=self.content, KB_DATA_DIR=self.data)

    def start(self, *command, said="", **settings):
        return subprocess.Popen(
            [sys.executable, "-c", *command],
            cwd=REPOSITORY,
            env=self.environment | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if said else subprocess.DEVNULL,
            text=True,
        )

    def run(self):
        """One undisturbed run; its seconds."""
        started = time.perf_counter()
        assert self.start(KB, "index").wait() == 0
        return time.perf_counter() - started

    def kill(self, due, *command, said="", then=lambda: None, **settings):
        """Kill a program -9 as soon as `due(data folder, seconds)`; what had been done then.

        said: a message of it, after which time counts and `then` is done
        """
        process = self.start(*command, said=said, **settings)
        assert not said or any(said in line for line in process.stderr)
        started = time.perf_counter()
        then()
        while process.poll() is None and not due(self.data, time.perf_counter() - started):
            time.sleep(0.002)
        process.kill()
        process.communicate()
        return state(self.data)

    def index(self, encoder):
        """Run as the command does, with the model already loaded: seconds instead of ten."""
        settings = Settings(content_dirs=(self.content,), data_dir=self.data)
        index_content(settings, EdgeStore(self.data), encoder)

    def change(self):
        """Save a note, add one, and withdraw one."""
        content = Content.__new__(Content)
        content.root = self.content
        content.practice("be-3", title="Another title", body=small("Another text."))
        content.practice("be-5", title="A new one", body=small("A new text."))
        shutil.rmtree(self.content / "practices" / "be-4")


def rows(data):
    """Vectors of notes kept so far."""
    try:
        with closing(sqlite3.connect(f"file:{data / 'vectors.sqlite'}?mode=ro", uri=True, timeout=5)) as connection:
            return int(connection.execute("SELECT count(*) FROM vectors WHERE note <> ''").fetchone()[0])
    except sqlite3.Error:
        return 0


def generations(data):
    return sum(path.is_dir() for path in (data / "index").iterdir()) if (data / "index").is_dir() else 0


def state(data):
    if (data / "index" / "CURRENT").exists():
        return "done"
    if generations(data):
        return "writing"
    return "encoding" if rows(data) else "starting"


def contents(data):
    """All records with their payloads, the dense vector of each chunk and question, and what the manifest counts."""
    reader = EdgeStore(data).reader()
    vectors = {point.record_id: point.dense for point in reader.points() if point.dense is not None}
    manifest = {**reader.manifest.to_json(), "means": None}  # means are of the vectors; the journal has times
    manifest["journal"] = [*manifest["journal"]["notes"]], [gone["note_id"] for gone in manifest["journal"]["gone"]]
    return dict(reader.scroll({})), vectors, manifest


def agree(data, was, *expected):
    """Compare an index with what is expected of it: the contents that one of these has."""
    found = contents(data)
    expected = next((each for each in expected if each[0] == found[0]), expected[0])
    assert found[0] == expected[0], was
    assert found[1].keys() == expected[1].keys(), was
    assert max(float(np.abs(found[1][key] - expected[1][key]).max()) for key in found[1]) <= 1e-6, was
    assert found[2] == expected[2], was


def is_left(data, encoder):
    """Whether anything on disk has the text, or a vector, of the note that was withdrawn."""
    with VectorCache(cache_path(data), encoder) as cache:
        files = (file for file in (data / "index").rglob("*") if file.is_file())
        return "be-4" in cache.notes() or any(WITHDRAWN.encode() in file.read_bytes() for file in files)


def small(text):
    return f"## Problem\n\nFalse messages.\n\n## Approach\n\n{text}\n"


def write_collection(root):
    """Notes with many short sections, some others, and the part of the vocabulary that they use."""
    content = Content(root)
    for number in range(3):
        parts = "".join(
            f"### Part {place}\n\nBank {place} blocks site {number}. It tells us.\n\n" for place in range(12)
        )
        body = f"## Problem\n\nFalse messages.\n\n## Approach\n\n{parts}"
        content.practice(f"be-{number}", body=body, questions=["Who blocks false sites in the country?"])
    content.translation("be-0", "nl", "en", "## Probleem\n\nValse berichten.\n\n## Aanpak\n\nWij blokkeren.\n")
    content.practice("be-3", title="One that is saved", body=small("A text."))
    content.practice("be-4", title="One that is withdrawn", body=small(f"{WITHDRAWN} warns us."))
    used = {*re.findall(r"[\w-]+", str(FIELDS))}
    for file in (root / "taxonomy").glob("*.yaml"):
        scheme = yaml.safe_load(file.read_text("utf-8"))
        if isinstance(scheme, list):
            continue  # no vocabulary: terms, and what was searched for
        above = {concept["id"]: concept.get("broader") for concept in scheme["concepts"]}
        kept = used & {*above}
        while parents := {above[concept] for concept in kept} - kept - {None}:
            kept |= parents
        scheme["concepts"] = [concept for concept in scheme["concepts"] if concept["id"] in kept]
        file.write_text(yaml.safe_dump(scheme, allow_unicode=True), "utf-8")
