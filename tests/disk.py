"""A disk that refuses to write."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

_LARGEST = 4_000_000


@contextmanager
def small_files() -> Iterator[None]:
    """Let the system refuse files of more than some megabytes: a state can be written, a segment cannot."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
