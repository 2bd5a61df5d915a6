"""Tells when something below the content folders was saved, however editors do it, and when it has been quiet."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
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
    put: frozenset[Path] = frozenset()
    begun = False
    while True:
        with _held(roots) as watched:
            try:
                for found in watch(
                    *roots, watch_filter=DefaultFilter(), debounce=_TOGETHER, step=_TOGETHER // 3, rust_timeout=TICK,
                    yield_on_timeout=True,
                ):  # fmt: skip
                    begun = True
                    yield put.union(Path(path) for _, path in found)
                    put = frozenset()
                    now = {root: _folder(root) for root in watched}
                    if None not in now.values() and now != watched:
                        put = frozenset(root.absolute() for root in now if now[root] != watched[root])
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
def _held(roots: Sequence[Path]) -> Iterator[dict[Path, tuple[int, int] | None]]:
    """Which folder stands at each path: a watch stays with the one it was begun on, wherever that is.

    Held open meanwhile, so that no other folder is given its number.
    """
    with ExitStack() as stack:
        for root in roots:
            with suppress(OSError):  # gone, or Windows, which opens no folders
                stack.callback(os.close, os.open(root, os.O_RDONLY))
        yield {root: _folder(root) for root in roots}


def _folder(path: Path) -> tuple[int, int] | None:
    try:
        stands = path.stat()
    except OSError:
        return None
    return stands.st_dev, stands.st_ino
