"""Tells when something below the content folders was saved, however editors do it, and when it has been quiet."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from kb.content.reader import require_folders
from kb.errors import SettingsError

TICK: Final = 250
"""Milliseconds after which quiet is reported."""
_TOGETHER: Final = 60
"""Milliseconds of changes that are reported at once: an editor saves by several steps, git checks out many files."""


def changes(roots: Sequence[Path]) -> Iterator[frozenset[Path]]:
    """Yield the paths that changed, as soon as they did; an empty set for every tick without. Ends when interrupted.

    The watch has begun when the first set comes: what is saved from then on is reported, however late it is asked for.
    A folder that was removed and made anew, or put in place of another, is reported itself and watched from then on.
    Backups and hidden files of editors are passed over. Raises SettingsError for a folder that cannot be watched.
    """
    from watchfiles import DefaultFilter, watch  # slow to import, and all commands import this module

    require_folders(roots)
    replaced: frozenset[Path] = frozenset()
    begun = False
    while True:
        with _open_folders(roots) as watched:
            try:
                for found in watch(
                    *roots,
                    watch_filter=DefaultFilter(),
                    debounce=_TOGETHER,
                    step=_TOGETHER // 3,
                    rust_timeout=TICK,
                    yield_on_timeout=True,
                ):
                    begun = True
                    yield replaced.union(Path(path) for _, path in found)
                    replaced = frozenset()
                    now = {root: _folder(root) for root in watched}
                    if None not in now.values() and now != watched:
                        replaced = frozenset(root.absolute() for root in now if now[root] != watched[root])
                        break
                else:
                    return
            except KeyboardInterrupt:
                return
            except OSError as error:
                if begun and isinstance(error, FileNotFoundError):  # gone again, just when it was to be watched
                    time.sleep(TICK / 1000)
                    yield frozenset()
                    continue
                raise SettingsError(
                    f"The content folders cannot be watched: {error}.",
                    remedy="Run it where the content lies, or set KB_CONTENT_DIRS.",
                ) from error


@contextmanager
def _open_folders(roots: Sequence[Path]) -> Iterator[dict[Path, tuple[int, int] | None]]:
    """Return which folder is at each path, and keep it open, so that no other folder is given its number.

    A watch stays with the folder that it was begun on, wherever that is moved.
    """
    with ExitStack() as stack:
        for root in roots:
            with suppress(OSError):  # gone, or Windows, which opens no folders
                stack.callback(os.close, os.open(root, os.O_RDONLY))
        yield {root: _folder(root) for root in roots}


def _folder(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
