"""The state of the embedded index: which segments it has, and what is left out of each. A value, and one small file.

The first line of the file names its format and has the checksum of the rest. What stays the same within an epoch has a
file of its own, which is written once.
"""

import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kb.errors import IndexStale, StoreUnavailable
from kb.files import write_file
from kb.store.embedded.segment import checked, readable
from kb.store.manifest import OF_EPOCH, SCHEMA_VERSION, Manifest

_FORMAT: Final = "kb-index-3"
_ANY_FORMAT: Final = re.compile(rb"kb-index-\d{1,9}(?= )")
_OLD: Final = re.compile(rb"\d+-\d+\s*")
"""What the file was before it had a format: the name of a folder."""


@dataclass(frozen=True)
class Part:
    """A segment by its name, the checksum of its layout, and the ids of its notes that no longer count."""

    name: str
    checksum: int
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class State:
    """epoch: name and checksum of the file of its epoch; parts: its segments."""

    epoch: tuple[str, int]
    parts: tuple[Part, ...]
    manifest: Manifest

    @property
    def files(self) -> frozenset[str]:
        """Names of all that belongs to it."""
        return frozenset((self.epoch[0], *(part.name for part in self.parts)))


def write_epoch(file: Path, manifest: Manifest) -> tuple[str, int]:
    """Write what stays the same within an epoch. Returns the name of the file and its checksum. Raises OSError."""
    data = manifest.to_json()
    written = json.dumps({name: data[name] for name in sorted(OF_EPOCH)}).encode()
    write_file(file, written)
    return file.name, zlib.crc32(written)


def write_state(file: Path, state: State) -> None:
    """Replace the state in one step. Raises OSError."""
    parts = [(part.name, part.checksum, part.without) for part in state.parts]
    written = json.dumps([state.epoch, parts, state.manifest.to_json(OF_EPOCH)])
    write_file(file, f"{_FORMAT} {zlib.crc32(written.encode())}\n{written}")


def read_state(file: Path, before: State | None) -> State:
    """Read the state. before: the last one that was read; an epoch is read once

    Raises FileNotFoundError; StoreUnavailable where it cannot be read, is damaged or of another format; IndexStale
    where an earlier version has written it.
    """
    with reachable(file):
        written = file.read_bytes()
    if _OLD.fullmatch(written):
        raise IndexStale("The index was written by an earlier version of this program.", remedy="Run `kb index`.")
    if (other := _ANY_FORMAT.match(written)) and other[0] != _FORMAT.encode():
        raise _other(f"format {other[0].decode()}", _FORMAT)
    with readable("state", file):
        head, _, rest = written.partition(b"\n")
        named, checksum = head.decode("ascii").split()
        if named != _FORMAT:
            raise ValueError
        epoch, parts, data = json.loads(checked(rest, int(checksum)))
        name, checksum = epoch
        known = before.manifest.of_epoch if before and before.epoch == (name, checksum) else None
    with readable("epoch", file.with_name(name)) as fitted:
        of_epoch: dict[str, Any] = known or json.loads(checked(fitted.read_bytes(), checksum))
        read = tuple(Part(part, of_layout, tuple(without)) for part, of_layout, without in parts)
        try:
            return State((name, checksum), read, Manifest.from_json({**data, **of_epoch}))
        except ValueError:
            if (schema := of_epoch["schema_version"]) == SCHEMA_VERSION:
                raise
            raise _other(f"schema {schema:d}", str(SCHEMA_VERSION)) from None


def _other(made: str, read: str) -> StoreUnavailable:
    """Return what is said of an index of another format, or of another schema whose manifest cannot be read."""
    return StoreUnavailable(
        f"The index has the {made}, and this version of the program reads {read}.",
        remedy="Use the version that made it, or run `kb index --rebuild`.",
    )


def read_old(file: Path) -> Manifest:
    """Read the manifest of an index that an earlier version has written. Raises as `read_state` does."""
    with reachable(file):
        manifest = file.parent / file.read_text("ascii").strip() / "manifest.json"
    with readable("manifest", manifest):
        return Manifest.from_json(json.loads(manifest.read_text(encoding="utf-8")))


@contextmanager
def reachable(file: Path) -> Iterator[None]:
    """Raise StoreUnavailable for a file that is there and cannot be read, FileNotFoundError for one that is not."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreUnavailable(
            "The state of the index cannot be read.",
            internal=f"The file is `{file}`: {error.strerror}.",
            remedy="Check KB_DATA_DIR and who may read it.",
        ) from error
