"""Files of notes, written anew: in their layout, with the revisions that translations name taken along; or mended.

What cannot be read is left as it is. A file is replaced as a whole or not at all.
"""

import os
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ingest.authoring.fixes import Fix, fixed
from ingest.authoring.layout import laid_out, with_revision
from kb.content import note_bytes
from kb.errors import NoteError
from kb.note import Kind, revision
from kb.note_file import NoteFile, NotePath, note_file
from kb.problem import Problem

_SCRATCH: Final = ".kb-"
"""Files whose names begin with a dot are no notes, should one be left behind."""


@dataclass(frozen=True)
class Rewriting:
    """A file as it is and as it will be, both whole.

    chosen: whether it is one of those asked for; else it translates one
    """

    path: Path
    where: NotePath
    before: bytes
    after: bytes
    chosen: bool = True

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    def text(self) -> str:
        """What it will say."""
        return self.after.decode("utf-8")


def layout(roots: Sequence[Path], chosen: Sequence[Path]) -> tuple[list[Rewriting], list[Problem]]:
    """The notes below some files or folders in their layout, and the problems of those that cannot be read.

    Where a text gets another revision by its layout alone, translations that render it name the new one, wherever they
    lie.
    """
    folders = [name for folder in chosen for name in (folder.absolute(), folder.resolve())]
    notes: dict[tuple[Kind, str], list[tuple[Rewriting, NoteFile]]] = defaultdict(list)
    problems: list[Problem] = []
    for found in note_bytes(roots):
        read = found if isinstance(found, Problem) else note_file(found[2], found[0])
        if isinstance(found, Problem) or isinstance(read, Problem):
            problems += [read] if isinstance(read, Problem) and _is_below(Path(read.path), folders) else []
            continue
        where, path, data = found
        meant = _is_below(path, folders)
        after = laid_out(data.decode("utf-8"), where.kind).encode() if meant else data
        notes[where.kind, where.id].append((Rewriting(path, where, data, after, meant), read))
    files = [one for versions in notes.values() for one in _carried(versions)]
    return [one for one in files if one.chosen or one.changes], problems


def mend(roots: Sequence[Path], problems: Iterable[Problem]) -> list[Fix]:
    """Put right what can be, in the files that these problems are told of, and say what was done.

    Raises NoteError if a file cannot be written.
    """
    told: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        told[problem.path].append(problem)
    made: list[Fix] = []
    for found in note_bytes(roots):
        if isinstance(found, Problem) or found[0].shown not in told:
            continue
        where, path, data = found
        try:
            text, fixes = fixed(data.decode("utf-8"), where, told[where.shown])
        except UnicodeDecodeError:
            continue
        if fixes:
            write(Rewriting(path, where, data, text.encode()))
            made += reversed(fixes)
    return made


def _is_below(path: Path, folders: Sequence[Path]) -> bool:
    return any(name.is_relative_to(folder) for name in (path.absolute(), path.resolve()) for folder in folders)


def _carried(versions: Sequence[tuple[Rewriting, NoteFile]]) -> Iterable[Rewriting]:
    moved = dict(
        pair for one, read in versions if not read.is_translation if (pair := _revisions(one, read)) is not None
    )
    for one, read in versions:
        text = one.text()
        for was, now in moved.items() if read.is_translation else ():
            if (other := with_revision(text, was, now)) != text:
                text = other
                break
        yield replace(one, after=text.encode())


def _revisions(one: Rewriting, read: NoteFile) -> tuple[str, str] | None:
    """The revision of an original before and after; None where it stays, or has none."""
    title, summary = read.parsed.front.get("title"), read.parsed.front.get("summary")
    if not isinstance(title, str) or not isinstance(summary, str):
        return None
    laid = note_file(one.after, one.where)
    if isinstance(laid, Problem):
        return None
    was, now = (revision(title.strip(), summary.strip(), body) for body in (read.parsed.body, laid.parsed.body))
    return (was, now) if was != now else None


def write(one: Rewriting) -> None:
    """Replace a file. Raises NoteError if it cannot be written, or was changed since it was read; then it stays."""
    target = one.path.resolve()
    try:
        if target.read_bytes() != one.before:
            raise NoteError(f"`{one.where.shown}` was changed meanwhile.", (), remedy="Run the command again.")
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_SCRATCH)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(one.after)
            os.chmod(name, target.stat().st_mode & 0o7777)
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise NoteError(
            f"`{one.where.shown}` cannot be written: {error.strerror or type(error).__name__}.", (),
            remedy="It is as it was; see that this user may write it.",
        ) from error  # fmt: skip
