"""What has changed in an original since a translation of it was made: looked up in the Git history of its file.

Reads the history only; where there is none, or Git is not installed, it says so.
"""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Final

from kb.notes.markdown import sections
from kb.notes.note import LanguageVersion, Note, revision
from kb.notes.note_file import NoteFile, NotePath, note_file
from kb.text.languages import Language

_VERSIONS: Final = 500
"""How many earlier versions of a file are looked at."""
_SECONDS: Final = 20


@dataclass(frozen=True)
class Change:
    """What an original says now that a translation does not render.

    parts: fields and headings that differ, in the order of the note
    diff:  lines of a unified diff of title, summary and body
    unknown: why nothing can be said; then the others are empty
    """

    parts: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    unknown: str = ""


def change(note: Note, language: Language) -> Change:
    """How the original of a note has changed since the text that one of its translations renders."""
    info, now = note.versions[language].translation, note.original_version
    where = NotePath(note.kind, note.id, note.original, now.path)
    path = Path(now.path)
    try:
        for data in _versions(path):
            file = note_file(data, where)
            if isinstance(file, NoteFile) and info and _revision(file) == info.source_revision:
                return Change(tuple(_parts(file, now, note)), tuple(_diff(file, now)))
    except FileNotFoundError:
        return Change(unknown="Git is not installed")
    except subprocess.TimeoutExpired:
        return Change(unknown="Git does not answer")
    except subprocess.CalledProcessError:
        return Change(unknown="the content folder has no Git history")
    return Change(unknown="its history has no text of the revision that the translation names")


def _versions(path: Path) -> Iterator[bytes]:
    """The versions of a file in Git, the latest first. Raises what `subprocess` does."""
    listed = _git(path, "log", f"--max-count={_VERSIONS}", "--format=%H", "--", f"./{path.name}")
    for commit in listed.decode().split():
        try:
            yield _git(path, "show", "--no-textconv", f"{commit}:./{path.name}")
        except subprocess.CalledProcessError:  # the commit that removed it
            continue


def _git(path: Path, *arguments: str) -> bytes:
    command = ["git", "--no-pager", "--literal-pathspecs", *arguments]
    return subprocess.run(command, cwd=path.parent, capture_output=True, check=True, timeout=_SECONDS).stdout


def _revision(file: NoteFile) -> str:
    return revision(*_told(file), file.parsed.body)


def _told(file: NoteFile) -> tuple[str, str]:
    """Title and summary as a note has them, whatever else is wrong with the file."""
    return str(file.parsed.front.get("title", "")).strip(), str(file.parsed.front.get("summary", "")).strip()


def _parts(was: NoteFile, now: LanguageVersion, note: Note) -> Iterator[str]:
    for name, before, after in zip(("title", "summary"), _told(was), (now.title, now.summary), strict=True):
        if before != after:
            yield f"`{name}`"
    old = {one.anchor: one for one in sections(was.parsed.body, 1, note.kind)}
    new = {one.anchor: one for one in now.sections}
    for anchor in dict.fromkeys((*new, *old)):
        texts = [[block.text for block in held[anchor].blocks] if anchor in held else None for held in (old, new)]
        if texts[0] != texts[1]:
            heading = (new.get(anchor) or old[anchor]).heading
            how = " (new)" if texts[0] is None else " (gone)" if texts[1] is None else ""
            yield f"`{heading or 'the text before the first heading'}`{how}"


def _diff(was: NoteFile, now: LanguageVersion) -> Iterator[str]:
    before = (*_told(was), *was.parsed.body.strip().split("\n"))
    after = (now.title, now.summary, *now.body.strip().split("\n"))
    old, new = ([line.rstrip() for line in lines] for lines in (before, after))
    yield from unified_diff(old, new, "as translated", now.path, lineterm="")
