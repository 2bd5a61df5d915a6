"""The content on disk: walks the content roots, reads files, yields notes or problems, and reads the vocabularies.

The only module that opens notes. Writes nothing.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from typing import Any, TypeVar

import yaml

from kb.access import NOBODY, Handling
from kb.assemble import assemble
from kb.errors import SettingsError
from kb.extracts import Extract, extracts
from kb.languages import Language
from kb.note import Kind, Note
from kb.note_file import MAX_NOTE_BYTES, NoteFile, NotePath, note_file, note_path, text_of, too_large, unreadable
from kb.plain_yaml import PlainLoader
from kb.problem import Problem
from kb.taxonomy import FILES, OPTIONAL, Scheme, Taxonomy, no_scheme, scheme

_TLP = re.compile(rb"^[ \t]*[\"']?tlp[\"']?[ \t]*:[ \t]*([^\r\n#]*)", re.MULTILINE)
_NARROWED = re.compile(rb"^[ \t]*(?:\?[ \t]+)?[\"']?(?:audience|owner)\b", re.MULTILINE)
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_OTHER_TEXTS = (".txt", ".text", ".rtf", ".doc", ".docx", ".odt", ".pdf", ".htm", ".html")
"""Endings of what somebody may have saved for a note where it is named like one, as `fr.txt`."""
_FRONT_BYTES = 64_000
"""Where a label is looked for in a file that cannot be read as a note."""


Made = TypeVar("Made")


@dataclass(frozen=True)
class Collection:
    """Everything read: notes without errors, the files they came from, and the problems of the others.

    ids:      every note there is a file for, broken ones included, so that links to them are no problems of their own
    handling: note id and language of every file that can be opened -> what it states of who may see the note, also
              where nothing else of the file can be read
    extracts: path and entries of `sources/<note-id>.yaml` by note id; None where no content root has a folder `sources`
    """

    notes: tuple[Note, ...]
    files: tuple[NoteFile, ...]
    problems: tuple[Problem, ...]
    ids: frozenset[tuple[Kind, str]]
    handling: Mapping[tuple[str, Language], Sequence[Handling]]
    extracts: Mapping[str, tuple[str, tuple[Extract, ...]]] | None

    def to_index(self, drafts: bool) -> "Collection":
        """What is to be indexed: with drafts, or as if their files were not there. Their ids stay known."""
        left_out = set() if drafts else {one.where.id for one in self.files if one.parsed.front.get("draft") is True}
        paths = {one.where.shown for one in self.files if one.where.id in left_out}
        return replace(
            self,
            notes=tuple(one for one in self.notes if one.id not in left_out),
            files=tuple(one for one in self.files if one.where.id not in left_out),
            problems=tuple(one for one in self.problems if one.path not in paths),
            handling={key: one for key, one in self.handling.items() if key[0] not in left_out},
        )


class Memory:
    """What was read last time, so that reading again parses only what has changed. Of what is gone nothing is kept."""

    def __init__(self) -> None:
        self._before: dict[Any, Any] = {}
        self._now: dict[Any, Any] = {}

    def once(self, of: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` made of this last time; else what it makes now."""
        made: Made = self._before[of] if of in self._before else make()
        self._now[of] = made
        return made

    def turn(self) -> None:
        """Begin to read anew."""
        self._before, self._now = self._now, {}


def read_collection(roots: Sequence[Path], memory: Memory | None = None) -> Collection:
    """Read every note below the content roots.

    memory: of the last reading. A note of which no file has changed is then the same object.

    Raises SettingsError if a root does not exist. Broken notes become problems, never exceptions.
    """
    memory = memory or Memory()
    memory.turn()
    by_note: dict[tuple[Kind, str], list[NoteFile]] = defaultdict(list)
    broken: set[tuple[Kind, str]] = set()
    files: list[NoteFile] = []
    problems: list[Problem] = []
    handling: dict[tuple[str, Language], list[Handling]] = {}
    taken: dict[tuple[Kind, str, str], str] = {}
    kinds: dict[str, Kind] = {}
    for root in _distinct(roots):
        if not root.is_dir():
            raise SettingsError(f"Content folder `{root}` does not exist.", remedy="Set KB_CONTENT_DIRS.")
        for path in _note_paths(root):
            shown = _shown(path)
            where = note_path(PurePath(path.relative_to(root)), shown)
            if isinstance(where, Problem):
                problems.append(where)
                continue
            file = _read(path, where, memory)
            with suppress(OSError):
                handling.setdefault((where.id, where.language), []).extend(_handling(path, file))
            key = (where.kind, where.id, where.language.value)
            twin = taken.setdefault(key, shown)
            if twin != shown or kinds.setdefault(where.id, where.kind) is not where.kind:
                other = f"`{twin}`" if twin != shown else f"a {kinds[where.id]}"
                problems.append(
                    Problem(shown, 1, 1, "KB301", f"id `{where.id}` is taken already by {other}.", "Choose another id.")
                )
                continue
            if isinstance(file, Problem):
                problems.append(file)
                broken.add((where.kind, where.id))
            else:
                files.append(file)
                by_note[(where.kind, where.id)].append(file)
    notes: list[Note] = []
    for note_key, versions in sorted(by_note.items()):
        if note_key in broken:
            continue
        note, found = memory.once(tuple(map(id, versions)), partial(assemble, versions))
        problems += found
        if note is not None:
            notes.append(note)
    found_extracts, unreadable_extracts = _extracts(_distinct(roots))
    return Collection(
        tuple(notes), tuple(files), tuple(sorted([*problems, *unreadable_extracts])), frozenset(by_note) | broken,
        handling, found_extracts,
    )  # fmt: skip


def note_bytes(roots: Sequence[Path]) -> Iterator[tuple[NotePath, Path, bytes] | Problem]:
    """Every file of a note as it is on disk, or why it cannot be read."""
    for root in _distinct(roots):
        for path in _note_paths(root):
            where = note_path(PurePath(path.relative_to(root)), _shown(path))
            if isinstance(where, Problem):
                yield where
            else:
                data = _bytes(path, where)
                yield data if isinstance(data, Problem) else (where, path, data)


def read_taxonomy(roots: Iterable[Path]) -> Taxonomy:
    """Read the vocabularies of the first root that has a folder `taxonomy`.

    Raises SettingsError if no root has one, or a file is missing or malformed.
    """
    roots = list(roots)
    folder = next((root / "taxonomy" for root in roots if (root / "taxonomy").is_dir()), None)
    if folder is None:
        raise SettingsError(
            f"No folder `taxonomy` in {', '.join(str(root) for root in roots)}.", remedy="Set KB_CONTENT_DIRS."
        )
    try:
        return Taxonomy(**{name: _vocabulary(name, folder / file) for name, file in FILES.items()})
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"The vocabularies in `{folder}` cannot be read: {error}.") from error


def _vocabulary(name: str, path: Path) -> Scheme:
    if name in OPTIONAL and not path.exists():
        return no_scheme(name)
    return scheme(yaml.load(path.read_text(encoding="utf-8"), PlainLoader), _shown(path))


def content_paths(roots: Iterable[Path]) -> Iterator[Path]:
    """All that reading the notes, their source extracts and the vocabularies looks at, whether it is there or not."""
    for root in roots:
        yield from (root, root / "sources", root / "taxonomy")
        yield from _note_paths(root)
        yield from sorted((root / "sources").glob("*.yaml"))
        yield from (root / "taxonomy" / file for file in FILES.values())


def _extracts(
    roots: Sequence[Path],
) -> tuple[Mapping[str, tuple[str, tuple[Extract, ...]]] | None, list[Problem]]:
    folders = [root / "sources" for root in roots if (root / "sources").is_dir()]
    found: dict[str, tuple[str, tuple[Extract, ...]]] = {}
    problems: list[Problem] = []
    for path in (path for folder in folders for path in sorted(folder.glob("*.yaml"))):
        try:
            text = text_of(path.read_bytes(), _shown(path), "KB401")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            text = Problem(_shown(path), 1, 1, "KB401", f"the file cannot be read: {reason}.")
        read = extracts(text, _shown(path)) if isinstance(text, str) else text
        if isinstance(read, Problem):
            problems.append(read)
        else:
            found[path.stem] = (_shown(path), read)
    return (found if folders else None), problems


def _distinct(roots: Sequence[Path]) -> list[Path]:
    """Each folder once, under the first of its names."""
    named: dict[Path, Path] = {}
    for root in roots:
        named.setdefault(root.resolve(), root)
    return list(named.values())


def _read(path: Path, where: NotePath, memory: Memory) -> NoteFile | Problem:
    data = _bytes(path, where)
    return data if isinstance(data, Problem) else memory.once((where, data), lambda: note_file(data, where))


def _bytes(path: Path, where: NotePath) -> bytes | Problem:
    if not path.is_file():
        return unreadable(where, "it is not a file")
    try:
        size = path.stat().st_size
        return path.read_bytes() if size <= MAX_NOTE_BYTES else too_large(where, size)
    except OSError as error:
        return unreadable(where, error.strerror or type(error).__name__)


def _handling(path: Path, read: NoteFile | Problem) -> list[Handling]:
    """Who may see the note of a file, also of one whose front matter cannot be read.

    Nobody, where a file without a label, a translation, speaks of an audience or an owner, and where one that cannot be
    read has more to say than a label.
    """
    if isinstance(read, NoteFile):
        stated = read.parsed.front
        return [Handling.stated({"tlp": "", **stated})] if {"tlp", "audience", "owner"} & stated.keys() else []
    with path.open("rb") as file:
        start = file.read(_FRONT_BYTES)
    labels = [label.decode(errors="replace").strip(" \t\"'") for label in _TLP.findall(start)]
    if _NARROWED.search(start):
        return [Handling(label, NOBODY) for label in labels or ("",)]
    return [Handling(label) for label in labels]


def _note_paths(root: Path) -> Iterator[Path]:
    """Whatever looks like a note, also where none belongs: a file in a misspelt folder must not be passed over."""
    yield from sorted(
        path
        for path in root.rglob("*")
        if path.suffix.lower() in (_MARKDOWN if path.stem.lower() not in set(Language) else _MARKDOWN + _OTHER_TEXTS)
        and path.relative_to(root).parts[0] != "taxonomy"
        and path.parent != root
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
