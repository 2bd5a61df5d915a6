"""The seal of an index: a hash of all that indexing it again would look at.

Reading a collection, checking it and finding the names in it takes seconds. A run without errors leaves its seal, with
the warnings it gave; while that holds, the next run has nothing to read. File times play no part: what is hashed is the
files themselves, the code that reads them, the packages it uses, and the day, which some rules ask for.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from kb.chunk_schema import Manifest, digest
from kb.content import content_files
from kb.problem import Level, Problem
from kb.settings import Settings

_CODE = [Path(__file__).parents[1] / package for package in ("kb", "ingest")]


class Seal:
    """What one run looks at, hashed before it looks: a note changed meanwhile breaks the seal and is never missed."""

    def __init__(self, settings: Settings, recipe: str, today: str) -> None:
        self._file = settings.data_dir / "index.seal"
        roots = [str(root) for root in (Path.cwd(), *settings.content_dirs)]
        code = [path for package in _CODE for path in sorted(package.rglob("*.py"))]
        self._looked_at = [recipe, today, roots, _packages(), _hash([*content_files(settings.content_dirs), *code])]

    def warnings(self, manifest: Manifest) -> tuple[Problem, ...] | None:
        """The warnings of the run that looked at the same and left this index; None if the last one did not."""
        with suppress(OSError, ValueError, TypeError):
            seal, *warnings = json.loads(self._file.read_text(encoding="utf-8"))
            if seal == self._text(manifest):
                return tuple(Problem(**{**one, "level": Level(one["level"])}) for one in warnings)
        return None

    def leave(self, manifest: Manifest, warnings: Iterable[Problem]) -> None:
        """Seal this index."""
        with suppress(OSError):  # without a seal, the next run just takes longer
            self._file.touch(mode=0o600)  # warnings may tell of restricted notes
            self._file.write_text(json.dumps([self._text(manifest), *map(asdict, warnings)]), encoding="utf-8")

    def _text(self, manifest: Manifest) -> str:
        return digest([self._looked_at, manifest.to_json()])


def _hash(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in files:
        try:
            text = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            text = str(error)
        whole.update(f"{text} {file.resolve()!r}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _packages() -> list[str]:
    """The installed packages, by the folders that name them and their versions."""
    folders = [Path(folder) for folder in sys.path if Path(folder).is_dir()]
    return [sys.version, *sorted(path.name for folder in folders for path in folder.glob("*.dist-info"))]
