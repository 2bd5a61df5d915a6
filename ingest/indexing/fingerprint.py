"""What the last run looked at, so that the next one reads only what has changed since.

A run keeps a hash of each file, what it found in it, and a hash of all else that indexing looks at: the code, the
packages it uses, the vocabularies, and the day, which some rules ask for. File times play no part, but for a program
that runs again and again: it reads no file again of which nothing says that it changed. Only its owner can read what is
kept, because it tells of restricted notes.
"""

import hashlib
import json
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from ingest.chunking.identify import names_from_json, names_to_json
from ingest.chunking.names import Names
from kb.content.reader import ReadCache, contact_files, from_here, note_files, source_files, vocabulary_paths
from kb.files import write_file
from kb.issue import Issue, Level, printable_path
from kb.store.manifest import Manifest
from kb.values import digest

FILES: Final = ("index.fingerprint", "index.names")
"""What is kept in the data directory."""
KnownNames = Mapping[frozenset[str], Names]
"""The names of an epoch, for each set of keys that opens notes."""
_CODE: Final = [Path(__file__).parents[2] / package for package in ("kb", "ingest")]


@dataclass(frozen=True)
class Findings:
    """What a run found in the content.

    issues:  of all files
    named:   id of a note that could be read -> ids of those that it names
    facts:   id of such a note -> a hash of what rules look at when they check others
    wrong:   ids of notes with errors
    drafts:  ids of drafts; drafts_count: whether they were indexed as notes like others
    changed: id of a note -> how many public passages were written or removed of it since the statistics were fitted
    """

    issues: tuple[Issue, ...]
    named: Mapping[str, Set[str]]
    facts: Mapping[str, str]
    wrong: Set[str]
    drafts: Set[str]
    drafts_count: bool
    changed: Mapping[str, int]


class LastRun(NamedTuple):
    """What the last run found, and which files are others now."""

    found: Findings
    files: frozenset[str]


class Fingerprint:
    """The inputs of one run, hashed before it looks at them: what changes while it works makes another fingerprint.

    notes: the files of notes
    files: path below the content folders -> hash, of these and of source extracts
    """

    def __init__(
        self, folder: Path, roots: Sequence[Path], recipe: str, today: str, cache: ReadCache | None = None
    ) -> None:
        """cache: of the files that were hashed before"""
        cache = cache or ReadCache()
        self._file, self._names_file = (folder / name for name in FILES)
        self.notes, sources = tuple(note_files(roots, cache)), dict(source_files(roots, cache))
        paths = {**{found.key: found.path for found in self.notes}, **sources}
        self.files = {key: cache.unless_changed(_hash, path) for key, path in paths.items()}
        self._paths = {found.key: found.where.path for found in self.notes}
        self._paths |= {key: from_here(path) for key, path in sources.items()}
        self._paths |= {str(path): from_here(path) for path in contact_files(roots)}
        vocabularies = [_hash(path) for path in vocabulary_paths(roots)]
        self._inputs = digest([recipe, today, sys.version, _packages(tuple(sys.path)), _code(), vocabularies])

    def last(self, manifest: Manifest) -> LastRun | None:
        """Return what the last run found, and which files are others now; None if it had other inputs or index."""
        kept = self._kept
        if (kept.get("inputs"), kept.get("index")) != (self._inputs, _identity(manifest)):
            return None
        try:
            files, paths = kept["files"], self._paths
            issues = (
                Issue(**{**found, "path": paths[found["path"]], "level": Level(found["level"])})
                for found in kept["issues"]
                if found["path"] in paths
            )
            named = {note_id: frozenset(names) for note_id, names in kept["named"].items()}
            facts, wrong, drafts = dict(kept["facts"]), frozenset(kept["wrong"]), frozenset(kept["drafts"])
            found = Findings(tuple(issues), named, facts, wrong, drafts, kept["drafts_count"], dict(kept["changed"]))
            return LastRun(found, frozenset(key for key, _ in files.items() ^ self.files.items()))
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def changed(self, manifest: Manifest) -> Mapping[str, int]:
        """Return which public passages have changed in this epoch (`Findings.changed`), as far as is known."""
        kept = self._kept
        same = kept.get("epoch") == _epoch(manifest) and isinstance(kept.get("changed"), dict)
        known = dict(kept["changed"]) if same else {}
        rest = manifest.changed - sum(known.values())  # a run that was killed has kept nothing
        return {**known, "": known.get("", 0) + rest} if rest > 0 else known

    def changed_files(self, manifest: Manifest) -> frozenset[str] | None:
        """Return which files changed since the last run, on whatever day; None where that is not known."""
        kept = self._kept
        if kept.get("index") != _identity(manifest) or not isinstance(kept.get("files"), dict):
            return None
        return frozenset(key for key, _ in kept["files"].items() ^ self.files.items())

    def keep(self, manifest: Manifest, found: Findings) -> None:
        """Keep what was found, for the next run."""
        keys = {printable_path(path): key for key, path in self._paths.items()}
        issues = [{**vars(issue), "path": keys.get(issue.path, issue.path)} for issue in found.issues]
        kept = {**vars(found), "issues": issues, "files": self.files, "inputs": self._inputs}
        _write(self._file, {**kept, "index": _identity(manifest), "epoch": _epoch(manifest)})

    def forget(self) -> None:
        """Keep nothing of the last run: it may tell of notes that have been withdrawn."""
        for file in (self._file, self._names_file):
            with suppress(OSError):
                file.unlink(missing_ok=True)

    def names(self, manifest: Manifest) -> KnownNames | None:
        """Return the names of the epoch, None where they are not known."""
        with suppress(OSError, ValueError, TypeError):
            epoch, names = _read(self._names_file)
            if epoch == _epoch(manifest):
                return names_from_json(names, manifest.taxonomy)
        return None

    def keep_names(self, manifest: Manifest, names: KnownNames) -> None:
        """Keep the names of an epoch."""
        _write(self._names_file, [_epoch(manifest), names_to_json(names)])

    @cached_property
    def _kept(self) -> dict[str, Any]:
        """What the last run has kept."""
        with suppress(OSError, ValueError):
            kept = _read(self._file)
            return kept if isinstance(kept, dict) else {}
        return {}


def wrong_notes(folder: Path) -> int:
    """Return how many notes had errors when the index in a data directory was last brought up to date, 0 if unknown."""
    file = folder / FILES[0]
    with suppress(OSError, ValueError, KeyError, TypeError):
        return _wrong_notes(file, file.stat().st_mtime_ns)
    return 0


@lru_cache(1)
def _wrong_notes(file: Path, _: int) -> int:
    return len(_read(file)["wrong"])


def _write(file: Path, kept: Any) -> None:
    with suppress(OSError):  # without it, the next run just takes longer
        file.unlink(missing_ok=True)
        written = json.dumps(kept, default=sorted)
        write_file(file, f"{zlib.crc32(written.encode())}\n{written}", private=True)


def _read(file: Path) -> Any:
    """Read what `_write` has kept. Raises OSError, and ValueError where it is damaged."""
    checksum, _, written = file.read_bytes().partition(b"\n")
    if int(checksum) != zlib.crc32(written):
        raise ValueError
    return json.loads(written)


def _identity(manifest: Manifest) -> str:
    counts = [manifest.notes, manifest.chunks, manifest.questions, manifest.changed]
    return digest([_epoch(manifest), counts, manifest.versions])


def _epoch(manifest: Manifest) -> str:
    """Return what an epoch is known by: its statistics."""
    whole = hashlib.sha256(f"{manifest.recipe} {manifest.fitted} {manifest.scope}".encode())
    for means in (manifest.means.passages, manifest.means.questions):
        for language in sorted(means):
            whole.update(means[language].tobytes())
    return whole.hexdigest()


@cache
def _packages(folders: Iterable[str]) -> list[str]:
    """An installed package has a folder that names it and its version."""
    return sorted(path.name for folder in folders if Path(folder).is_dir() for path in Path(folder).glob("*-info"))


@cache
def _code() -> str:
    """Of a program that runs, the code stays what it was when it began."""
    return digest([_hash(path) for package in _CODE for path in sorted(package.rglob("*.py"))])


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        return type(error).__name__
