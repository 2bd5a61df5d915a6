"""Vectors of texts already encoded, so that no text is encoded twice: not by a rebuild, not after an interruption.

One SQLite file in the data directory. The key is a hash of encoder, role and text; no text is kept. Each vector is
labelled with a note that has the text, so that a note that is withdrawn, or a passage of it, leaves nothing behind.
One that is not as it was written, as its checksum tells, is made anew.
"""

import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Self

import numpy as np

from kb.encoder.encoders import Encoder
from kb.errors import StoreUnavailable

Progress = Callable[[str, int, int], None]
"""Called with a step's name, what is done and the total."""
_OPENING: Final = (
    "PRAGMA secure_delete = ON",
    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)",
)
_COLUMNS: Final = {"note": "TEXT NOT NULL DEFAULT ''", "checksum": "INTEGER"}
"""Those that files of earlier versions have not: their vectors are taken as they are."""


def cache_path(data_dir: Path) -> Path:
    """Return the file where vectors are kept."""
    return data_dir / "vectors.sqlite"


def cache_damage(path: Path) -> str:
    """Say what is wrong with the file of vectors, in SQLite's words; nothing where it is whole, or there is none."""
    if not path.exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as opened:
            [found] = opened.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return "" if found == "ok" else str(found)


def no_progress(step: str, done: int, total: int) -> None:
    """Report to nobody."""


class VectorCache:
    """An encoder that looks into a file first. Use as a context manager; threads may ask it, one after another.

    fresh: how many texts were encoded so far
    """

    def __init__(self, path: Path, encoder: Encoder, progress: Progress = no_progress) -> None:
        self.encoder, self.progress = encoder, progress
        self.fresh = 0
        self._used: set[bytes] = set()
        self._lock = threading.Lock()
        self._path = path
        with self._file("opened"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False)
            try:
                path.chmod(0o600)
                for command in _OPENING:
                    self._connection.execute(command)
                there = {name for (name,) in self._connection.execute("SELECT name FROM pragma_table_info('vectors')")}
                for name in _COLUMNS.keys() - there:
                    self._connection.execute(f"ALTER TABLE vectors ADD COLUMN {name} {_COLUMNS[name]}")
                self._connection.execute("CREATE INDEX IF NOT EXISTS by_note ON vectors (note)")
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def vectors(self, role: str, texts: Sequence[str], step: str, notes: Sequence[str] = ()) -> np.ndarray:
        """Return vectors of texts, a row each as `Encoder.encode_many` makes them. step: for progress.

        role:  `query`, `passage` or `question`
        notes: the id of the note that each text is of; none for those of the vocabularies

        Missing vectors are kept as they are made. Raises ModelError, StoreUnavailable.
        """
        keys = [hashlib.sha256("\0".join((self.encoder.fingerprint, role, text)).encode()).digest() for text in texts]
        note_of = dict(zip(keys, notes or [""] * len(keys), strict=True))
        with self._lock:
            self._used.update(keys)
            known = self._known(note_of)
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            wanted, done = [*missing], 0
            for places, vectors in self.encoder.encode_many(role, [*missing.values()]) if missing else ():
                fresh = dict(zip([wanted[place] for place in places], vectors.astype("<f4"), strict=True))
                with self._file("written"), self._connection:
                    self._connection.executemany(
                        "INSERT OR REPLACE INTO vectors (key, vector, checksum, note) VALUES (?, ?, ?, ?)",
                        [(key, vector.tobytes(), zlib.crc32(vector), note_of[key]) for key, vector in fresh.items()],
                    )
                known |= fresh
                done += len(fresh)
                self.progress(step, done, len(missing))
            self.fresh += len(missing)
        return np.stack([known[key] for key in keys]) if keys else np.empty((0, 0), np.float32)

    def notes(self) -> frozenset[str]:
        """Return the ids of the notes that have vectors here. Raises StoreUnavailable."""
        with self._file("read"):
            found = self._connection.execute("SELECT DISTINCT note FROM vectors WHERE note <> ''")
            return frozenset(note for (note,) in found)

    def drop_unused(self, notes: Set[str] | None = None) -> None:
        """Drop the vectors that were not asked for since the cache was opened: of these notes, or all.

        Raises StoreUnavailable.
        """
        with self._file("written"), self._connection:
            for note in self.notes() | {""} if notes is None else notes:
                known = self._connection.execute("SELECT key FROM vectors WHERE note = ?", (note,)).fetchall()
                unused = [row for row in known if row[0] not in self._used]
                self._connection.executemany("DELETE FROM vectors WHERE key = ?", unused)

    def _known(self, note_of: Mapping[bytes, str]) -> dict[bytes, np.ndarray]:
        """Read the vectors of these keys, as far as they are there, and label them with their notes."""
        known, labels = {}, []
        wanted = "SELECT vector, checksum, note FROM vectors WHERE key = ?"
        with self._file("read"):
            for key, note in note_of.items():
                for vector, checksum, label in self._connection.execute(wanted, (key,)):
                    if checksum in (None, zlib.crc32(vector)):
                        known[key] = np.frombuffer(vector, "<f4")
                        labels += [(note, key)] if label != note else []
        if labels:
            with self._file("written"), self._connection:
                self._connection.executemany("UPDATE vectors SET note = ? WHERE key = ?", labels)
        return known

    @contextmanager
    def _file(self, action: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(
                f"The vector cache cannot be {action}.",
                internal=f"The file is `{self._path}`: {error}.",
                remedy="Delete the file (it is rebuilt), or set KB_DATA_DIR to a writable folder with room in it.",
            ) from error
