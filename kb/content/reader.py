"""Finds and reads notes, contacts, source extracts and vocabularies below the content roots.

The only module that opens notes. Writes nothing. Finds KB102 for a file that is not even opened, KB116 and KB301.
"""

import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from errno import EACCES
from functools import partial
from pathlib import Path, PurePath
from typing import Any, Final, NamedTuple, TypeVar

from kb.access import NOBODY, Handling
from kb.collection import Collection
from kb.errors import SettingsError
from kb.issue import Issue
from kb.notes.contacts import ContactEntry, read_contacts
from kb.notes.front_matter import SLUG
from kb.notes.note import Kind, Note, local_picture
from kb.notes.note_file import MAX_NOTE_BYTES, NoteFile, NotePath, assemble, note_file, note_path
from kb.notes.plain_yaml import At, PlainYamlError, Position, read_yaml
from kb.notes.source_facts import Extract, read_extracts
from kb.notes.taxonomy import FILES, OPTIONAL, SEARCHED, TERMS, Taxonomy, scheme, searches
from kb.said import said
from kb.text.country_terms import country_terms
from kb.text.languages import Language

_TLP = re.compile(rb"^[ \t]*[\"']?tlp[\"']?[ \t]*:[ \t]*([^\r\n#]*)", re.MULTILINE)
_NARROWED = re.compile(rb"^[ \t]*(?:\?[ \t]+)?[\"']?(?:audience|owner)\b", re.MULTILINE)
_DRAFT = re.compile(rb"^draft:[ \t]*true\b", re.MULTILINE)
_TRANSLATION = re.compile(rb"^translation:", re.MULTILINE)
_FRONT_BYTES = 64_000
"""Where a label is looked for in a file that cannot be read as a note."""
_MARKDOWN: Final = (".md", ".markdown", ".mdown", ".mkd")
_OTHER_TEXTS: Final = (".txt", ".text", ".rtf", ".doc", ".docx", ".odt", ".pdf", ".htm", ".html")
"""Endings of what somebody may have saved for a note where it is named like a note, as `fr.txt`."""
_LANGUAGES: Final = frozenset(Language)
MAX_PICTURE_BYTES: Final = 1_000_000
_READABLE: Final = said("Make it a folder that this user may read.")
Made = TypeVar("Made")


class ReadCache:
    """What was read last time, so that reading again parses only what has changed. Of what is gone nothing is kept."""

    def __init__(self, settled: float = 2.0) -> None:
        """settled: seconds after which whatever changes has another time than before, also where time is counted so"""
        self._settled = settled
        self._before: dict[Any, Any] = {}
        self._now: dict[Any, Any] = {}

    def once(self, of: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `make` made of this last time; else make it now."""
        if of not in self._now:
            self._now[of] = self._before[of] if of in self._before else make()
        made: Made = self._now[of]
        return made

    def unless_changed(self, make: Callable[..., Made], path: str | Path, *more: Hashable) -> Made:
        """Return what `make` made of a file or folder last time, unless that may have changed since; else make it now.

        more: what else `make` is given
        """
        stamp = self._stamp(path)
        return self.once((make, path, more, stamp), partial(make, path, *more)) if stamp else make(path, *more)

    def _stamp(self, path: str | Path) -> tuple[int, ...] | None:
        """Return what is another after each change of a file or folder; None where that is not sure.

        On Windows it is not: there programs can set all that is known without reading.
        """
        try:
            found = os.stat(path)
        except OSError:
            return None
        changed = max(found.st_mtime_ns, found.st_ctime_ns)
        if os.name == "nt" or time.time_ns() - changed < self._settled * 1e9:
            return None
        return changed, found.st_size, found.st_ino, found.st_dev

    def turn(self) -> None:
        """Keep what was used since the last turn, and nothing else."""
        self._before, self._now = self._now, {}


class Located(NamedTuple):
    """A file that looks like one of a note: the place of its root and its path below that, as a key; what it says.

    folder: where this is a folder that cannot be read, the names on the way to it from its root
    """

    key: str
    path: Path
    where: NotePath | Issue
    folder: tuple[str, ...] | None = None


def read_collection(
    roots: Sequence[Path],
    cache: ReadCache | None = None,
    note_ids: Set[str] | None = None,
    files: Iterable[Located] | None = None,
) -> Collection:
    """Read every note below the content roots.

    cache:    of what was read before. A note of which no file has changed is then the same object
    note_ids: read only the files of these notes. Of the others no more is known than that they are there
    files:    what `note_files` found; None: finds them

    Raises SettingsError if no root can be read. Broken notes and unreadable folders become issues, never exceptions.
    """
    cache = cache or ReadCache()
    files = tuple(note_files(roots) if files is None else files)
    by_note: dict[tuple[Kind, str], list[NoteFile]] = defaultdict(list)
    broken: set[tuple[Kind, str]] = set()
    issues: list[Issue] = []
    handling: dict[tuple[str, Language], list[Handling]] = {}
    taken: dict[tuple[Kind, str, Language], str] = {}
    kinds: dict[str, Kind] = {}
    drafts: set[str] = set()
    draft_versions: set[tuple[str, Language]] = set()
    for _, path, where, _ in files:
        if isinstance(where, Issue):
            issues.append(where)
            continue
        file: NoteFile | Issue | None = None
        if note_ids is None or where.id in note_ids:
            data = _bytes(path, where)
            file = data if isinstance(data, Issue) else cache.once((where, data), partial(note_file, data, where))
            who_sees = handling.setdefault((where.id, where.language), [])
            with suppress(OSError):
                stated, is_draft, is_translation = _stated(path, file)
                who_sees += stated
                if is_draft and is_translation:
                    draft_versions.add((where.id, where.language))
                elif is_draft:
                    drafts.add(where.id)
        twin = taken.setdefault((where.kind, where.id, where.language), where.path)
        if twin != where.path or kinds.setdefault(where.id, where.kind) is not where.kind:
            other = f"`{twin}`" if twin != where.path else said(f"a {kinds[where.id]}")
            message = said("id `{id}` is taken already by {other}.", id=where.id, other=other)
            issues.append(Issue(where.path, 1, 1, "KB301", message, said("Choose another id.")))
        elif isinstance(file, Issue):
            issues.append(file)
            if (where.id, where.language) not in draft_versions:
                broken.add((where.kind, where.id))
        else:
            by_note[(where.kind, where.id)] += [file] if file else []
    contacts, wrong_contacts = _contacts(distinct(roots), cache)
    known = {name: entry.contact for name, entry in contacts.items()}
    all_contacts = tuple(map(id, known.values()))  # one for all notes, whose keys stay in memory
    notes: list[Note] = []
    for key, versions in sorted(by_note.items()):
        # Of a note with a file that cannot be read, what is wrong with the others is told all the same.
        if versions and (key not in broken or any(not file.is_translation for file in versions)):
            made_of = (*map(id, versions), all_contacts)
            note, found = cache.once(made_of, partial(assemble, versions, known))
            issues += found
            notes += [note] if note and key not in broken else []
    pictures = {
        note.id: frozenset(name for name in named if _picture(roots, note.kind, note.id, name))
        for note in notes
        if (named := _pictures_named(note))
    }
    extracts, unreadable_extracts = _extracts(distinct(roots), cache, note_ids)
    return Collection(
        notes=tuple(notes),
        files=tuple(file for files in by_note.values() for file in files),
        issues=tuple(sorted([*issues, *unreadable_extracts, *wrong_contacts])),
        ids=frozenset(by_note) | broken,
        handling=handling,
        extracts=extracts,
        contacts=contacts,
        pictures=pictures,
        drafts=frozenset(drafts),
        draft_versions=frozenset(draft_versions),
        unreadable=frozenset(found.folder for found in files if found.folder is not None),
    )


def _pictures_named(note: Note) -> set[str]:
    links = (link for version in note.versions.values() for link in version.links if link.picture)
    return {name for link in links if (name := local_picture(link.target))}


def _picture(roots: Sequence[Path], kind: Kind, note_id: str, name: str) -> Path | None:
    """Return the file of a picture in a note's folder, if it is one and not too large. name: from `local_picture`"""
    for root in roots:
        path = root / kind.folder / note_id / name
        with suppress(OSError):
            if path.is_file() and path.stat().st_size <= MAX_PICTURE_BYTES:
                return path
    return None


def picture_bytes(roots: Sequence[Path], kind: Kind, note_id: str, name: str) -> bytes | None:
    """Return a picture in a note's folder; None where there is none that pages can show."""
    path = _picture(roots, kind, note_id, name) if local_picture(name) == name and SLUG.fullmatch(note_id) else None
    with suppress(OSError):
        return path.read_bytes() if path else None
    return None


def note_bytes(roots: Sequence[Path]) -> Iterator[tuple[NotePath, Path, bytes] | Issue]:
    """Read every file of a note as it is on disk, or why it cannot be read."""
    for _, path, where, _ in note_files(roots):
        if isinstance(where, Issue):
            yield where
        else:
            data = _bytes(path, where)
            yield data if isinstance(data, Issue) else (where, path, data)


def note_files(roots: Sequence[Path], cache: ReadCache | None = None) -> Iterator[Located]:
    """Find whatever looks like a note, also where none belongs, and the folders that cannot be read and may hold some.

    A file in a misspelt folder must not be passed over. cache: of the folders that were looked into before

    Raises SettingsError if no root can be read: nobody knows which notes there are.
    """
    places = distinct(roots)
    if not any(map(os.path.isdir, places)):
        require_folders(roots)
    refused: list[str] = []
    for place, root in enumerate(places):
        unread: list[OSError] = []
        yield from _below(str(root), place, root, cache or ReadCache(), unread)
        for error in unread:
            folder = Path(error.filename)
            message = said("the folder cannot be read: {reason}.", reason=error.strerror)
            below = PurePath(os.path.relpath(folder, root))
            issue = Issue(from_here(folder), 1, 1, "KB116", message, _READABLE)
            yield Located(f"{place}/{(below / '*').as_posix()}", folder, issue, below.parts)
            refused += [f"`{root}` cannot be read: {error.strerror}."] if folder == root else []
    if len(refused) == len(places):
        raise SettingsError(" ".join(refused), remedy=_READABLE)


def _below(folder: str, place: int, root: Path, cache: ReadCache, unread: list[OSError]) -> Iterator[Located]:
    """Find what looks like a note in a folder and below it, in the order of names.

    unread: is given the error of each folder that cannot be read. One that goes while it is read is gone
    """
    try:
        found = cache.unless_changed(_in_folder, folder, place, root)
    except OSError as error:
        if folder == str(root) or not isinstance(error, FileNotFoundError):
            unread.append(error)
        return
    for each in found:
        if isinstance(each, Located):
            yield each
        else:
            yield from _below(each, place, root, cache, unread)


def _in_folder(folder: str, place: int, root: Path) -> tuple[Located | str, ...]:
    """Return what looks like a note in a folder, and the folders in it that may have others. Raises OSError."""
    with os.scandir(folder) as entries:
        there = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    if not os.access(folder, os.X_OK):  # its files have names that can be read, and nothing else
        raise PermissionError(EACCES, os.strerror(EACCES), folder)
    is_root = folder == str(root)
    found: list[Located | str] = []
    for name, is_folder in there:
        if name.startswith("."):
            continue
        path = os.path.join(folder, name)
        stem, ending = os.path.splitext(name.lower())
        of_a_note = ending in _MARKDOWN or (ending in _OTHER_TEXTS and stem in _LANGUAGES)
        if of_a_note and not is_root:
            below = PurePath(path[len(str(root)) :].lstrip(os.sep))  # `relative_to` takes ten times as long
            where = note_path(below, from_here(path))
            found.append(Located(f"{place}/{below.as_posix()}", Path(path), where))
        if is_folder and not (is_root and name == "taxonomy"):
            found.append(path)
    return tuple(found)


def source_files(roots: Sequence[Path], cache: ReadCache) -> Iterator[tuple[str, Path]]:
    """Find the files of source extracts, each with a key as `Located` has it. cache: as for `note_files`"""
    for place, root in enumerate(distinct(roots)):
        with suppress(OSError):
            found = cache.unless_changed(_yaml_files, root / "sources")
            yield from ((f"{place}/sources/{path.name}", path) for path in found)


def contact_files(roots: Sequence[Path]) -> Iterator[Path]:
    """Find the files of contacts."""
    for root in distinct(roots):
        with suppress(OSError):
            yield from _yaml_files(root / "contacts")


def read_taxonomy(roots: Iterable[Path]) -> Taxonomy:
    """Read the vocabularies of the first root that has a folder `taxonomy`.

    Raises SettingsError if no root has one, or a file is missing or malformed.
    """
    roots = list(roots)
    folder = next((root / "taxonomy" for root in roots if os.path.isdir(root / "taxonomy")), None)
    if folder is None:
        require_folders(roots)
        raise SettingsError(
            f"No folder `taxonomy` in {', '.join(str(root) for root in roots)}.",
            remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
        )
    paths = {name: folder / file for name, file in FILES.items()}
    named = {name: path for name, path in paths.items() if name not in OPTIONAL or path.exists()}
    schemes = {name: scheme(_read(path)[0], from_here(path)) for name, path in named.items()}
    searched, terms = folder / SEARCHED, folder / TERMS
    return Taxonomy(
        **schemes,
        searched=searches(*_read(searched), from_here(searched)) if searched.exists() else (),
        country_terms=country_terms(_read(terms)[0], from_here(terms)) if terms.exists() else (),
    )


def _read(path: Path) -> tuple[Any, Mapping[At, Position]]:
    """Read a file of the folder `taxonomy` as `read_yaml` does.

    Raises SettingsError with the place where it cannot be read.
    """
    named = from_here(path)
    try:
        return read_yaml(path.read_text(encoding="utf-8"))
    except PlainYamlError as error:
        place = f"line {error.position[0]}, column {error.position[1]}"
        raise SettingsError(f"The vocabulary `{named}` cannot be read: in {place} it {error}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The vocabulary `{named}` cannot be read: {error}.") from error


def _extracts(
    roots: Sequence[Path], cache: ReadCache, note_ids: Set[str] | None
) -> tuple[Mapping[str, tuple[str, tuple[Extract, ...]]] | None, list[Issue]]:
    found: dict[str, tuple[str, tuple[Extract, ...]]] = {}
    issues: list[Issue] = []
    paths: list[Path] = []
    for folder in (root / "sources" for root in roots):
        if note_ids is None:
            with suppress(OSError):
                paths += _yaml_files(folder)
        else:
            paths += filter(os.path.lexists, (folder / f"{note_id}.yaml" for note_id in sorted(note_ids)))
    for path in paths:
        named = from_here(path)
        try:
            data = path.read_bytes()
            read = cache.once((named, data), partial(read_extracts, data, named))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            read = Issue(named, 1, 1, "KB401", said("the file cannot be read: {reason}.", reason=reason))
        if isinstance(read, Issue):
            issues.append(read)
        else:
            found[path.stem] = (named, read)
    return (found if any(os.access(root / "sources", os.R_OK | os.X_OK) for root in roots) else None), issues


def _contacts(roots: Sequence[Path], cache: ReadCache) -> tuple[Mapping[str, ContactEntry], list[Issue]]:
    found: dict[str, ContactEntry] = {}
    issues: list[Issue] = []
    for path in contact_files(roots):
        named = from_here(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            message = said("the file cannot be read: {reason}.", reason=reason)
            issues.append(Issue(named, 1, 1, "KB119", message))
            continue
        entries, wrong = cache.once((named, data), partial(read_contacts, data, named))
        issues += wrong
        for entry in entries:
            other = found.setdefault(entry.contact.id, entry)
            if other is not entry:
                message = said("contact `{id}` stands in `{file}` already.", id=entry.contact.id, file=other.path)
                issues.append(Issue(named, entry.line, 1, "KB119", message, said("Keep one of them.")))
    return found, issues


def _bytes(path: Path, where: NotePath) -> bytes | Issue:
    issue = partial(Issue, where.path, 1, 1)
    reason: str = said("it is not a file")
    try:
        if path.is_file():
            if (size := path.stat().st_size) <= MAX_NOTE_BYTES:
                return path.read_bytes()
            message = said("the file has {size:,} bytes, a note at most {most:,}.", size=size, most=MAX_NOTE_BYTES)
            return issue("KB102", message, said("Keep the text, leave attachments elsewhere and cite them."))
    except OSError as error:
        reason = error.strerror or type(error).__name__
    message = said("the note cannot be read: {reason}.", reason=reason)
    return issue("KB116", message, said("Make it a file that this user may read."))


def _stated(path: Path, read: NoteFile | Issue) -> tuple[list[Handling], bool, bool]:
    """Return who may see the note of a file, whether that is a draft, and a translation; also where it cannot be read.

    Nobody sees it, where a file without a label, a translation, speaks of an audience or an owner, and where one that
    cannot be read has more to say than a label.
    """
    if isinstance(read, NoteFile):
        front = read.parsed.front
        handling = [Handling.stated({"tlp": "", **front})] if {"tlp", "audience", "owner"} & front.keys() else []
        return handling, read.is_draft, read.is_translation
    with path.open("rb") as file:
        start = file.read(_FRONT_BYTES)
    labels = [label.decode(errors="replace").strip(" \t\"'") for label in _TLP.findall(start)]
    if _NARROWED.search(start):
        handling = [Handling(label, NOBODY) for label in labels or ("",)]
    else:
        handling = [Handling(label) for label in labels]
    begun = start.partition(b"\n---")[0]
    return handling, _DRAFT.search(begun) is not None, _TRANSLATION.search(begun) is not None


def require_folders(roots: Iterable[Path]) -> None:
    """Raise SettingsError for a content root that does not exist or cannot be read."""
    for root in roots:
        try:
            os.stat(root / ".")  # which a folder refuses that may not be entered
            os.scandir(root).close()
        except (FileNotFoundError, NotADirectoryError):
            raise SettingsError(
                f"Content folder `{root}` does not exist.",
                remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
            ) from None
        except OSError as error:
            raise SettingsError(f"`{root}` cannot be read: {error.strerror}.", remedy=_READABLE) from error


def distinct(roots: Sequence[Path]) -> list[Path]:
    """Return each folder once, under the first of its names."""
    named: dict[Path, Path] = {}
    for root in roots:
        named.setdefault(root.resolve(), root)
    return list(named.values())


def vocabulary_paths(roots: Sequence[Path]) -> Iterator[Path]:
    """Return all other paths that reading the content looks at, whether something is there or not."""
    for root in distinct(roots):
        yield from (root, root / "sources", root / "taxonomy", root / "contacts")
        yield from (root / "taxonomy" / file for file in (*FILES.values(), SEARCHED, TERMS))
    yield from contact_files(roots)


def _yaml_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of source extracts or contacts, in order.

    Raises OSError, which is told of the folder with those of notes.
    """
    return tuple(sorted(path for path in folder.iterdir() if path.suffix == ".yaml"))


def from_here(path: str | Path) -> str:
    """Return a path as its author would type it: from the working directory, where it lies below."""
    return str(path).removeprefix(os.getcwd() + os.sep)
