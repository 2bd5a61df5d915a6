"""Vectors of texts already encoded, so that no text is encoded twice: not by a rebuild, not after an interruption.

One SQLite file in the data directory. The key is a hash of encoder, role and text; no text is kept. What the last
complete run did not use is dropped, so that a withdrawn note leaves nothing behind.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import numpy as np

from kb.encoder.encoders import Encoder
from kb.errors import StoreUnavailable

Progress = Callable[[str, int, int], None]
"""Called with a step's name, what is done and the total."""
_BATCH: Final = 512
"""Texts, as many as have others of their length among them: the encoder runs these together."""


def no_progress(step: str, done: int, total: int) -> None:
    """Report to nobody."""


class VectorCache:
    """An encoder that looks into a file first. Use as a context manager.

    fresh: how many texts were encoded so far
    """

    def __init__(self, path: Path, encoder: Encoder, progress: Progress = no_progress) -> None:
        self.encoder, self.progress = encoder, progress
        self.fresh = 0
        self._used: set[bytes] = set()
        self._path = path
        with self._file("opened"):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=30)
            try:
                path.chmod(0o600)
                self._connection.execute("PRAGMA secure_delete = ON")
                self._connection.execute(
                    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
                )
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def vectors(self, role: str, texts: Sequence[str], step: str) -> np.ndarray:
        """Return vectors of texts, shape (len(texts), dimension). role: `query` or `passage`; step: for progress.

        Missing vectors are encoded in batches, shortest text first, and kept batch by batch.
        Raises ModelError, StoreUnavailable.
        """
        encode = self.encoder.encode_queries if role == "query" else self.encoder.encode_passages
        keys = [self._key(role, text) for text in texts]
        self._used.update(keys)
        with self._file("read"):
            found = (self._connection.execute("SELECT * FROM vectors WHERE key = ?", (key,)) for key in set(keys))
            known = {key: np.frombuffer(vector, "<f4") for rows in found for key, vector in rows}
        missing = sorted(
            {key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items(),
            key=lambda item: (len(item[1]), item[0]),
        )
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            vectors = encode([text for _, text in part]).astype("<f4")
            fresh = {key: vector for (key, _), vector in zip(part, vectors, strict=True)}
            with self._file("written"), self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                    [(key, vector.tobytes()) for key, vector in fresh.items()],
                )
            known |= fresh
            self.progress(step, start + len(part), len(missing))
        self.fresh += len(missing)
        return np.stack([known[key] for key in keys]) if keys else np.empty((0, 0), np.float32)

    def keep_used(self) -> None:
        """Drop every vector but those that were asked for since the cache was opened."""
        with self._file("written"), self._connection:
            known = self._connection.execute("SELECT key FROM vectors").fetchall()
            unused = [row for row in known if row[0] not in self._used]
            self._connection.executemany("DELETE FROM vectors WHERE key = ?", unused)

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

    def _key(self, role: str, text: str) -> bytes:
        return hashlib.sha256("\0".join((self.encoder.fingerprint, role, text)).encode()).digest()
