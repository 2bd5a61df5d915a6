"""Tells when something below the content folders was saved, however editors do it, and when it has been quiet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from watchfiles import DefaultFilter, watch

from kb.errors import SettingsError

_TOGETHER: Final = 60
"""Milliseconds of changes that are told as one: an editor saves by several steps, and git checks out many files."""
_TICK: Final = 1000
"""Milliseconds after which quiet is told."""


def changes(roots: Sequence[Path]) -> Iterator[frozenset[Path]]:
    """The paths that changed, as soon as they did; an empty set for every second without. Ends when interrupted.

    Backups and hidden files of editors are passed over. Raises SettingsError for a folder that does not exist.
    """
    for root in roots:
        if not root.is_dir():
            raise SettingsError(f"Content folder `{root}` does not exist.", remedy="Set KB_CONTENT_DIRS.")
    for found in watch(
        *roots, watch_filter=DefaultFilter(), debounce=_TOGETHER, step=_TOGETHER // 3, rust_timeout=_TICK,
        yield_on_timeout=True, raise_interrupt=False,
    ):  # fmt: skip
        yield frozenset(Path(path) for _, path in found)
