"""Ends a process at a signal with SystemExit, so that what is not to stay is removed first."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

_SOON: Final = 0.01
"""Seconds after which an exit that was swallowed is tried again."""


def exiting(code: Callable[[int], int] = lambda _: 0) -> Callable[[int, FrameType | None], None]:
    """Return a handler that exits with a code, given the signal's number; also where an object is just being freed."""
    last = signal.SIGTERM.value

    def leave(number: int, _: FrameType | None) -> None:
        nonlocal last
        last = number
        sys.exit(code(number))

    def exit_again(swallowed: "sys.UnraisableHookArgs") -> None:
        """Python swallows what is raised while it frees an object, and an exit with it: exit a moment later."""
        if isinstance(swallowed.exc_value, SystemExit):
            threading.Timer(_SOON, os.kill, (os.getpid(), last)).start()
        else:
            sys.__unraisablehook__(swallowed)

    sys.unraisablehook = exit_again
    return leave
