"""What all commands share: results to standard output, the rest to standard error, our own errors as one message."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from api import terminal
from kb.errors import KbError, NoteError, QueryError

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(message: str) -> None:
    """A message that is no result."""
    err.print(message, markup=False, soft_wrap=True)


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
