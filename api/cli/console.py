"""What all commands share: results to standard output, the rest to standard error, our own errors as one message.

What searches find is shown by `api.cli.terminal_views`, which takes longer to load.
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from api.signals import exiting
from kb.errors import KbError, NoteError, QueryError
from kb.issue import Issue
from kb.said import ENGLISH, in_words, said

out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)  # of `nl.md:100:1` it would make a picture


def group(name: str, about: str) -> typer.Typer:
    """Return a command that only has commands below it. about: what they are for"""
    looks: dict[str, Any] = {"rich_markup_mode": None, "suggest_commands": False, "add_completion": False}
    return typer.Typer(name=name, help=about, no_args_is_help=True, **looks)


def say(message: str) -> None:
    """Write a message that is no result."""
    err.print(message, markup=False, soft_wrap=True)


def issue_line(issue: Issue, forms: Mapping[str, str] = ENGLISH) -> str:
    """Return an issue on one line. It repeats text of a note, perhaps with line breaks or control codes.

    forms: those of another language (`api.locales.lint_words`)
    """
    return "".join(character if character.isprintable() else " " for character in issue.line_in(forms))


@contextmanager
def progress(line_every: float = 15) -> Iterator[Callable[[str, int, int], None]]:
    """Show progress bars, one per step, on a terminal; elsewhere, as in a journal, now and then a line.

    line_every: seconds from one line to the next
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}
        told = time.monotonic()

        def step(name: str, done: int, total: int) -> None:
            nonlocal told
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)
            if not err.is_terminal and time.monotonic() - told >= line_every:
                told = time.monotonic()
                say(f"{name}: {done:,} of {total:,}")

        yield step


@contextmanager
def failures(forms: Callable[[], Mapping[str, str]] = lambda: ENGLISH) -> Iterator[None]:
    """Show our own errors and leave with the exit code; anything else is a defect and may show itself.

    forms: returns those of another language, where errors can be said in it
    """
    try:
        yield
    except KbError as error:
        words = forms()
        parts = (in_words(error.message, words), error.internal, in_words(error.remedy, words))
        message, code = " ".join(filter(None, parts)), 1
        if isinstance(error, NoteError):
            for issue in error.issues:
                say(issue_line(issue))
        if isinstance(error, QueryError):
            code = 2
            if error.allowed and not error.remedy.startswith("Known: "):
                message += f" {in_words(said('Accepted: {words}.', words=', '.join(error.allowed)), words)}"
        say(message)
        raise typer.Exit(code) from None


def at_signals(action: "signal._HANDLER") -> dict[signal.Signals, "signal._HANDLER"]:
    """Set what happens at Ctrl-C, at an end by others and when the window closes; return what did before."""
    ending = [signal.SIGINT, signal.SIGTERM]
    window = getattr(signal, "SIGHUP", None)  # which Windows does not know
    if window is not None and signal.getsignal(window) is not signal.SIG_IGN:  # as `nohup` has it
        ending.append(window)
    return {each: signal.signal(each, action) for each in ending}


@contextmanager
def cleaning_up() -> Iterator[None]:
    """Let signals that end this process remove first what is not to stay."""
    before = at_signals(exiting(lambda number: 128 + number))
    try:
        yield
    finally:
        for each, action in before.items():
            signal.signal(each, action)
