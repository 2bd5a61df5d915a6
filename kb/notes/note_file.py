"""One file of a note: what its path says, and its bytes as front matter and body, or an issue with its place.

Reads no disk. Knows nothing of fields, nor of the note's other files: that is `kb.notes.assemble`.
"""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Final

from kb.issue import Issue, printable_path
from kb.notes.front_matter import SLUG
from kb.notes.markdown import MarkdownError, Parsed, parse
from kb.notes.note import Kind
from kb.notes.plain_yaml import invisible
from kb.text.languages import Language

MAX_NOTE_BYTES: Final = 100_000
"""A note is a few pages of text, a seventh of this at most until now; a larger file is something else."""
_KINDS: Final = {kind.folder: kind for kind in Kind}
_CONFLICT: Final = re.compile(r"^\ufeff?(?:<{7}|>{7})(?: |$)", re.MULTILINE)
"""A line that git leaves where two changes of a text meet."""
_MOST_VALUES: Final = 1_000
"""Fields, and items of lists, in front matter."""


@dataclass(frozen=True)
class NotePath:
    """Kind, id and language, as the path of a file says them.

    path: the path as issues name it (`kb.issue.printable_path`)
    """

    kind: Kind
    id: str
    language: Language
    path: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", printable_path(self.path))


@dataclass(frozen=True)
class NoteFile:
    """One readable file of a note."""

    where: NotePath
    parsed: Parsed

    @property
    def is_translation(self) -> bool:
        """A file is a translation because it says so."""
        return "translation" in self.parsed.front

    def issue(self, code: str, message: str, remedy: str = "", at: tuple[str | int, ...] = ()) -> Issue:
        """Return an issue at a field of the front matter, or at the nearest field above it that is in the file."""
        while at and at not in self.parsed.positions:
            at = at[:-1]
        line, column = self.parsed.positions.get(at, (1, 1))
        return Issue(self.where.path, line, column, code, message, remedy)


def note_path(relative: PurePath, path: str) -> NotePath | Issue:
    """Read `practices/<id>/<lang>.md` or `strategies/<id>/<lang>.md`. path: as issues name it."""
    refused = partial(Issue, path, 1, 1, "KB101")
    parts = relative.parts
    kind = _KINDS.get(parts[0]) if len(parts) == 3 else None
    if kind is None:
        return refused("a note has its place at `practices/<id>/<lang>.md` or `strategies/<id>/<lang>.md`.")
    if not SLUG.fullmatch(parts[1]):
        return refused(f"`{parts[1]}` is no note id.", "Use lower-case letters, digits and single hyphens.")
    if relative.suffix != ".md" or relative.stem not in set(Language):
        return refused(f"`{relative.name}` is no language file of this collection.", "Use fr.md, nl.md or en.md.")
    return NotePath(kind, parts[1], Language(relative.stem), path)


def too_large(where: NotePath, size: int) -> Issue:
    """Return the issue of a file that is not even opened."""
    message = f"the file has {size:,} bytes, a note at most {MAX_NOTE_BYTES:,}."
    return Issue(where.path, 1, 1, "KB102", message, "Keep the text, leave attachments elsewhere and cite them.")


def unreadable(where: NotePath, reason: str) -> Issue:
    """Return the issue of a file that the system does not hand out: a folder, a broken link, a lack of rights."""
    message = f"the note cannot be read: {reason}."
    return Issue(where.path, 1, 1, "KB116", message, "Make it a file that this user may read.")


def text_of(data: bytes, path: str, code: str = "KB103") -> str | Issue:
    """Return the text of a file, its lines ended as on Unix, or the issue that it is no text."""
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8")) + 1
        return Issue(path, line, column, code, "the file is not UTF-8 text.", "Save it with encoding UTF-8.")
    if found := invisible(text):
        start = text.rfind("\n", 0, found.start()) + 1
        line = text.count("\n", 0, start) + 1
        message = f"the file has the control character U+{ord(found[0]):04X}, which nobody sees."
        return Issue(path, line, found.start() - start + 1, code, message, "Remove it.")
    return text


def note_file(data: bytes, where: NotePath) -> NoteFile | Issue:
    """Decode and split one file."""
    issue = partial(Issue, where.path)
    text = text_of(data, where.path)
    if isinstance(text, Issue):
        return text
    if not text.strip("\ufeff \t\r\n"):
        return issue(1, 1, "KB104", "the note is empty.", "Write its front matter and text.")
    if conflict := _CONFLICT.search(text):
        message = "git left this line where two changes met: one text stands above `=======`, the other below."
        line = text.count("\n", 0, conflict.start()) + 1
        return issue(line, 1, "KB118", message, "Keep what holds, and remove git's lines.")
    try:
        file = NoteFile(where, parse(text))
    except MarkdownError as error:
        return issue(*error.position, "KB105", f"{error}.", "See `docs/notes.md` for the form.")
    if len(places := [*file.parsed.positions.values()]) > _MOST_VALUES:
        message = f"the front matter has {len(places):,} fields and items of lists, a note at most {_MOST_VALUES:,}."
        return issue(*places[_MOST_VALUES], "KB102", message, "Keep what a reader looks for.")
    return file
