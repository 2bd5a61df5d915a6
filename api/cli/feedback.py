"""`kb feedback`: what readers said of notes, for editors."""

from itertools import groupby
from typing import Annotated

import typer
from rich.text import Text

from api.cli.console import failures, group, out, say
from api.feedback_file import FeedbackFile
from kb.settings import load_settings

feedback = group("feedback", "What readers said of notes: useful, not useful, an error.")


@feedback.command("list")
def list_feedback(
    everything: Annotated[bool, typer.Option("--all", help="What was closed, too.")] = False,
) -> None:
    """What is open, note by note, the newest last."""
    with failures():
        settings = load_settings()
        file = FeedbackFile(settings.feedback_file)
        found = [each for each in file.all() if everything or each.closed is None]
        newest = {each.note: place for place, each in enumerate(found)}
        for note, said in groupby(sorted(found, key=lambda each: newest[each.note]), lambda each: each.note):
            out.print(Text(note, style="bold"))
            for each in said:
                closed = f", closed {each.closed:%Y-%m-%d %H:%M}" if each.closed else ""
                kind = each.kind.replace("_", " ")
                first = f"  {each.id}  {each.when:%Y-%m-%d %H:%M} UTC  {each.read}  {kind}{closed}"
                for line in (first, *(f"    {line}" for line in each.text.splitlines())):
                    out.print(Text(line), soft_wrap=True)
        if not found:
            say("There is no feedback." if everything else "There is no open feedback.")
        if file.is_full:
            say(f"`{settings.feedback_file}` is full: move it away, or no more feedback is taken.")


@feedback.command()
def close(
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="Ids, as `kb feedback list` shows them.")],
) -> None:
    """Mark feedback as dealt with: all of these, or none where one is not there."""
    with failures():
        closed = FeedbackFile(load_settings().feedback_file).close(ids)
        say(f"Closed: {', '.join(each.id for each in closed)}." if closed else "They were closed already.")
