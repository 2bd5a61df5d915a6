"""Tells when something below the content folders was saved, however editors do it, and when it has been quiet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from watchfiles import DefaultFilter, watch

from kb.errors import SettingsError

TICK: Final = 250
"""Milliseconds after which quiet is told."""
_TOGETHER: Final = 60
"""Milliseconds of changes that are told as one: an editor saves by several steps, and git checks out many files."""


def changes(roots: Sequence[Path]) -> Iterator[frozenset[Path]]:
    """The paths that changed, as soon as they did; an empty set for every tick without. Ends when interrupted.

    The watch has begun when the first set comes: what is saved from then on is told, however late it is asked for.
    A folder that was removed and made anew, or put in place of another, is told itself and watched from then on.
    Backups and hidden files of editors are passed over. Raises SettingsError for a folder that cannot be watched.
    """
    for root in roots:
        if not root.is_dir():
            raise SettingsError(
                f"Content folder `{root}` does not exist.",
                remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
            )
    others: frozenset[Path] = frozenset()
    try:
        while True:
            watched = _folders(roots)
            for found in watch(
                *roots, watch_filter=DefaultFilter(), debounce=_TOGETHER, step=_TOGETHER // 3, rust_timeout=TICK,
                yield_on_timeout=True,
            ):  # fmt: skip
                yield others.union(Path(path) for _, path in found)
                others = frozenset()
                now = _folders(roots)
                if None not in now.values() and now != watched:
                    others = frozenset(root for root in now if now[root] != watched[root])
                    break
            else:
                return
    except KeyboardInterrupt:
        return
    except OSError as error:
        raise SettingsError(
            f"The content folders cannot be watched: {error}.",
            remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
        ) from error


def _folders(roots: Sequence[Path]) -> dict[Path, tuple[int, int] | None]:
    """By its absolute path, which folder stands there: a watch stays with the one it was begun on, wherever that is."""
    found: dict[Path, tuple[int, int] | None] = {}
    for root in roots:
        try:
            stands = root.stat()
            found[root.absolute()] = (stands.st_dev, stands.st_ino)
        except OSError:
            found[root.absolute()] = None
    return found
