"""Rewrite files of notes: in their layout, with the revisions that translations name taken along; or with fixes.

What cannot be read is left as it is. A file is replaced as a whole or not at all.
"""

import errno
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePath

from ingest.authoring.history import revision_of
from ingest.authoring.layout import laid_out, with_revision
from ingest.lint import fixed
from kb.content.reader import note_bytes
from kb.errors import NoteError
from kb.files import write_file
from kb.issue import Issue
from kb.notes.markdown import parse
from kb.notes.note import Kind
from kb.notes.note_file import NoteFile, NotePath, note_file


@dataclass(frozen=True)
class Rewriting:
    """A file as it is and as it will be, both whole.

    chosen:  whether it is one of those asked for; else it translates one
    blocked: why it stays as it is, though it could be laid out
    """

    path: Path
    where: NotePath
    before: bytes
    after: bytes
    chosen: bool = True
    blocked: str = ""


def layout(roots: Sequence[Path], chosen: Callable[[Path], bool]) -> tuple[list[Rewriting], list[Issue]]:
    """Return the chosen files in their layout, and the issues of those that cannot be read.

    Where a text gets another revision by its layout alone, translations that render it name the new revision, wherever
    they lie, and come before it. If one of these cannot be read, the original stays as it is.
    """
    notes: dict[tuple[Kind, str], list[tuple[Rewriting, NoteFile]]] = defaultdict(list)
    unread: dict[tuple[str, ...], str] = {}
    issues: list[Issue] = []
    for found in note_bytes(roots):
        if not isinstance(found, Issue):
            where, path, data = found
        read = found if isinstance(found, Issue) else note_file(data, where)
        if isinstance(read, Issue):
            issues += [read] if chosen(Path(read.path)) else []
            if read.code != "KB101":  # which is no file of a note, whatever it says
                unread.setdefault(PurePath(read.path).parts[-3:-1], read.path)
            continue
        meant = chosen(path)
        after = laid_out(data.decode("utf-8"), where.kind).encode() if meant else data
        notes[where.kind, where.id].append((Rewriting(path, where, data, after, meant), read))
    files: list[Rewriting] = []
    for (kind, note_id), versions in notes.items():
        files += _carried(versions, unread.get((kind.folder, note_id), ""))
    return [file for file in files if file.chosen or file.before != file.after], issues


def _carried(versions: Sequence[tuple[Rewriting, NoteFile]], unread: str) -> Iterator[Rewriting]:
    """Yield the files of a note, translations first, and with the revision that the original will have.

    unread: a file of the note that cannot be read, if there is one
    """
    moved: dict[str, str] = {}
    originals: list[Rewriting] = []
    for file, read in versions:
        if not read.is_translation:
            was, now = revision_of(read.parsed), revision_of(parse(file.after.decode()))
            blocked = f"`{unread}` may render it and cannot be read." if unread and was != now else ""
            originals.append(replace(file, after=file.before, blocked=blocked) if blocked else file)
            if was != now and not blocked:
                moved[was] = now
    for file, read in versions:
        if read.is_translation:
            yield replace(file, after=with_revision(file.after.decode(), moved).encode())
    yield from originals


def fix_files(roots: Sequence[Path], issues: Iterable[Issue]) -> Iterator[str]:
    """Fix what can be fixed in the files of these issues, and yield each fix, as a message, when it is written.

    Raises NoteError if a file cannot be written.
    """
    by_path = {path: [*several] for path, several in groupby(sorted(issues), key=lambda issue: issue.path)}
    for found in note_bytes(roots):
        if isinstance(found, Issue) or found[0].path not in by_path:
            continue
        where, path, data = found
        try:
            text, fixes = fixed(data.decode("utf-8"), where, by_path[where.path])
        except UnicodeDecodeError:
            continue
        if fixes:
            write(Rewriting(path, where, data, text.encode()))
            yield from reversed(fixes)


def write_all(files: Sequence[Rewriting]) -> Iterator[Rewriting]:
    """Replace files in this order, and yield each when it is done.

    Raises NoteError as `write` does, before the first of them is written where that is clear by then.
    """
    for file in files:
        write(file, only_try=True)
    for file in files:
        write(file)
        yield file


def write(file: Rewriting, *, only_try: bool = False) -> None:
    """Replace a file, where links lead. only_try: see whether it can be.

    Raises NoteError if it cannot be written, or was changed since it was read; then it stays.
    """
    try:
        target = file.path.resolve()
        if target.read_bytes() != file.before:
            raise NoteError(f"`{file.where.path}` was changed meanwhile.", (), remedy="Run the command again.")
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if not only_try:
            write_file(target, file.after)
    except OSError as error:
        message = f"`{file.where.path}` cannot be written: {error.strerror or type(error).__name__}."
        raise NoteError(message, (), remedy="It is as it was; see that this user may write it.") from error
