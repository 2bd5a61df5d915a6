"""The content on disk: reads the files that `kb.content.files` finds, yields notes or issues, and the vocabularies.

The only module that opens notes. Writes nothing.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePath
from typing import Any, TypeVar

import yaml

from kb.access import NOBODY, Handling
from kb.collection import Collection
from kb.content.files import distinct, extract_paths, from_here, note_paths, start_of
from kb.errors import SettingsError
from kb.issue import Issue
from kb.notes.assemble import assemble
from kb.notes.note import Kind, Note
from kb.notes.note_file import MAX_NOTE_BYTES, NoteFile, NotePath, note_file, note_path, text_of, too_large, unreadable
from kb.notes.plain_yaml import PlainLoader
from kb.notes.source_facts import Extract, extracts
from kb.notes.taxonomy import FILES, OPTIONAL, Scheme, Taxonomy, no_scheme, scheme
from kb.text.languages import Language

_TLP = re.compile(rb"^[ \t]*[\"']?tlp[\"']?[ \t]*:[ \t]*([^\r\n#]*)", re.MULTILINE)
_NARROWED = re.compile(rb"^[ \t]*(?:\?[ \t]+)?[\"']?(?:audience|owner)\b", re.MULTILINE)
_DRAFT = re.compile(rb"^draft:[ \t]*true\b", re.MULTILINE)
_TRANSLATION = re.compile(rb"^translation:", re.MULTILINE)


Made = TypeVar("Made")


class Memory:
    """What was read last time, so that reading again parses only what has changed. Of what is gone nothing is kept.

    A reading that failed counts for nothing.
    """

    def __init__(self) -> None:
        self._before: dict[Any, Any] = {}
        self._now: dict[Any, Any] = {}

    def once(self, of: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` made of this last time; else what it makes now."""
        made: Made = self._before[of] if of in self._before else make()
        self._now[of] = made
        return made

    def turn(self) -> None:
        """All has been read."""
        self._before, self._now = self._now, {}


def read_collection(roots: Sequence[Path], memory: Memory | None = None) -> Collection:
    """Read every note below the content roots.

    memory: of the last reading. A note of which no file has changed is then the same object.

    Raises SettingsError if a root does not exist. Broken notes become issues, never exceptions.
    """
    memory = memory or Memory()
    by_note: dict[tuple[Kind, str], list[NoteFile]] = defaultdict(list)
    broken: set[tuple[Kind, str]] = set()
    files: list[NoteFile] = []
    issues: list[Issue] = []
    handling: dict[tuple[str, Language], list[Handling]] = {}
    taken: dict[tuple[Kind, str, str], str] = {}
    kinds: dict[str, Kind] = {}
    drafts: set[str] = set()
    for root in distinct(roots):
        if not root.is_dir():
            raise SettingsError(
                f"Content folder `{root}` does not exist.",
                remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
            )
        for path in note_paths(root):
            shown = from_here(path)
            where = note_path(PurePath(path.relative_to(root)), shown)
            if isinstance(where, Issue):
                issues.append(where)
                continue
            file = _read(path, where, memory)
            with suppress(OSError):
                handling.setdefault((where.id, where.language), []).extend(_handling(path, file))
                drafts |= {where.id} if _is_draft(path, file) else set()
            key = (where.kind, where.id, where.language.value)
            twin = taken.setdefault(key, shown)
            if twin != shown or kinds.setdefault(where.id, where.kind) is not where.kind:
                other = f"`{twin}`" if twin != shown else f"a {kinds[where.id]}"
                issues.append(
                    Issue(shown, 1, 1, "KB301", f"id `{where.id}` is taken already by {other}.", "Choose another id.")
                )
                continue
            if isinstance(file, Issue):
                issues.append(file)
                broken.add((where.kind, where.id))
            else:
                files.append(file)
                by_note[(where.kind, where.id)].append(file)
    notes: list[Note] = []
    for note_key, versions in sorted(by_note.items()):
        if note_key in broken:
            continue
        note, found = memory.once(tuple(map(id, versions)), partial(assemble, versions))
        issues += found
        if note is not None:
            notes.append(note)
    found_extracts, unreadable_extracts = _extracts(distinct(roots), memory)
    memory.turn()
    return Collection(
        tuple(notes), tuple(files), tuple(sorted([*issues, *unreadable_extracts])), frozenset(by_note) | broken,
        handling, found_extracts, frozenset(drafts),
    )  # fmt: skip


def note_bytes(roots: Sequence[Path]) -> Iterator[tuple[NotePath, Path, bytes] | Issue]:
    """Every file of a note as it is on disk, or why it cannot be read."""
    for root in distinct(roots):
        for path in note_paths(root):
            where = note_path(PurePath(path.relative_to(root)), from_here(path))
            if isinstance(where, Issue):
                yield where
            else:
                data = _bytes(path, where)
                yield data if isinstance(data, Issue) else (where, path, data)


def read_taxonomy(roots: Iterable[Path]) -> Taxonomy:
    """Read the vocabularies of the first root that has a folder `taxonomy`.

    Raises SettingsError if no root has one, or a file is missing or malformed.
    """
    roots = list(roots)
    folder = next((root / "taxonomy" for root in roots if (root / "taxonomy").is_dir()), None)
    if folder is None:
        raise SettingsError(
            f"No folder `taxonomy` in {', '.join(str(root) for root in roots)}.",
            remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
        )
    try:
        return Taxonomy(**{name: _vocabulary(name, folder / file) for name, file in FILES.items()})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"The vocabularies in `{folder}` cannot be read: {error}.") from error


def _vocabulary(name: str, path: Path) -> Scheme:
    if name in OPTIONAL and not path.exists():
        return no_scheme(name)
    return scheme(yaml.load(path.read_text(encoding="utf-8"), PlainLoader), from_here(path))


def _extracts(
    roots: Sequence[Path], memory: Memory
) -> tuple[Mapping[str, tuple[str, tuple[Extract, ...]]] | None, list[Issue]]:
    found: dict[str, tuple[str, tuple[Extract, ...]]] = {}
    issues: list[Issue] = []
    for path in (path for root in roots for path in extract_paths(root)):
        shown = from_here(path)
        try:
            data = path.read_bytes()
            read = memory.once((shown, data), partial(_extracts_of, data, shown))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            read = Issue(shown, 1, 1, "KB401", f"the file cannot be read: {reason}.")
        if isinstance(read, Issue):
            issues.append(read)
        else:
            found[path.stem] = (shown, read)
    return (found if any((root / "sources").is_dir() for root in roots) else None), issues


def _extracts_of(data: bytes, shown: str) -> tuple[Extract, ...] | Issue:
    text = text_of(data, shown, "KB401")
    return extracts(text, shown) if isinstance(text, str) else text


def _read(path: Path, where: NotePath, memory: Memory) -> NoteFile | Issue:
    data = _bytes(path, where)
    return data if isinstance(data, Issue) else memory.once((where, data), lambda: note_file(data, where))


def _bytes(path: Path, where: NotePath) -> bytes | Issue:
    try:
        if not path.is_file():
            return unreadable(where, "it is not a file")
        size = path.stat().st_size
        return path.read_bytes() if size <= MAX_NOTE_BYTES else too_large(where, size)
    except OSError as error:
        return unreadable(where, error.strerror or type(error).__name__)


def _handling(path: Path, read: NoteFile | Issue) -> list[Handling]:
    """Who may see the note of a file, also of one whose front matter cannot be read.

    Nobody, where a file without a label, a translation, speaks of an audience or an owner, and where one that cannot be
    read has more to say than a label.
    """
    if isinstance(read, NoteFile):
        stated = read.parsed.front
        return [Handling.stated({"tlp": "", **stated})] if {"tlp", "audience", "owner"} & stated.keys() else []
    start = start_of(path)
    labels = [label.decode(errors="replace").strip(" \t\"'") for label in _TLP.findall(start)]
    if _NARROWED.search(start):
        return [Handling(label, NOBODY) for label in labels or ("",)]
    return [Handling(label) for label in labels]


def _is_draft(path: Path, read: NoteFile | Issue) -> bool:
    """Whether a file makes its note a draft: a translation does not, where the field is an error like others."""
    if isinstance(read, NoteFile):
        return read.parsed.front.get("draft") is True and not read.is_translation
    front = start_of(path).partition(b"\n---")[0]
    return _DRAFT.search(front) is not None and _TRANSLATION.search(front) is None
