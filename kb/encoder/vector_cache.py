"""Vectors of texts already encoded, so that no text is encoded twice: not by a rebuild, not after an interruption.

One SQLite file in the data directory. The key is a hash of encoder, role and text; no text is kept. What the last
complete run did not use is dropped, so that a withdrawn note leaves nothing behind.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from kb.errors import StoreUnavailable

Encode = Callable[[Sequence[str]], np.ndarray]


class VectorCache:
    """Vectors by text for one encoder. Use as a context manager."""

    def __init__(self, path: Path, encoder_fingerprint: str) -> None:
        self._fingerprint = encoder_fingerprint
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

    def __enter__(self) -> "VectorCache":
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def vectors(
        self,
        role: str,
        texts: Sequence[str],
        encode: Encode,
        *,
        batch: int = 256,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> tuple[np.ndarray, int]:
        """Return vectors of texts, shape (len(texts), dimension), and how many of them had to be encoded now.

        Missing vectors are encoded in batches, shortest text first, and kept batch by batch.
        """
        keys = [self._key(role, text) for text in texts]
        with self._file("read"):
            found = (self._connection.execute("SELECT * FROM vectors WHERE key = ?", (key,)) for key in set(keys))
            known = {key: np.frombuffer(vector, "<f4") for rows in found for key, vector in rows}
        missing = sorted(
            {key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items(),
            key=lambda item: (len(item[1]), item[0]),
        )
        for start in range(0, len(missing), batch):
            part = missing[start : start + batch]
            vectors = encode([text for _, text in part]).astype("<f4")
            fresh = {key: vector for (key, _), vector in zip(part, vectors, strict=True)}
            with self._file("written"), self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                    [(key, vector.tobytes()) for key, vector in fresh.items()],
                )
            known |= fresh
            progress(start + len(part), len(missing))
        return np.stack([known[key] for key in keys]) if keys else np.empty((0, 0), np.float32), len(missing)

    def keep_only(self, used: Iterable[tuple[str, str]]) -> None:
        """Drop every vector but those of these (role, text) pairs."""
        wanted = {self._key(role, text) for role, text in used}
        with self._file("written"), self._connection:
            known = self._connection.execute("SELECT key FROM vectors").fetchall()
            unused = [row for row in known if row[0] not in wanted]
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
        return hashlib.sha256("\0".join((self._fingerprint, role, text)).encode()).digest()
