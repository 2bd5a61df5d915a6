"""What all commands share: results to standard output, the rest to standard error, our own errors as one message."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console

from api.cli import terminal
from kb.errors import KbError, NoteError, QueryError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(message: str) -> None:
    """A message that is no result."""
    err.print(message, markup=False, soft_wrap=True)


def at_signals(action: "signal._HANDLER") -> None:
    """What to do when told to end: by Ctrl-C, by whoever started this, by the closing of its window."""
    for each in _ending():
        signal.signal(each, action)


def leave(*_: object) -> NoReturn:
    """End, as told."""
    raise SystemExit(0)


@contextmanager
def cleaning_up() -> Iterator[None]:
    """Whoever is told to end meanwhile removes first what is not to stay."""

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = {each: signal.signal(each, end) for each in _ending()}
    try:
        yield
    finally:
        for each, action in before.items():
            signal.signal(each, action)


def _ending() -> Iterator[signal.Signals]:
    yield from (signal.SIGINT, signal.SIGTERM)
    window = getattr(signal, "SIGHUP", None)  # which Windows does not know
    if window is not None and signal.getsignal(window) is not signal.SIG_IGN:  # as `nohup` has it
        yield window


@contextmanager
def failures() -> Iterator[None]:
    """Show our own errors and leave with the exit code; anything else is a defect and may show itself."""
    try:
        yield
    except NoteError as error:
        for problem in error.problems:
            say(terminal.line(problem))
        say(str(error))
        raise typer.Exit(1) from None
    except QueryError as error:
        told = not error.allowed or error.remedy.startswith("Known: ")
        allowed = "" if told else f" Accepted: {', '.join(error.allowed)}."
        say(f"{error}{allowed}")
        raise typer.Exit(2) from None
    except KbError as error:
        say(str(error))
        raise typer.Exit(1) from None
