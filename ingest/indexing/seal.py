"""The seal of an index: a hash of all that indexing it again would look at.

Reading a collection, checking it and finding the names in it takes seconds. A run without errors leaves its seal, with
the warnings it gave; while that holds, the next run has nothing to read. File times play no part: what is hashed is the
files themselves, the code that reads them, the packages it uses, and the day, which some rules ask for.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from kb.content.files import content_paths
from kb.issue import Level, Problem
from kb.store.records import Manifest, digest

_CODE = [Path(__file__).parents[2] / package for package in ("kb", "ingest")]


class Seal:
    """What one run looks at, hashed before it looks: what is changed while it works, and stays so, breaks the seal."""

    def __init__(self, data_dir: Path, roots: Sequence[Path], recipe: str, today: str) -> None:
        self._file = data_dir / "index.seal"
        code = [path for package in _CODE for path in sorted(package.rglob("*.py"))]
        here = ascii(Path.cwd())  # warnings name files as they are seen from here
        self._looked_at = [recipe, today, here, _packages(), _hash([*content_paths(roots), *code])]

    def warnings(self, manifest: Manifest) -> tuple[Problem, ...] | None:
        """The warnings of the run that looked at the same and left this index; None if the last one did not."""
        with suppress(OSError, ValueError, TypeError):
            seal, *warnings = json.loads(self._file.read_text(encoding="utf-8"))
            if seal == self._text(manifest):
                return tuple(Problem(**{**one, "level": Level(one["level"])}) for one in warnings)
        return None

    def leave(self, manifest: Manifest, warnings: Iterable[Problem]) -> None:
        """Seal this index. Readable by its owner only: warnings may tell of restricted notes."""
        text = json.dumps([self._text(manifest), *map(asdict, warnings)])
        with suppress(OSError):  # without a seal, the next run just takes longer
            self._file.unlink(missing_ok=True)
            with open(self._file, "x", encoding="ascii", opener=_private) as file:
                file.write(text)

    def _text(self, manifest: Manifest) -> str:
        return digest([self._looked_at, manifest.to_json()])


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _hash(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        try:
            found = "a folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            found = type(error).__name__
        whole.update(f"{found} {path!a}\n".encode())
    return whole.hexdigest()


def _packages() -> list[str]:
    """The installed packages, by the folders that name them and their versions."""
    folders = [Path(folder) for folder in sys.path if Path(folder).is_dir()]
    return [sys.version, *sorted(path.name for folder in folders for path in folder.glob("*-info"))]
