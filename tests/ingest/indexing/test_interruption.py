"""`kb index`, `kb watch` and the merging of segments killed at any moment: nothing is lost, nothing is wrong.

The next run arrives where an undisturbed one does, to the last vector.
"""

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

from ingest.indexing.index import index_content
from kb.encoder.vector_cache import VectorCache, cache_path
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from tests.conftest import FIELDS, Content
from tests.depth import depth

REPOSITORY = Path(__file__).parents[3]
KB = "from api.cli.main import app; app()"
MERGE = "import sys; from pathlib import Path; from kb.store.embedded.store import EdgeStore; store = EdgeStore(Path("
MERGE += "sys.argv[1])); store.reader(); print('Merging.', file=sys.stderr, flush=True); store.merge()"
WITHDRAWN = "Zyxwvut"


@dataclass(frozen=True)
class Place:
    """A content folder and a data folder, with the model in it."""

    content: Path
    data: Path

    def start(self, *command, said):
        return subprocess.Popen(
            [sys.executable, "-c", *command],
            cwd=REPOSITORY,
            env={**os.environ, "KB_CONTENT_DIRS": str(self.content), "KB_DATA_DIR": str(self.data)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if said else subprocess.DEVNULL,
            text=True,
        )

    def run(self):
        """One undisturbed run; its seconds."""
        started = time.perf_counter()
        assert self.start(KB, "index", said="").wait() == 0
        return time.perf_counter() - started

    def kill(self, due, *command, said="", then=lambda: None):
        """Kill a program -9 as soon as `due(data folder, seconds)`; what had been done then.

        said: a message of it, after which time counts and `then` is done
        """
        process = self.start(*command, said=said)
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
    """Vectors kept so far."""
    try:
        with closing(sqlite3.connect(f"file:{data / 'vectors.sqlite'}?mode=ro", uri=True, timeout=5)) as connection:
            return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])
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


def agree(data, expected, was):
    """Compare an index with what is expected of it."""
    found = contents(data)
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


@pytest.fixture(scope="module")
def new_place(files, tmp_path_factory):
    """Makes a place: without an index, or like another."""
    collection = tmp_path_factory.mktemp("collection")
    write_collection(collection)

    def make(like=None):
        folder = tmp_path_factory.mktemp("killed")
        shutil.copytree(like.content if like else collection, folder / "content")
        if like:
            shutil.copytree(like.data, folder / "data", symlinks=True)
        else:
            (folder / "data").mkdir()
            (folder / "data" / "models").symlink_to(files.path.parent, target_is_directory=True)
        return Place(folder / "content", folder / "data")

    return make


@pytest.fixture(scope="module")
def calm(new_place):
    """A place that was indexed undisturbed, and how many seconds that took."""
    place = new_place()
    lasted = place.run()
    return place, lasted


@pytest.fixture(scope="module")
def changed(new_place, calm, encoder):
    """The contents of an index of the changed notes, made undisturbed."""
    place = new_place(calm[0])
    place.change()
    assert is_left(place.data, encoder)
    place.index(encoder)
    return contents(place.data)


@pytest.fixture
def by_chance():
    """Makes moments up to so many seconds."""
    chance = random.Random(20261125)
    return lambda seconds, number: [after(chance.uniform(0, seconds)) for _ in range(number)]


def after(seconds):
    return lambda data, now: now >= seconds


def at(many, count):
    return lambda data, now: many(data) >= count


def two_at_once(kill, moments):
    """Kill again and again. What was being done each time; two at once take twice as long."""
    with ThreadPoolExecutor(2) as both:
        return [*both.map(kill, moments)]


pytestmark = [pytest.mark.deep, pytest.mark.timeout(3000)]


def test_a_first_run_that_is_killed(new_place, calm, encoder, by_chance):
    undisturbed, lasted = calm
    expected = contents(undisturbed.data)
    assert len(expected[1]) == expected[2]["chunks"] + expected[2]["questions"] > 30

    def kill(due):
        place = new_place()
        was = place.kill(due, KB, "index")
        place.index(encoder)
        agree(place.data, expected, was)
        assert generations(place.data) == 1, was
        shutil.rmtree(place.data)
        return was

    seldom = [at(rows, 1), at(rows, 100), at(generations, 1), at(generations, 1)]
    moments = [at(rows, 60), at(generations, 1), *depth([], [*seldom, *by_chance(2 * lasted, 54)])]
    first, second, *others = two_at_once(kill, moments)
    assert first == "encoding"
    assert second in ("writing", "done")  # between two looks it may have ended
    assert len({*others}) > depth(-1, 1)


@pytest.mark.parametrize(("command", "said", "kills"), [("index", "", 60), ("watch", "Watching.", 40)])
def test_what_is_killed_while_it_brings_in_changes(new_place, calm, changed, encoder, by_chance, command, said, kills):
    before = {key for key in contents(calm[0].data)[0] if not key.startswith(("be-3", "be-4"))}

    def kill(due):
        place = new_place(calm[0])
        if said:
            place.kill(due, KB, command, said=said, then=place.change)
        else:
            place.change()
            place.kill(due, KB, command)
        assert contents(place.data)[0].keys() >= before  # whatever became of the others, these answer
        place.index(encoder)
        agree(place.data, changed, command)
        assert not is_left(place.data, encoder)
        shutil.rmtree(place.data)

    two_at_once(kill, [at(generations, 2), *depth([], by_chance(2 if said else calm[1], kills - 1))])


def test_a_merge_that_is_killed(new_place, calm, changed, encoder, by_chance):
    parts = new_place(calm[0])
    settings = Settings(content_dirs=(parts.content,), data_dir=parts.data)
    parts.change()
    index_content(settings, EdgeStore(parts.data), encoder, put_off=True)
    assert is_left(parts.data, encoder)

    def kill(due):
        place = new_place(parts)
        place.kill(due, MERGE, str(place.data), said="Merging.")
        agree(place.data, changed, "merging")
        EdgeStore(place.data).merge()
        agree(place.data, changed, "merged")
        assert not is_left(place.data, encoder)
        shutil.rmtree(place.data)

    two_at_once(kill, [at(generations, 3), *depth([after(0.02)], by_chance(0.3, 39))])
