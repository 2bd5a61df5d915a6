"""Find what has changed in an original since a translation of it was made, in the Git history of its file.

Reads the history only; where there is none, or Git is not installed, it says so.
"""

import subprocess
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from typing import Final

from kb.notes.markdown import Parsed, sections
from kb.notes.note import LanguageVersion, Note, revision
from kb.notes.note_file import NoteFile, NotePath, note_file
from kb.text.languages import Language

_VERSIONS: Final = 500
"""How many earlier versions of a file are looked at."""
_SECONDS: Final = 20
_REASONS: Final[Mapping[type[Exception], str]] = {
    FileNotFoundError: "Git is not installed",
    subprocess.TimeoutExpired: "Git does not answer",
    subprocess.CalledProcessError: "the content folder has no Git history",
}


def change(note: Note, language: Language) -> Iterator[str]:
    """Yield in lines how the original of a note has changed since the text that one of its translations renders.

    First the fields and headings that differ, in the order of the note, then a unified diff of title, summary and body;
    or only why nothing can be said.
    """
    info, now = note.versions[language].translation, note.original_version
    where = NotePath(note.kind, note.id, note.original, now.path)
    reason = "its history has no text of the revision that the translation names"
    try:
        for data in _versions(Path(now.path)):
            file = note_file(data, where)
            if isinstance(file, NoteFile) and info and revision_of(file.parsed) == info.source_revision:
                yield f"Changed since: {', '.join(_parts(file.parsed, now, note))}."
                yield from _diff(file.parsed, now)
                return
    except tuple(_REASONS) as error:
        reason = _REASONS[type(error)]
    yield f"What has changed cannot be told: {reason}."


def _versions(path: Path) -> Iterator[bytes]:
    """Yield the versions of a file in Git, the latest first. Raises what `subprocess` does."""
    listed = _git(path, "log", f"--max-count={_VERSIONS}", "--format=%H", "--", f"./{path.name}")
    for commit in listed.decode().split():
        try:
            yield _git(path, "show", "--no-textconv", f"{commit}:./{path.name}")
        except subprocess.CalledProcessError:  # the commit that removed it
            continue


def _git(path: Path, *arguments: str) -> bytes:
    command = ["git", "--no-pager", "--literal-pathspecs", *arguments]
    return subprocess.run(command, cwd=path.parent, capture_output=True, check=True, timeout=_SECONDS).stdout


def revision_of(file: Parsed) -> str:
    """Return the revision of a file's text, whatever else is wrong with the file."""
    return revision(*_title_and_summary(file), file.body)


def _title_and_summary(file: Parsed) -> tuple[str, str]:
    return str(file.front.get("title", "")).strip(), str(file.front.get("summary", "")).strip()


def _parts(was: Parsed, now: LanguageVersion, note: Note) -> Iterator[str]:
    title, summary = _title_and_summary(was)
    if title != now.title:
        yield "`title`"
    if summary != now.summary:
        yield "`summary`"
    old = {section.anchor: section for section in sections(was.body, 1, note.kind)}
    new = {section.anchor: section for section in now.sections}
    for anchor in dict.fromkeys((*new, *old)):
        before, after = (
            [block.text for block in side[anchor].blocks] if anchor in side else None for side in (old, new)
        )
        if before != after:
            heading = (new.get(anchor) or old[anchor]).heading
            how = " (new)" if before is None else " (gone)" if after is None else ""
            yield f"`{heading or 'the text before the first heading'}`{how}"


def _diff(was: Parsed, now: LanguageVersion) -> Iterator[str]:
    before = (*_title_and_summary(was), *was.body.strip().split("\n"))
    after = (now.title, now.summary, *now.body.strip().split("\n"))
    old, new = ([line.rstrip() for line in lines] for lines in (before, after))
    yield from unified_diff(old, new, "as translated", now.path, lineterm="")
