"""The fingerprint of a run: a hash of all that indexing again would look at.

Reading a collection, checking it and finding the names in it takes seconds. A run without errors keeps its fingerprint,
with the warnings it gave; while that stays the same, the next run has nothing to read. File times play no part: what is
hashed is the files themselves, the code that reads them, the packages it uses, and the day, which some rules ask for.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from kb.content.reader import content_paths
from kb.files import write_file
from kb.issue import Issue, Level
from kb.store.manifest import Manifest
from kb.values import digest

_CODE = [Path(__file__).parents[2] / package for package in ("kb", "ingest")]


class Fingerprint:
    """The inputs of one run, hashed before it looks at them: what changes while it works makes another fingerprint."""

    def __init__(self, data_dir: Path, roots: Sequence[Path], recipe: str, today: str) -> None:
        self._file = data_dir / "index.fingerprint"
        code = [path for package in _CODE for path in sorted(package.rglob("*.py"))]
        here = ascii(Path.cwd())  # warnings name files as they are seen from here
        folders = [Path(folder) for folder in sys.path if Path(folder).is_dir()]
        # An installed package has a folder that names it and its version.
        packages = sorted(path.name for folder in folders for path in folder.glob("*-info"))
        self._inputs = [recipe, today, here, sys.version, packages, _hash([*content_paths(roots), *code])]

    def warnings(self, manifest: Manifest) -> tuple[Issue, ...] | None:
        """Return the warnings of the last run if it had these inputs and wrote this index, else None."""
        with suppress(OSError, ValueError, TypeError):
            fingerprint, *warnings = json.loads(self._file.read_text(encoding="utf-8"))
            if fingerprint == self._text(manifest):
                return tuple(Issue(**{**warning, "level": Level(warning["level"])}) for warning in warnings)
        return None

    def keep(self, manifest: Manifest, warnings: Iterable[Issue]) -> None:
        """Keep it for the next run. Only its owner can read the file, because warnings may tell of restricted notes."""
        with suppress(OSError):  # without it, the next run just takes longer
            self._file.unlink(missing_ok=True)
            write_file(self._file, json.dumps([self._text(manifest), *map(asdict, warnings)]), private=True)

    def _text(self, manifest: Manifest) -> str:
        return digest([self._inputs, manifest.to_json()])


def _hash(paths: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        try:
            found = "a folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            found = type(error).__name__
        whole.update(f"{found} {path!a}\n".encode())
    return whole.hexdigest()
