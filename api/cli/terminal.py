"""What all commands show: progress bars, what became of a run, problems. Formats values, decides nothing.

What searches find is shown by `api.cli.terminal_views`, which takes longer to load.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from kb.issue import Problem

if TYPE_CHECKING:
    from ingest.indexing.index import IndexReport


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Progress bars, one per step, on a terminal; nothing elsewhere."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def step(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done, total=total)

        yield step


def report(done: "IndexReport", dry_run: bool) -> str:
    """One line on an indexing run."""
    plan = done.plan
    changes = (
        f"{len(plan.write)} to encode, {len(plan.relabel)} with new fields only, "
        f"{len(plan.keep)} unchanged, {len(plan.delete)} to remove"
    )
    held = f"{done.notes} notes, {done.versions} texts, {done.chunks} passages"
    if dry_run:
        return f"Would index {done.versions} texts of {done.notes} notes: {changes}."
    if not done.written:
        return f"Nothing to do: {held} ({done.seconds:.1f} s)."
    return f"Indexed {held} ({done.seconds:.1f} s): {changes}; {done.encoded} texts encoded."


def line(problem: Problem) -> str:
    """A problem on one line. It repeats what a note holds, which may be line breaks or a terminal's control codes."""
    return "".join(character if character.isprintable() else " " for character in str(problem))
