"""Files of notes, written anew: in their layout, with the revisions that translations name taken along; or mended.

What cannot be read is left as it is. A file is replaced as a whole or not at all.
"""

import errno
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from ingest.authoring.layout import laid_out, with_revision
from ingest.lint import Fix, fixed
from kb.content.reader import note_bytes
from kb.errors import NoteError
from kb.files import write_file
from kb.issue import Problem
from kb.notes.note import Kind, revision
from kb.notes.note_file import NoteFile, NotePath, note_file

"""Files whose names begin with a dot are no notes, should one be left behind."""


@dataclass(frozen=True)
class Rewriting:
    """A file as it is and as it will be, both whole.

    chosen: whether it is one of those asked for; else it translates one
    held:   why it stays as it is, though it could be laid out
    """

    path: Path
    where: NotePath
    before: bytes
    after: bytes
    chosen: bool = True
    held: str = ""

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    def text(self) -> str:
        """What it will say."""
        return self.after.decode("utf-8")


def layout(roots: Sequence[Path], chosen: Callable[[Path], bool]) -> tuple[list[Rewriting], list[Problem]]:
    """The chosen files in their layout, translations before their original, and the problems of those that cannot be
    read.

    Where a text gets another revision by its layout alone, translations that render it name the new one, wherever they
    lie. If one of these cannot be read, the original stays as it is.
    """
    notes: dict[tuple[Kind, str], list[tuple[Rewriting, NoteFile]]] = defaultdict(list)
    unread: dict[tuple[str, ...], str] = {}
    problems: list[Problem] = []
    for found in note_bytes(roots):
        read = found if isinstance(found, Problem) else note_file(found[2], found[0])
        if isinstance(found, Problem) or isinstance(read, Problem):
            if isinstance(read, Problem):
                problems += [read] if chosen(Path(read.path)) else []
                if read.code != "KB101":  # which is no file of a note, whatever it holds
                    unread.setdefault(PurePath(read.path).parts[-3:-1], read.path)
            continue
        where, path, data = found
        meant = chosen(path)
        after = laid_out(data.decode("utf-8"), where.kind).encode() if meant else data
        notes[where.kind, where.id].append((Rewriting(path, where, data, after, meant), read))
    files = [
        one
        for (kind, note_id), versions in notes.items()
        for one in _carried(versions, unread.get((kind.folder, note_id), ""))
    ]
    return [one for one in files if one.chosen or one.changes], problems


def mend(roots: Sequence[Path], problems: Iterable[Problem]) -> Iterator[Fix]:
    """Put right what can be, in the files that these problems are told of, and say of each slip when it is done.

    Raises NoteError if a file cannot be written.
    """
    told: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        told[problem.path].append(problem)
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
            yield from reversed(fixes)


def _carried(versions: Sequence[tuple[Rewriting, NoteFile]], unread: str) -> Iterator[Rewriting]:
    """The files of a note, translations first, and with the revision that the original will have.

    unread: a file of the note that cannot be read, if there is one
    """
    originals = [(one, _revisions(one, read)) for one, read in versions if not read.is_translation]
    moved = dict(pair for _, pair in originals if pair) if not unread else {}
    for one, read in versions:
        if not read.is_translation:
            continue
        text = one.text()
        for was, now in moved.items():
            if (other := with_revision(text, was, now)) != text:
                text = other
                break
        yield replace(one, after=text.encode())
    for one, pair in originals:
        held = f"`{unread}` may render it and cannot be read." if pair and unread else ""
        yield replace(one, after=one.before, held=held) if held else one


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


def write_all(files: Sequence[Rewriting]) -> Iterator[Rewriting]:
    """Replace files in this order, and say of each when it is done.

    Raises NoteError as `write` does, where it can be told before the first of them is written.
    """
    for one in files:
        with _told(one):
            _check(one)
    for one in files:
        write(one)
        yield one


def write(one: Rewriting) -> None:
    """Replace a file. Raises NoteError if it cannot be written, or was changed since it was read; then it stays."""
    with _told(one):
        write_file(_check(one), one.after)


def _check(one: Rewriting) -> Path:
    """The file itself, where links lead. Raises NoteError if it was changed; OSError if nothing can be put there."""
    target = one.path.resolve()
    if target.read_bytes() != one.before:
        raise NoteError(f"`{one.where.shown}` was changed meanwhile.", (), remedy="Run the command again.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return target


@contextmanager
def _told(one: Rewriting) -> Iterator[None]:
    """Raises NoteError for what the system says of a file."""
    try:
        yield
    except OSError as error:
        raise NoteError(
            f"`{one.where.shown}` cannot be written: {error.strerror or type(error).__name__}.", (),
            remedy="It is as it was; see that this user may write it.",
        ) from error  # fmt: skip
