"""Where is measured: of each size a content folder and a data directory, made once and kept below the data directory.

The collection as it is, perhaps a part of it, is indexed by `kb index`; larger sizes are made of it (`multiply`).
"""

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from api.compose import encoder, store
from benchmarks.multiply import multiply
from benchmarks.timing import TODAY, Scale, Size
from ingest.indexing.index import index_content
from kb.encoder.vector_cache import cache_path
from kb.settings import Settings
from kb.store.protocol import ChunkStore

REPOSITORY = Path(__file__).parent.parent
_MADE_BY = ("kb", "ingest", "content", "benchmarks/multiply.py")
"""What decides what an index holds, and how."""
_LINKS = ("related", "implements", "replaces", "replaced_by")
_LINK = re.compile(r"\[([^\]]*)\]\(\.\./[^)]*\)")
"""Fields that name other notes, and a link to one in a text."""


@dataclass(frozen=True)
class Place:
    """A collection and its index."""

    folder: Path

    @property
    def content(self) -> Path:
        """The content folder."""
        return self.folder / "content"

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def settings(self) -> Settings:
        """Settings that name both, and nothing else."""
        return Settings(content_dirs=(self.content,), data_dir=self.data, rate_limit=0)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of a command that uses both."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
        named = {"KB_CONTENT_DIRS": str(self.content), "KB_DATA_DIR": str(self.data), "KB_RATE_LIMIT": "0"}
        return {**others, **named}

    @property
    def store(self) -> ChunkStore:
        """The store of its index."""
        return store(self.settings)


class Places:
    """The places of all sizes. data_dir: has the models, perhaps vectors of texts

    folder: below the data directory, where they are kept
    """

    def __init__(self, data_dir: Path, scale: Scale) -> None:
        self._data_dir, self._scale = data_dir.resolve(), scale
        self.folder = self._data_dir / ("bench-short" if scale.notes else "bench")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._made_by = _hash(REPOSITORY / name for name in _MADE_BY) + str(scale.notes)

    def at(self, size: Size) -> Place:
        """Return the place of a size, made anew where code or content have changed; to be left as it is."""
        place = Place(self.folder / size)
        made = place.folder / "made.txt"
        if not made.exists() or made.read_text("utf-8") != self._made_by:
            shutil.rmtree(place.folder, ignore_errors=True)
            self._link_models(place)
            if size == TODAY:
                shutil.copytree(REPOSITORY / "content", place.content)
                if self._scale.notes:
                    _leave(place.content, self._scale.notes)
                if cache_path(self._data_dir).exists():
                    shutil.copyfile(cache_path(self._data_dir), cache_path(place.data))
                index_content(place.settings, place.store, encoder(place.settings))
            else:
                multiply(self.at(TODAY), place, int(size))
            made.write_text(self._made_by, "utf-8")
        return place

    @contextmanager
    def copy(self, size: Size) -> Iterator[Place]:
        """Copy the place of a size, to be changed."""
        original = self.at(size)
        with TemporaryDirectory(dir=self.folder) as folder:
            sockets = shutil.ignore_patterns("*.sock")
            copied = shutil.copytree(original.folder, Path(folder) / size, symlinks=True, ignore=sockets)
            yield Place(Path(copied))

    @contextmanager
    def empty(self) -> Iterator[Place]:
        """Make a copy of the collection that is not indexed."""
        with TemporaryDirectory(dir=self.folder) as folder:
            place = Place(Path(folder))
            shutil.copytree(self.at(TODAY).content, place.content)
            self._link_models(place)
            yield place

    def _link_models(self, place: Place) -> None:
        models = self._data_dir / "models"
        models.mkdir(parents=True, exist_ok=True)
        place.data.mkdir(parents=True)
        (place.data / "models").symlink_to(models)


def _leave(content: Path, notes: int) -> None:
    """Leave half as many practices and strategies, and unlink them: every note names others, and those others."""
    for kind in ("practices", "strategies"):
        for place, folder in enumerate(sorted((content / kind).iterdir())):
            if place >= notes // 2:
                shutil.rmtree(folder)
                (content / "sources" / f"{folder.name}.yaml").unlink(missing_ok=True)
            else:
                for file in folder.glob("*.md"):
                    _, fields, body = file.read_text("utf-8").split("---\n", 2)
                    kept = {name: value for name, value in yaml.safe_load(fields).items() if name not in _LINKS}
                    text = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False)
                    file.write_text("---\n".join(("", text, _LINK.sub(r"\1", body))), "utf-8")


def _hash(paths: Iterator[Path]) -> str:
    """Return a hash of these files, and of the files in these folders."""
    whole = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and file.suffix != ".pyc":
                whole.update(f"{file.relative_to(REPOSITORY)} {hashlib.sha256(file.read_bytes()).hexdigest()}".encode())
    return whole.hexdigest()
