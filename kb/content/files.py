"""Which files the content roots hold, and how issues name them."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from kb.errors import SettingsError
from kb.notes.taxonomy import FILES
from kb.text.languages import Language

_MARKDOWN: Final = (".md", ".markdown", ".mdown", ".mkd")
_OTHER_TEXTS: Final = (".txt", ".text", ".rtf", ".doc", ".docx", ".odt", ".pdf", ".htm", ".html")
"""Endings of what somebody may have saved for a note where it is named like a note, as `fr.txt`."""
_LANGUAGES: Final = frozenset(Language)


def require_folders(roots: Iterable[Path]) -> None:
    """Raise SettingsError for a content root that does not exist."""
    for root in roots:
        if not root.is_dir():
            raise SettingsError(
                f"Content folder `{root}` does not exist.",
                remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
            )


def distinct(roots: Sequence[Path]) -> list[Path]:
    """Return each folder once, under the first of its names."""
    named: dict[Path, Path] = {}
    for root in roots:
        named.setdefault(root.resolve(), root)
    return list(named.values())


def note_paths(root: Path) -> Iterator[Path]:
    """Find whatever looks like a note, also where none belongs: a file in a misspelt folder must not be passed over.

    Raises SettingsError for a folder that cannot be read: nobody knows which notes it holds.
    """
    found: list[str] = []
    for folder, folders, files in os.walk(root, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if folder == str(root):
            folders[:] = [name for name in folders if name != "taxonomy"]
            continue
        for name in (*folders, *files):
            stem, ending = os.path.splitext(name.lower())
            of_a_note = ending in _MARKDOWN or (ending in _OTHER_TEXTS and stem in _LANGUAGES)
            if of_a_note and not name.startswith("."):
                found.append(os.path.join(folder, name))
    yield from sorted(map(Path, found))


def _refuse(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):  # a folder that goes while it is read is gone
        raise SettingsError(
            f"`{error.filename}` cannot be read: {error.strerror}.", remedy="Make it a folder that this user may read."
        )


def content_paths(roots: Iterable[Path]) -> Iterator[Path]:
    """Return all paths that reading the content looks at, whether something is there or not."""
    for root in roots:
        yield from (root, root / "sources", root / "taxonomy")
        yield from note_paths(root)
        yield from extract_paths(root)
        yield from (root / "taxonomy" / file for file in FILES.values())


def extract_paths(root: Path) -> Iterator[Path]:
    """Find the files of source extracts, in order."""
    with suppress(FileNotFoundError, NotADirectoryError):
        yield from sorted(path for path in (root / "sources").iterdir() if path.suffix == ".yaml")


def from_here(path: Path) -> str:
    """Return a path as its author would type it: from the working directory, where it lies below."""
    return str(path).removeprefix(os.getcwd() + os.sep)
