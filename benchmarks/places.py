"""Where is measured: of each size a collection and its index, made once and kept below the data directory.

*today* is the collection that the settings name. Larger ones are made of it, every note again and again under other
ids, and indexed like any other. Copies have the texts of the original, so that nothing is encoded; their vectors get
some noise as they are written, so that no two records are equally near to a question.
"""

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from api.compose import encoder, store
from benchmarks.timing import TODAY
from ingest.indexing.index import index_content
from kb.encoder.vector_cache import cache_path
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.store.manifest import Manifest
from kb.store.records import CHUNK, RECORD, Point, note_and_language

REPOSITORY: Final = Path(__file__).parent.parent
NOISE: Final = 0.3
"""Length of what is added to a vector of length 1: copies keep a cosine of .92 with one another."""
COPY: Final = "-copy"
"""Stands in the ids of copies, before their number."""

Ids = Mapping[str, str]
"""Of one copy of a collection: id of a note -> the id of its copy."""


class Places:
    """Collections and indexes of all sizes: settings that name them.

    folder: where they are kept
    """

    def __init__(self, settings: Settings) -> None:
        """settings: name the collection, and a data directory that has the models, perhaps vectors of texts"""
        self._settings = settings
        self.folder = settings.data_dir.resolve() / "bench"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._made_by = _hash((REPOSITORY / "kb", REPOSITORY / "ingest", content_of(settings), Path(__file__)))

    def at(self, size: str) -> Settings:
        """Return the place of a size, made anew where code or notes have changed; to be left as it is."""
        place = _place(self.folder / size)
        made = self.folder / size / "made.txt"
        if not made.exists() or made.read_text("utf-8") != self._made_by:
            original = self._settings if size == TODAY else self.at(TODAY)
            shutil.rmtree(self.folder / size, ignore_errors=True)
            place.data_dir.mkdir(parents=True)
            (place.data_dir / "models").symlink_to(original.data_dir.resolve() / "models")
            shutil.copytree(content_of(original), content_of(place))
            if size != TODAY:
                chunks = store(original).reader().scroll({RECORD: (CHUNK,)}, (RECORD,))
                passages = Counter(note_and_language(record_id)[0] for record_id, _ in chunks)
                add_copies(content_of(place), copies(passages, int(size)))
            if cache_path(original.data_dir).exists():
                shutil.copyfile(cache_path(original.data_dir), cache_path(place.data_dir))
            if not index_content(place, NoisyStore(place.data_dir), encoder(place)).complete:
                raise RuntimeError(f"notes of {content_of(place)} are not indexed: see `kb lint`")
            made.write_text(self._made_by, "utf-8")
        return place

    @contextmanager
    def copy(self, size: str, without: Sequence[str] = ()) -> Iterator[Settings]:
        """Copy the place of a size, to be changed. without: names of files that are left out"""
        original = self.at(size).data_dir.parent
        with TemporaryDirectory(dir=self.folder) as folder:
            ignored = shutil.ignore_patterns("*.sock", *without)
            yield _place(Path(shutil.copytree(original, Path(folder) / size, symlinks=True, ignore=ignored)))


def content_of(place: Settings) -> Path:
    """Return the content folder of a place."""
    return place.content_dirs[0]


def copies(weights: Mapping[str, int], wanted: int) -> list[Ids]:
    """Return whole copies of a collection, the last one of a part of it, until they weigh as much as is wanted.

    weights: of each note, such as its passages. The first copy is the original, whole in any case.
    """
    made: list[Ids] = [{note_id: note_id for note_id in sorted(weights)}]
    missing = wanted - sum(weights.values())
    while missing > 0:
        copy = {}
        for note_id in made[0]:
            if missing > 0:
                copy[note_id] = f"{note_id}{COPY}{len(made)}"
                missing -= weights[note_id]
        made.append(copy)
    return made


def add_copies(content: Path, made: Sequence[Ids]) -> None:
    """Write copies of notes beside the originals, with the ids in their fields changed; links lead where they led.

    An id that is also that of a contact or a term stays in fields: it may mean that.
    """
    others = [
        path.read_text("utf-8") for folder in ("contacts", "taxonomy") for path in content.glob(f"{folder}/*.yaml")
    ]
    known = {found for text in others for found in re.findall(r"\bid: ([\w-]+)", text)}
    alone = sorted(set(made[0]) - known, key=len, reverse=True)
    ids = re.compile(rf"(?<![\w-])(?:{'|'.join(alone)})(?![\w-])")
    for folder in sorted(content.glob("[ps]*s/*/")):
        files = {file.name: file.read_text("utf-8").partition("\n---\n") for file in folder.glob("*.md")}
        extract = content / "sources" / f"{folder.name}.yaml"
        for copy in (each for each in made[1:] if folder.name in each):
            to = folder.with_name(copy[folder.name])
            to.mkdir()
            for name, (fields, *rest) in files.items():
                renamed = ids.sub(lambda found, copy=copy: copy.get(found[0], found[0]), fields)
                (to / name).write_text("".join((renamed, *rest)), "utf-8")
            if extract.exists():
                shutil.copyfile(extract, extract.with_name(f"{to.name}.yaml"))


def noisy(vectors: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return vectors with noise, at unit length, shape (…, dimension)."""
    added = random.standard_normal(vectors.shape, np.float32)
    shifted = vectors + added * NOISE / np.linalg.norm(added, axis=-1, keepdims=True)
    return np.asarray(shifted / np.linalg.norm(shifted, axis=-1, keepdims=True), np.float32)


class NoisyStore(EdgeStore):
    """A store into which vectors of copies are written with noise."""

    def replace(self, points: Iterable[Point], manifest: Manifest) -> None:
        random = np.random.default_rng(0)

        def blurred(point: Point) -> Point:
            is_copy = COPY in point.record_id and point.dense is not None
            return replace(point, dense=noisy(point.dense, random)) if is_copy else point

        super().replace(map(blurred, points), manifest)


def _place(folder: Path) -> Settings:
    # Never the index on the server that the environment may name.
    return Settings(content_dirs=(folder / "content",), data_dir=folder / "data", rate_limit=0, qdrant_url=None)


def _hash(paths: Iterable[Path]) -> str:
    """Return a hash of these files, and of the files in these folders."""
    whole = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                whole.update(str(file.relative_to(path.parent)).encode() + file.read_bytes())
    return whole.hexdigest()
